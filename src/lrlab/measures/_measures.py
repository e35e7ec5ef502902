"""What tables and claims of published studies are about: numbers of one record, by name."""

import math
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import StudyError, UnknownName
from ..schedules import Horizon
from ..spec import Record
from ..stats import Averages, best_epoch, convergence, epochs_to, settled, stability


class Measure(NamedTuple):
    """A number of a record. heading: for tables. unit: "%" (a share, shown times 100), "epochs", "s" or "".

    of: the number, or None where the record has none: no validation data, no classes, another metric than accuracy, too
    few epochs.
    """

    name: str
    heading: str
    unit: str
    higher_is_better: bool
    of: Callable[[Record], float | None]


def measure(name: str) -> Measure:
    """The measure of this name, or `epochs_to(X)` for an accuracy X, 0 < X <= 1.

    A diverged trial has the accuracy and losses of its untrained weights. In epochs to a target, to convergence and the
    like it has one more than the epochs of its budget; it has no train values, gap and stability.

    Raises UnknownName, and StudyError for an accuracy that cannot be reached.

    >>> measure("epochs_to(0.6)").heading
    'epochs to 60 %'
    """
    given = re.fullmatch(r"epochs_to(?:\((.*)\))?", name.replace(" ", ""))
    if given:
        return _epochs_to(name, given[1] or "")
    if name not in MEASURES:
        raise UnknownName("measure", name, [*MEASURES, "epochs_to(0.6)"])
    return MEASURES[name]


def watched_accuracy(record: Record) -> NDArray[np.float64] | None:
    """Accuracy by epoch, of the test data where the trial watches it, else of the validation data; NaN: not measured.

    None where none was.
    """
    test = record.trial.watch == "test"
    values = [epoch.test_score if test else epoch.validation_score for epoch in record.epochs]
    return _curve(values) if _is_accuracy(record) else None


def watched_loss(record: Record) -> NDArray[np.float64] | None:
    """Loss by epoch, of the data that `watched_accuracy` is of; NaN: not measured. None where none was."""
    test = record.trial.watch == "test"
    return _curve([epoch.test_loss if test else epoch.validation_loss for epoch in record.epochs])


def _curve(values: list[float | None]) -> NDArray[np.float64] | None:
    value_E = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    return None if np.isnan(value_E).all() else value_E


def _is_accuracy(record: Record) -> bool:
    return record.metric.name == "accuracy"


def _epochs_to(name: str, text: str) -> Measure:
    try:
        target = float(text)
    except ValueError:
        target = math.nan
    if not 0 < target <= 1:
        raise StudyError(
            f"the measure epochs_to needs an accuracy above 0 and at most 1, but got {name}; write epochs_to(0.6)"
        )
    of = _by_epochs(watched_accuracy, lambda score_E: epochs_to(score_E, target))
    return Measure(f"epochs_to({target:g})", f"epochs to {100 * target:g} %", "epochs", False, of)


def _by_epochs(
    watched: Callable[[Record], NDArray[np.float64] | None], count: Callable[[NDArray[np.float64]], int]
) -> Callable[[Record], float | None]:
    """A number of epochs; of a diverged trial one more than its budget has, however far it came before."""

    def of(record: Record) -> float | None:
        if record.outcome == "diverged":
            horizon = Horizon(updates=record.updates, updates_per_epoch=record.updates_per_epoch)
            return float(horizon.epochs + 1) if _is_accuracy(record) else None
        value_E = watched(record)
        return None if value_E is None else float(count(value_E))

    return of


def _stability(record: Record) -> float | None:
    loss_E = watched_loss(record)
    if record.outcome == "diverged" or loss_E is None:
        return None
    found = stability(loss_E)
    return None if math.isnan(found) else found


def _macro(average: Callable[[Averages], float]) -> Callable[[Record], float | None]:
    def of(record: Record) -> float | None:
        by_class = record.test.classification
        return None if by_class is None else average(by_class.macro)

    return of


def _accuracy(record: Record) -> float | None:
    return record.test.score if _is_accuracy(record) else None


def _validation_accuracy(record: Record) -> float | None:
    return record.validation.score if record.validation and _is_accuracy(record) else None


def _validation_loss(record: Record) -> float | None:
    return record.validation.loss if record.validation else None


def _train_accuracy(record: Record) -> float | None:
    return record.epochs[-1].train_score if record.outcome == "finished" and _is_accuracy(record) else None


def _train_loss(record: Record) -> float | None:
    return record.epochs[-1].train_loss if record.outcome == "finished" else None


def _gap(record: Record) -> float | None:
    train, test = _train_accuracy(record), _accuracy(record)
    return None if train is None or test is None else train - test


MEASURES: dict[str, Measure] = {
    made.name: made
    for made in (
        Measure("accuracy", "accuracy", "%", True, _accuracy),
        Measure("precision", "precision", "%", True, _macro(lambda macro: macro.precision)),
        Measure("recall", "recall", "%", True, _macro(lambda macro: macro.recall)),
        Measure("f1", "F1", "%", True, _macro(lambda macro: macro.f1)),
        Measure("loss", "loss", "", False, lambda record: record.test.loss),
        Measure("validation_accuracy", "validation accuracy", "%", True, _validation_accuracy),
        Measure("validation_loss", "validation loss", "", False, _validation_loss),
        Measure("train_accuracy", "train accuracy", "%", True, _train_accuracy),
        Measure("train_loss", "train loss", "", False, _train_loss),
        Measure("gap", "train less test accuracy", "%", False, _gap),
        Measure("seconds", "seconds", "s", False, lambda record: record.train_seconds + record.evaluate_seconds),
        Measure(
            "convergence",
            "epochs to within 0.5 % of the best",
            "epochs",
            False,
            _by_epochs(watched_accuracy, convergence),
        ),
        Measure("convergence_loss", "epoch of the lowest loss", "epochs", False, _by_epochs(watched_loss, best_epoch)),
        Measure(
            "convergence_settled",
            "epochs until within 1 % of the end",
            "epochs",
            False,
            _by_epochs(watched_accuracy, settled),
        ),
        Measure("stability", "stability (sd of loss changes)", "", False, _stability),
    )
}
