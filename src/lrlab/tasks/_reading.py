"""How the labels of a task are read, by its objective."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import TaskError
from ..objectives import Objective, PerPixel, check_methods
from ._labels import LabelReading
from ._split import Split


def check_objective(objective: Any, *own: Any) -> Objective | None:
    """Raise TaskError for what is no objective, and for one beside functions of the user's own."""
    if objective is not None and not isinstance(objective, Objective):
        raise TaskError(
            f"objective must be one of lrlab.objectives, such as Regression(), but got {objective!r}; "
            "for a function of your own give loss=(outputs, labels) -> scalar tensor"
        )
    if objective is not None:
        check_methods(objective)
    if objective is not None and any(part is not None for part in own):
        raise TaskError(
            "an objective has its own loss and metrics; leave out loss, metric and score, or leave out the objective"
        )
    return objective


def reading_of(objective: Objective | None, loss: Callable[..., Any] | None) -> LabelReading:
    """How labels are read: as classes, one an example or one a position, or as they are."""
    if isinstance(objective, PerPixel):
        return LabelReading(as_given=True, ignored=objective.ignore, classes=False)
    if objective is None or objective.reads_classes:
        return LabelReading(as_given=loss is not None)
    return LabelReading(as_given=True, classes=False)


def read_split(name: str, split: Split, objective: Objective | None) -> Split:
    """A split with labels as its objective takes them; itself where they are so already."""
    if objective is None:
        return split
    labels = objective.read_labels(name, split.labels)
    return split if labels is split.labels else Split(split.inputs, labels)
