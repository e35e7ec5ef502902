"""What every engine leaves of a trial: its record, and the arrays beside it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..errors import TaskError
from ..schedules import Horizon
from ..spec import Epoch, Epochs, Provenance, Record, Trial
from ..tasks import Task
from ._chance import chance_of
from ._evaluation import FinalEvaluation, snapshot_name, test_fields
from ._measure import Measured, task_metric


class Trained(NamedTuple):
    """A record; arrays beside it; the weights.

    arrays: rates (T,) float64; outputs as far as `Measured` has them: validation, test, each snapshot; right: which
    test examples were rightly predicted, (N,) bool.
    weights: parameters and buffers as evaluated at the end, by name; of a diverged trial, as it left them, or none.
    """

    record: Record
    arrays: dict[str, np.ndarray]
    weights: dict[str, Tensor]


class Course(NamedTuple):
    """How a trial went: horizon, epochs, the update it diverged at (or None), rates, and seconds of each kind.

    snapshots: test outputs on the way, by the array's name.
    """

    horizon: Horizon
    epochs: Sequence[Epoch]
    diverged_at: int | None
    rates: NDArray[np.float64]
    train_seconds: float
    evaluate_seconds: float
    snapshots: dict[str, np.ndarray]


def record(
    trial: Trial, task: Task, course: Course, final: FinalEvaluation, provenance: Provenance
) -> tuple[Record, dict[str, np.ndarray]]:
    """The record of a trial and its arrays; the final test data is that of its last epoch too.

    task: its metric and classes. course: how the trial went. final: the last evaluation. provenance: where it ran.
    Raises TaskError where a trial that diverged cannot be scored.
    """
    validation, test = final
    if not final.finite:
        raise TaskError(
            f"{trial.task}: the loss or the metric is no number, or is too large to compare, on untrained weights, "
            f"with which a trial that diverged is scored; return a finite number there"
        )
    trial_record = Record(
        trial=trial,
        outcome="finished" if course.diverged_at is None else "diverged",
        diverged_at=course.diverged_at,
        metric=task_metric(task),
        updates=course.horizon.updates,
        updates_per_epoch=course.horizon.updates_per_epoch,
        epochs=Epochs(_final_epochs(trial, course, test)),
        validation=None if validation is None else validation.evaluation(),
        test=test.evaluation(),
        train_seconds=course.train_seconds,
        evaluate_seconds=course.evaluate_seconds,
        provenance=provenance,
        class_names=task.class_names,
        chance=chance_of(task, trial.seed, trial.precision),
    )
    outputs = {"test": test.outputs, "validation": None if validation is None else validation.outputs}
    outputs["right"] = None if task.drawn else test.right  # other seeds are tested on other examples
    if course.diverged_at is None and len(course.epochs) in trial.snapshots:
        outputs[snapshot_name(len(course.epochs))] = test.outputs
    arrays = {"rates": course.rates} | {name: array for name, array in outputs.items() if array is not None}
    return trial_record, arrays | course.snapshots


def _final_epochs(trial: Trial, course: Course, test: Measured) -> tuple[Epoch, ...]:
    """The epochs; where the test data is watched, the last one has this of it."""
    if trial.watch != "test":
        return tuple(course.epochs)
    *before, last = course.epochs
    if course.diverged_at is not None:
        return *before, Epoch.unmeasured()
    return *before, last.model_copy(update=test_fields(test))
