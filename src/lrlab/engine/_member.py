"""One trial's part of a stack."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..spec import Epoch
from ._evaluation import EpochEvaluation, TrainMeans, snapshot_name


@dataclass
class Member:
    """What was measured of a trial so far, and how it left the stack. Seconds are its share of the stack's.

    snapshots: test outputs on the way, by the array's name.
    """

    epochs: list[Epoch] = field(default_factory=list)
    diverged_at: int | None = None
    left_at: int | None = None
    train_seconds: float = 0.0
    evaluate_seconds: float = 0.0
    snapshots: dict[str, NDArray[np.generic]] = field(default_factory=dict)

    def add_epoch(self, evaluation: EpochEvaluation, means: TrainMeans) -> None:
        """The epoch that ended; unmeasured where the trial has diverged."""
        if self.diverged_at is not None:
            self.epochs.append(Epoch.unmeasured())
            return
        self.epochs.append(evaluation.to_epoch(*means))
        if evaluation.snapshot is not None:
            self.snapshots[snapshot_name(len(self.epochs))] = evaluation.snapshot

    def to_values(self) -> dict[str, Any]:
        """Plain values and tensors."""
        snapshots = {name: torch.from_numpy(array) for name, array in self.snapshots.items()}
        return vars(self) | {"epochs": [epoch.to_dict() for epoch in self.epochs], "snapshots": snapshots}

    @classmethod
    def of_values(cls, values: dict[str, Any]) -> "Member":
        """What `to_values` was given of."""
        epochs = [Epoch.model_validate(epoch) for epoch in values["epochs"]]
        snapshots = {name: tensor.cpu().numpy() for name, tensor in values["snapshots"].items()}
        return cls(**values | {"epochs": epochs, "snapshots": snapshots})
