"""Numbers of one record, by name: what tables, claims and pages are about."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import StudyError, UnknownName, visible
from ..schedules import Horizon
from ..spec import KNOWN_METRICS, Metric, Record
from ..stats import Averages, best_epoch, convergence, epochs_to, settled, stability

MOST_SHARE = 1 + 1e-6  # as means of float32 come out


class Measure(NamedTuple):
    """A number of a record.

    heading: of a column, with the unit where it has one. unit: "%" is a share and "points" a difference of shares, both
    shown times 100; "epochs", "s", and those of metrics, as "nats". log: whether an axis of it is logarithmic.
    of: the number, or None where the record has none: no validation data, no classes, another metric than accuracy, too
    few epochs. short: the heading in the table of a study, where all is of test data and per trial, if it is another.
    """

    name: str
    heading: str
    unit: str
    higher_is_better: bool
    of: Callable[[Record], float | None]
    short: str = ""
    log: bool = False

    @property
    def title(self) -> str:
        """The heading without its unit, as sentences say it."""
        plain = re.sub(r" \((?:%|points|epochs?)\)$", "", self.heading)
        return plain.removesuffix(f" ({self.unit})") if self.unit else plain

    @property
    def factor(self) -> int:
        """What the number is multiplied by where it is shown."""
        return 100 if self.unit in ("%", "points") else 1

    @property
    def of_diverged(self) -> bool:
        """Whether a trial that diverged has a number that means something beside those of others."""
        return self.unit == "epochs" or self.name in ("diverged", "collapsed")

    def column(self, in_percent: bool = True) -> str:
        """The heading in the table of a study. in_percent: whether its shares are shown in per cent.

        >>> MEASURES["f1"].column(), MEASURES["f1"].column(in_percent=False), MEASURES["loss"].column()
        ('F1 (%)', 'F1', 'loss')
        """
        return self.short or (self.heading if in_percent else self.title)


def measure(name: str) -> Measure:
    """The measure of this name, or `epochs_to(X)` for an accuracy X, 0 < X <= 1.

    A diverged trial has the accuracy and losses of its untrained weights. In epochs to a target, to convergence and the
    like it has one more than the epochs of its budget; it has no train values, gap and stability.

    Raises UnknownName, and StudyError for an accuracy that cannot be reached.

    >>> measure("epochs_to(0.6)").heading
    'epochs to 60 %'
    """
    target = re.fullmatch(r"epochs_to(?:\((.*)\))?", name.replace(" ", ""))
    if target:
        return _epochs_to_target(name, target[1] or "")
    if name not in MEASURES:
        raise UnknownName("measure", name, [*MEASURES, "epochs_to(0.6)"])
    return MEASURES[name]


def score_measure(metric: Metric, in_percent: bool) -> Measure:
    """The score on test data by the task's own metric, under its name.

    in_percent: whether the scores are shares to be shown in per cent, as `are_shares` says.

    >>> score_measure(Metric(name="accuracy"), True).heading, score_measure(Metric(name="top 5"), False).heading
    ('accuracy (%)', 'top 5')
    >>> score_measure(Metric(name="rmse", heading="RMSE", unit="mg/dl"), False).heading
    'RMSE (mg/dl)'
    """
    title = visible(" ".join(metric.title.split())) or "score"
    unit = "%" if in_percent else metric.unit
    shown = "%" if in_percent else "" if metric.in_percent else metric.shown_unit
    heading, log = f"{title} ({shown})" if shown else title, metric.scale == "log"
    return Measure("score", heading, unit, metric.higher_is_better, lambda record: record.test.score, log=log)


def further_measures(records: Sequence[Record]) -> tuple[Measure, ...]:
    """The measures of metrics beside the one that decides: those that all records have and words exist for."""
    if not records:
        return ()
    counted = all(record.test.macro is not None for record in records)
    shared = [name for name in KNOWN_METRICS if all(name in record.test.scores for record in records)]
    return tuple(MEASURES[name] for name in shared if not (counted and name == "macro_f1"))


def are_shares(metric: Metric, scores: Iterable[float | None]) -> bool:
    """Whether these scores by a metric are shares of 1, to be shown in per cent.

    Records from before `Metric.share` may hold a user's accuracy in per cent: no share of 1 is above it, except for the
    rounding of float32.
    """
    return metric.in_percent and (bool(metric.share) or all(score is None or score <= MOST_SHARE for score in scores))


def class_measures(records: Sequence[Record]) -> tuple[Measure, ...]:
    """Precision, recall and F1, where every one of the records counts classes; else none."""
    counted = all(record.test.macro is not None for record in records)
    return tuple(MEASURES[name] for name in ("precision", "recall", "f1")) if counted else ()


def watched_accuracy(record: Record) -> NDArray[np.float64] | None:
    """Accuracy by epoch, of the test data where the trial watches it, else of the validation data; NaN: not measured.

    None where none was.
    """
    test = record.trial.watch == "test"
    values = [epoch.test_score if test else epoch.validation_score for epoch in record.epochs]
    return _to_array(values) if _has_accuracy(record) else None


def watched_loss(record: Record) -> NDArray[np.float64] | None:
    """Loss by epoch, of the data that `watched_accuracy` is of; NaN: not measured. None where none was."""
    test = record.trial.watch == "test"
    return _to_array([epoch.test_loss if test else epoch.validation_loss for epoch in record.epochs])


def _to_array(values: list[float | None]) -> NDArray[np.float64] | None:
    value_E = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    return None if np.isnan(value_E).all() else value_E


def _has_accuracy(record: Record) -> bool:
    """Whether the record's scores are accuracies, as shares of 1; a user's own may be in per cent."""
    return record.metric.name == "accuracy" and are_shares(record.metric, [record.test.score])


def _epochs_to_target(name: str, text: str) -> Measure:
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
            return float(horizon.epochs + 1) if _has_accuracy(record) else None
        value_E = watched(record)
        return None if value_E is None else float(count(value_E))

    return of


def _loss_stability(record: Record) -> float | None:
    loss_E = watched_loss(record)
    if record.outcome == "diverged" or loss_E is None:
        return None
    spread = stability(loss_E)
    return None if math.isnan(spread) else spread


def _of_metric(name: str) -> Callable[[Record], float | None]:
    """The metric of this name on test data: the one that decides, or one of the others."""

    def of(record: Record) -> float | None:
        return record.test.score if record.metric.name == name else record.test.scores.get(name)

    return of


def _metric_measure(metric: Metric) -> Measure:
    unit = "%" if metric.in_percent else metric.unit
    heading = f"{metric.title} ({metric.shown_unit})" if metric.shown_unit else metric.title
    log = metric.scale == "log"
    return Measure(metric.name, heading, unit, metric.higher_is_better, _of_metric(metric.name), log=log)


def _macro_average(average: Callable[[Averages], float]) -> Callable[[Record], float | None]:
    def of(record: Record) -> float | None:
        macro = record.test.macro
        return None if macro is None else average(macro)

    return of


def _test_accuracy(record: Record) -> float | None:
    return record.test.score if _has_accuracy(record) else record.test.scores.get("accuracy")


def _validation_accuracy(record: Record) -> float | None:
    return record.validation.score if record.validation and _has_accuracy(record) else None


def _validation_loss(record: Record) -> float | None:
    return record.validation.loss if record.validation else None


def _train_accuracy(record: Record) -> float | None:
    return record.epochs[-1].train_score if record.outcome == "finished" and _has_accuracy(record) else None


def _train_loss(record: Record) -> float | None:
    return record.epochs[-1].train_loss if record.outcome == "finished" else None


def _all_seconds(record: Record) -> float:
    return record.train_seconds + record.evaluate_seconds


def _accuracy_gap(record: Record) -> float | None:
    train, test = _train_accuracy(record), _test_accuracy(record)
    return None if train is None or test is None else train - test


MEASURES: dict[str, Measure] = {
    each.name: each
    for each in (
        Measure("accuracy", "accuracy (%)", "%", True, _test_accuracy),
        Measure("precision", "precision (%)", "%", True, _macro_average(lambda macro: macro.precision)),
        Measure("recall", "recall (%)", "%", True, _macro_average(lambda macro: macro.recall)),
        Measure("f1", "F1 (%)", "%", True, _macro_average(lambda macro: macro.f1)),
        Measure("loss", "test loss", "", False, lambda record: record.test.loss, short="loss"),
        Measure("validation_accuracy", "validation accuracy (%)", "%", True, _validation_accuracy),
        Measure("validation_loss", "validation loss", "", False, _validation_loss),
        Measure("train_accuracy", "training accuracy (%)", "%", True, _train_accuracy),
        Measure("train_loss", "training loss", "", False, _train_loss),
        Measure("gap", "training minus test accuracy (points)", "points", False, _accuracy_gap),
        Measure("seconds", "seconds", "s", False, _all_seconds, short="s per trial"),
        Measure("convergence", "convergence (epochs)", "epochs", False, _by_epochs(watched_accuracy, convergence)),
        Measure("convergence_loss", "lowest loss (epoch)", "epochs", False, _by_epochs(watched_loss, best_epoch)),
        Measure("convergence_settled", "settled (epochs)", "epochs", False, _by_epochs(watched_accuracy, settled)),
        Measure("stability", "spread of the loss's changes", "", False, _loss_stability),
        Measure("diverged", "diverged", "", False, lambda record: float(record.diverged)),
        Measure("collapsed", "collapsed", "", False, lambda record: float(record.collapsed)),
    )
}
MEASURES |= {
    name: _metric_measure(metric) for name, metric in KNOWN_METRICS.items() if name not in MEASURES
}  # of objectives: None of a record whose task has another
