"""What a stack drives: K models and their optimizer."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..tasks import Inputs
from ._stack_optimizer import Multipliers


class Backend(Protocol):
    """K trials' weights and optimizer. No operation mixes trials: NaN in one changes no bit of another.

    name: one of `make_backend`. size: K.
    """

    name: str
    size: int

    def step(
        self, inputs_SB: Inputs, labels_KB: Tensor, values_FK: NDArray[np.float64], t: int
    ) -> tuple[Tensor, Tensor]:
        """Update t of every trial: losses (K,) before it and outputs (K, B, ...) of the training pass, detached.

        inputs: (S, B, ...); S = 1 is shared, else trial k reads inputs[which[k]]. labels: (K, B, ...). values: (F, K),
        fields as in `schedules.FIELDS`.
        """
        ...

    def forward(self, inputs: Inputs, train: bool) -> Tensor:
        """Outputs (K, B, ...) of inputs (S, B, ...), S as in `step`. Lanes pass forward in evaluation alone."""
        ...

    def tensors(self) -> dict[str, Tensor]:
        """Weights and buffers by name, (K, *shape) each, detached."""
        ...

    def put(self, tensors: dict[str, Tensor]) -> None:
        """Give these weights and buffers, (K, *shape) each, these values; all others stay."""
        ...

    def state(self) -> dict[str, dict[str, Tensor]]:
        """The optimizer's: state[slot][name], (K, *shape) each."""
        ...

    def load(self, tensors: dict[str, Tensor], state: dict[str, dict[str, Tensor]], steps: int) -> None:
        """Put back what `tensors` and `state` gave after so many updates."""
        ...

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all trials but these."""
        ...

    @property
    def trial_bytes(self) -> int | None:
        """Bytes a trial takes; None where the backend does not know (`_memory.py` then counts)."""
        ...

    def recordable(self) -> "Recordable | None":
        """What `_replay.py` records updates of, now that trials are those they are; None where nothing can be."""
        ...


class Recordable(Protocol):
    """A backend whose update reads nothing back from a card, so that it can be recorded once and replayed."""

    def numbers(self, values_FKU: NDArray[np.float64], steps: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """What updates multiply by, (K, U) each; steps: the numbers of the updates, (U,), counted from 1."""
        ...

    def step_by(self, inputs_SB: Inputs, labels_KB: Tensor, multipliers: Multipliers) -> tuple[Tensor, Tensor]:
        """`Backend.step` with the numbers of its update where the weights lie."""
        ...
