"""The loss and the metric of a task that has no objective: the user's own, else cross-entropy, accuracy or the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ..spec import Metric
from ._objective import LOSS, Objective, Sums
from ._own_metrics import OF_CLASSES, OF_NUMBERS, OwnMetric

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class OwnObjective(Objective):
    """What a task without an objective asks: its loss and metric are functions of the user's, or the usual ones.

    of_classes: whether labels are classes, one an example, and outputs a logit for each. own_loss: (outputs, labels) ->
    mean loss; None for cross-entropy. own_metric, own_score: the metric and (outputs, labels) -> float; None for
    accuracy of classes, else for the loss itself.

    A loss of the user's own may take no other shape than (B, ...), so a stack asks it trial by trial, and it may be no
    mean, so a split is measured on all of its outputs at once.
    """

    of_classes: bool
    own_loss: Callable[[Tensor, Tensor], Tensor] | None = None
    own_metric: Metric | None = None
    own_score: Callable[[Tensor, Tensor], float] | None = None

    by_sums: ClassVar[bool] = False

    @property
    def reads_classes(self) -> bool:
        """See `Objective.reads_classes`."""
        return self.own_loss is None

    @property
    def usual_metric(self) -> OwnMetric:
        """The metric where the user gives none."""
        return OF_CLASSES if self.of_classes else OF_NUMBERS

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """See `Objective.metrics`."""
        if self.own_metric is None:
            return (self.usual_metric.described,)
        # A user's own "accuracy" may be in per cent already: it is a share only where it says so.
        return (self.own_metric.model_copy(update={"share": bool(self.own_metric.share)}),)

    @property
    def recordable(self) -> bool:
        """See `Objective.recordable`: what a user's function does is not known."""
        return self.own_loss is None and self.own_score is None

    def read_labels(self, name: str, labels: Tensor) -> Tensor:
        """See `Objective.read_labels`: as they were given."""
        del name
        return labels

    def check_outputs(self, outputs: Tensor, labels: Mapping[str, Tensor], names: Sequence[str] = ()) -> None:
        """See `Objective.check_outputs`: the user's functions are run on examples instead."""

    def loss(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """See `Objective.loss`."""
        import torch
        from torch.nn.functional import cross_entropy

        if labels.is_floating_point() and outputs.dtype == torch.float64:
            labels = labels.double()
        return cross_entropy(outputs, labels) if self.own_loss is None else self.own_loss(outputs, labels)

    def losses(self, outputs_KB: Tensor, labels_KB: Tensor) -> Tensor:
        """See `Objective.losses`. A loss of the user's own is asked trial by trial."""
        import torch
        from torch.nn.functional import cross_entropy

        if self.own_loss is None:
            size, batch = outputs_KB.shape[:2]
            every = cross_entropy(outputs_KB.flatten(0, 1), labels_KB.flatten(), reduction="none")
            return every.view(size, batch).mean(1)
        pairs = zip(outputs_KB, labels_KB, strict=True)
        return torch.stack([self.loss(outputs, labels) for outputs, labels in pairs])

    def score(self, outputs: Tensor, labels: Tensor, loss: float) -> float:
        """See `Objective.score`."""
        import torch

        if self.own_score is not None:
            return float(self.own_score(outputs, labels))
        return self.usual_metric.score(outputs, labels, torch.tensor(loss, dtype=torch.float64)).item()

    def batch_scores(self, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
        """See `Objective.batch_scores`. A metric of the user's own is asked trial by trial."""
        import torch

        if self.own_score is None:
            return self.usual_metric.score(outputs_KB, labels_KB, losses_K)
        triples = zip(outputs_KB, labels_KB, losses_K.tolist(), strict=True)
        return torch.tensor([self.score(*triple) for triple in triples], dtype=torch.float64)

    def scores(self, outputs: Tensor, labels: Tensor, fitted: float | None = None) -> dict[str, float]:
        """See `Objective.scores`."""
        del fitted
        loss = self.loss(outputs, labels).item()
        return {LOSS: loss, self.metrics[0].name: self.score(outputs, labels, loss)}

    def sums(self, outputs_KB: Tensor, labels_KB: Tensor) -> Sums:
        """Not known of functions of the user's own: a split is measured on all outputs at once."""
        raise NotImplementedError("an objective of a user's own functions is measured on all outputs at once")

    def totals(self, sums: Sums) -> dict[str, Any]:
        """See `sums`."""
        raise NotImplementedError("an objective of a user's own functions is measured on all outputs at once")

    def predict(self, outputs: Tensor) -> Tensor:
        """See `Objective.predict`: the class of the largest output where there are classes, else the outputs."""
        return outputs.argmax(1) if self.of_classes else outputs

    def constants(self, outputs: Tensor, labels: Tensor) -> Iterator[Tensor]:
        """See `Objective.constants`."""
        raise NotImplementedError
