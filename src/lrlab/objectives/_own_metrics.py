"""Metrics of lrlab's own, one entry each: how it is called, and how it is had of outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ..spec import Metric

if TYPE_CHECKING:
    from torch import Tensor


class OwnMetric(NamedTuple):
    """A metric that a task has where it brings none.

    described: its name and direction. score: outputs (B, C, ...), labels (B, ...) and their loss () to the value ();
    of a stack, all with an axis (K,) of trials before, to (K,).
    """

    described: Metric
    score: Callable[[Tensor, Tensor, Tensor], Tensor]


def _share_right(outputs: Tensor, labels: Tensor, loss: Tensor) -> Tensor:  # noqa: ARG001  one signature for all
    """How often the largest output is that of the label."""
    right = outputs.argmax(labels.ndim) == labels
    return right.double().flatten(labels.ndim - 1).mean(-1)


def _loss_itself(outputs: Tensor, labels: Tensor, loss: Tensor) -> Tensor:  # noqa: ARG001
    return loss.double()


METRICS = {
    metric.described.name: metric
    for metric in (
        OwnMetric(Metric(name="accuracy"), _share_right),
        OwnMetric(Metric(name="loss", higher_is_better=False), _loss_itself),
    )
}
OF_CLASSES, OF_NUMBERS = METRICS["accuracy"], METRICS["loss"]
