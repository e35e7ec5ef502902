"""What every engine leaves of a trial: its record, and the arrays beside it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..schedules import Horizon
from ..spec import Epoch, Provenance, Record, Trial
from ..tasks import Task
from ._measure import Measured, metric_of


class Trained(NamedTuple):
    """A record; arrays beside it: rates (T,) float64, validation and test outputs as `Measured` has them; the weights.

    weights: parameters and buffers at the end, by name; of a diverged trial, as it left them, or none.
    """

    record: Record
    arrays: dict[str, np.ndarray]
    weights: dict[str, Tensor]


class Course(NamedTuple):
    """How a trial went: horizon, epochs, the update it diverged at (or None), rates, and seconds of each kind."""

    horizon: Horizon
    epochs: Sequence[Epoch]
    diverged_at: int | None
    rates: NDArray[np.float64]
    train_seconds: float
    evaluate_seconds: float


def record(
    trial: Trial, task: Task, course: Course, ends: tuple[Measured, Measured], provenance: Provenance
) -> tuple[Record, dict[str, np.ndarray]]:
    """The record of a trial and its arrays. ends: validation and test data under the weights it is scored with."""
    validation, test = ends
    made = Record(
        trial=trial,
        outcome="finished" if course.diverged_at is None else "diverged",
        diverged_at=course.diverged_at,
        metric=metric_of(task),
        updates=course.horizon.updates,
        updates_per_epoch=course.horizon.updates_per_epoch,
        epochs=tuple(course.epochs),
        validation=validation.evaluation(),
        test=test.evaluation(),
        train_seconds=course.train_seconds,
        evaluate_seconds=course.evaluate_seconds,
        provenance=provenance,
    )
    return made, {"rates": course.rates, "validation": validation.outputs, "test": test.outputs}
