"""What is evaluated at an epoch's end and at the last, and what is kept of it; for every engine.

The test data of the last epoch is that of the final evaluation (`_records.py`): it is not measured twice there.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ..spec import Epoch, Trial
from ..stats import ClassCounts
from ..tasks import Split, Task
from ._measure import Measured, comparable, macro_f1

# Of each trial what a metric fitted to validation data, as a temperature; None: nothing.
Fitted = Sequence[float | None]
# Measures every trial on a whole split; the last: whether outputs are asked for.
MeasureSplit = Callable[[Split, Fitted, bool], Sequence[Measured]]


class TrainMeans(NamedTuple):
    """What a pass over the training data came to: means over its batches, and macro F1 where it is watched."""

    loss: float
    score: float
    f1: float | None

    @classmethod
    def over_batches(
        cls, losses: Sequence[float], scores: Sequence[float], counts: Sequence[ClassCounts | None]
    ) -> "TrainMeans":
        """The means of what each batch gave. counts: of its predictions; None of one without classes."""
        counted = [each for each in counts if each is not None]
        f1 = macro_f1(ClassCounts(*np.sum(counted, axis=0))) if counted else None
        with np.errstate(invalid="ignore"):  # of a metric that was infinite, both ways
            return cls(float(np.mean(losses)), float(np.mean(scores)), f1)


class EpochEvaluation(NamedTuple):
    """What one trial came to at an epoch's end; None: not evaluated.

    test: of a trial that watches the test data. snapshot: test outputs of a trial that keeps them at this epoch.
    """

    validation: Measured | None = None
    test: Measured | None = None
    snapshot: np.ndarray | None = None

    @property
    def finite(self) -> bool:
        """Whether no loss in it has left the finite numbers. A metric may be unmeasured on the way."""
        return all(comparable(measured.loss) for measured in (self.validation, self.test) if measured is not None)

    def to_epoch(self, loss: float, score: float, f1: float | None) -> Epoch:
        """The epoch as a record keeps it, with its train loss, score and F1."""
        return Epoch(
            train_loss=loss,
            train_score=known_score(score),
            validation_loss=None if self.validation is None else self.validation.loss,
            validation_score=None if self.validation is None else known_score(self.validation.score),
            train_f1=f1,
            **({} if self.test is None else test_fields(self.test)),
        )


class FinalEvaluation(NamedTuple):
    """The last of all: validation data, where there is any, and test data, under the weights a trial is scored with."""

    validation: Measured | None
    test: Measured

    @classmethod
    def of(cls, task: Task, trials: Sequence[Trial], measure: MeasureSplit) -> "list[FinalEvaluation]":
        """Each split of the task that is not trained on, by trials that are alike; validation data first.

        measure: every trial on a whole split. Outputs are asked for where a trial keeps snapshots.
        """
        asked = any(trial.snapshots for trial in trials)
        validation = measure_validation(task, trials, measure, asked)
        return list(map(cls, validation, measure(task.test, fitted_of(validation), asked)))

    @property
    def finite(self) -> bool:
        """Whether nothing in it has left the finite numbers."""
        return self.test.finite and (self.validation is None or self.validation.finite)


def test_fields(test: Measured) -> dict[str, float | None]:
    """The fields of an `Epoch` that hold the test data."""
    return {"test_loss": test.loss, "test_score": known_score(test.score), "test_f1": test.f1}


def known_score(score: float) -> float | None:
    """A score as an epoch keeps it: None where it is no number, as a metric may be on a batch or in an epoch."""
    return score if comparable(score) else None


def snapshot_name(epoch: int) -> str:
    """The array of test outputs after this epoch, counted from 1."""
    return f"snapshot-{epoch}"


def measure_validation(
    task: Task, trials: Sequence[Trial], measure: MeasureSplit, keep: bool = False
) -> Sequence[Measured | None]:
    """Every trial on the validation data; None where the task has none."""
    nothing = [None] * len(trials)
    return nothing if task.validation is None else measure(task.validation, nothing, keep)


def fitted_of(validation: Sequence[Measured | None]) -> list[float | None]:
    """What metrics of each trial fitted to the validation data."""
    return [None if found is None else found.fitted for found in validation]


def evaluate_epoch(
    trials: Sequence[Trial], task: Task, epoch: int, last: bool, measure: MeasureSplit
) -> list[EpochEvaluation]:
    """What is due at the end of an epoch, counted from 0, for trials that are alike. last: no update is left.

    task: its splits. measure: every trial on a whole split; asked once per split at most, validation data first.
    """
    first = trials[0]
    due = last or (epoch + 1) % first.evaluate_every == 0
    watched = due and first.watch == "test" and not last
    asked = [epoch + 1 in trial.snapshots and not last for trial in trials]
    nothing = [None] * len(trials)
    validation = measure_validation(task, trials, measure) if due else nothing
    test = measure(task.test, fitted_of(validation), any(asked)) if watched or any(asked) else nothing
    return [
        EpochEvaluation(valid, shown if watched else None, shown.outputs if asks and shown and shown.finite else None)
        for valid, shown, asks in zip(validation, test, asked, strict=True)
    ]
