"""How numbers are written, once for terminal, page and pictures."""

import re
from collections.abc import Collection, Sequence
from math import floor, inf, isclose, isfinite, log10
from statistics import median
from typing import NamedTuple

from ..measures import MEASURES, Measure, are_shares, score_measure
from ..spec import Metric, Row, StudyResults

THE_LOSS = ("loss", "loss_per_token")  # metrics that are the loss, unless a user's own is called so
MINUS = "\N{MINUS SIGN}"
LOWER = ", where lower is better"
COUNTED = re.compile(r"(point|step|nat|bit)s\b")  # units whose plural a number of 1 does not have
COLUMNS = ("precision", "recall", "f1", "loss", "seconds", "diverged")  # measures in a table beside the metric
TAKEN = {"schedule", "peak", *(MEASURES[name].column(in_percent=False).lower() for name in COLUMNS)}


class ScoreScale(NamedTuple):
    """How a study's scores are written: a share in per cent, its differences in points; other metrics as they are.

    name: the metric. factor: 100 for a share, else 1. decimals: by the intervals' widths, the same in the whole study.
    digits: of numbers too large or too small for decimals, instead. remark: behind the name of a metric that is called
    as another column is. rounding: what is smaller is the rounding of sums, and no difference.
    counted: what is counted, where it is no share and no metric, as "steps". measured_in: the unit of other metrics, as
    "nats". log: whether an axis of scores is logarithmic.
    """

    name: str
    factor: int
    decimals: int
    higher_is_better: bool
    digits: int | None = None
    remark: str = ""
    rounding: float = 0.0
    counted: str = ""
    measured_in: str = ""
    log: bool = False

    def bare(self, value: float) -> str:
        """A score, without its unit."""
        if self.digits is not None:
            return plain(value, self.digits)
        return fixed(value * self.factor, self.decimals)

    def shown(self, value: float | None) -> str:
        """The score of a row, which has none where every seed diverged."""
        return "diverged" if value is None else self.bare(value)

    def difference(self, value: float) -> str:
        """A difference of scores, without its unit; with as many digits as it takes not to be shown as zero."""
        exact = 0.0 if abs(value) <= self.rounding else value * self.factor
        if exact == 0 or self.digits is not None or round(abs(exact), self.decimals) > 0:
            return self.bare(exact / self.factor)
        return fixed(exact, -floor(log10(abs(exact))))

    def between(self, low: float, high: float) -> str:
        """The interval of a difference."""
        return f"{self.difference(low)} to {self.difference(high)}"

    def share(self, value: float) -> str:
        """A precision, recall or F1: in per cent where the score is."""
        return fixed(value * self.factor, self.decimals if self.factor == 100 else 3)

    @property
    def heading(self) -> str:
        """The metric's name as a column or an axis shows it."""
        if self.factor == 100 or self.shown_unit:
            return f"{self.name} ({self.shown_unit})"
        return self.name + self.remark

    @property
    def shown_unit(self) -> str:
        """What stands behind a score; "" where nothing does, as where the metric's name begins with its unit."""
        return "%" if self.factor == 100 else "" if self.name.startswith(f"{self.measured_in} ") else self.measured_in

    @property
    def difference_unit(self) -> str:
        """What stands behind a difference, where the metric is not named."""
        return "points" if self.factor == 100 else self.measured_in

    @property
    def unit(self) -> str:
        """What follows a difference: "points of accuracy", "nats of loss per token", what is counted, or "of" it."""
        if self.counted:
            return self.counted
        if self.factor == 100:
            return f"points of {self.name}"
        words = f"of {self.name}"
        if self.measured_in:
            words = f"{self.measured_in} {words}" if self.shown_unit else self.name
        return words + ("" if self.higher_is_better else LOWER)

    def with_unit(self, number: str, *, directed: bool = False) -> str:
        """A difference as it is written, and its unit: "1 point of accuracy", "0.02 of loss", "1,200 steps".

        directed: and that lower is better, where it is.
        """
        unit = self.unit if directed else self.unit.removesuffix(LOWER)
        if number in ("1", f"{MINUS}1"):
            unit = COUNTED.sub(r"\1", unit, count=1)
        return f"{number} {unit}"

    @property
    def size_unit(self) -> str:
        """The unit of a size without a direction, behind "in": "points of accuracy", "nats of loss per token", "R²"."""
        return self.unit.removeprefix("of ").removesuffix(LOWER)


def scale_of(results: StudyResults) -> ScoreScale:
    """The scale that shows two digits of the usual half width of a score's interval."""
    metric, scores = results.metric, [score for score in map(score_of, results.rows) if score is not None]
    measure = score_measure(metric, are_shares(metric, [results.highest_score]))
    taken = measure.title.lower() in TAKEN and not is_the_loss(results)
    return fitting_scale(measure, scores, " (metric)" * taken)


def fitting_scale(measure: Measure, scores: Sequence[tuple[float, float, float]], remark: str = "") -> ScoreScale:
    """The scale of a measure that shows two digits of the usual half width of an interval.

    scores: each with the ends of its interval. remark: behind the measure's name.
    """
    name, factor, higher_is_better = measure.title, measure.factor, measure.higher_is_better
    largest = max((abs(score) for score, _, _ in scores), default=0.0)
    rounding = 1e-13 * largest
    half = median([high - low for _, low, high in scores] or [0.0]) / 2 * factor
    if factor == 100:
        return ScoreScale(name, factor, 2 if half < 0.1 else 1, higher_is_better, rounding=rounding)
    decimals = 1 - floor(log10(half)) if 0 < half < inf else 4
    shown = ScoreScale(name, factor, max(decimals, 0), higher_is_better, None, remark, rounding, "", measure.unit)
    shown = shown._replace(log=measure.log)
    if decimals <= 6 and largest < 1e9:
        return shown
    digits = floor(log10(largest)) + decimals + 1 if largest > 0 else 3
    return shown._replace(decimals=0, digits=min(max(digits, 3), 12))


def accuracy_scale(metric: Metric) -> ScoreScale:
    """The scale of a metric with two decimals of a share, where no study's intervals say how many it takes."""
    return fitting_scale(score_measure(metric, metric.in_percent), [])


def score_of(row: Row) -> tuple[float, float, float] | None:
    """The score and the ends of its interval; None for a schedule that diverged on every seed."""
    if row.score is None or row.low is None or row.high is None:
        return None
    return row.score, row.low, row.high


def is_the_loss(results: StudyResults) -> bool:
    """Whether the metric is the loss itself, as it is where a task brings no other."""
    return results.metric.name in THE_LOSS and all(
        _same_number(record.test.score, record.test.loss) for record in results.confirmed
    )


def _same_number(score: float | None, loss: float | None) -> bool:
    """Whether two measured numbers agree; of a loop of the user's own that diverged there is none."""
    return score is None or (loss is not None and isclose(score, loss))


def fixed(value: float, decimals: int) -> str:
    """The value with so many decimals, a true minus, and no minus before zero.

    >>> fixed(-0.04, 1), fixed(-1.25, 2), fixed(12345.6, 0)
    ('0.0', '−1.25', '12,346')
    """
    text = f"{value:,.{decimals}f}"
    if "-" not in text:
        return text
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def plain(value: float, digits: int = 3) -> str:
    """A number of any size to that many digits.

    >>> plain(0.01234), plain(123456.0), plain(1e-7), plain(0.0), plain(999.6)
    ('0.0123', '123,456', '1e-7', '0', '1,000')
    """
    if not isfinite(value) or value == 0:
        return f"{value:g}"
    if abs(value) >= 10 ** (digits + 6) or abs(value) < 1e-4:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", MINUS if value < 0 else "-", 1)
    if abs(value) >= 10**digits - 0.5:  # what rounds up to one digit more too
        return fixed(value, 0)
    return f"{value:.{digits}g}".replace("-", MINUS)


def rate(value: float, among: Collection[float] = ()) -> str:
    """A learning rate, in four digits, or as many as tell it from others it stands among; rounding of sums is none.

    >>> rate(0.30000000000000004), rate(0.0316227766), rate(0.1000001, {0.1, 0.1000001})
    ('0.3', '0.03162', '0.1000001')
    """
    return rates_apart({value, *among})[value]


def rates_apart(values: Collection[float]) -> dict[float, str]:
    """Learning rates as `rate` writes them among each other."""
    alike: dict[str, list[float]] = {}
    for value in values:
        alike.setdefault(f"{value:.4g}", []).append(value)
    return {
        value: text if len(group) == 1 else _text_apart(value, group)
        for text, group in alike.items()
        for value in group
    }


def _text_apart(value: float, others: Sequence[float]) -> str:
    """The fewest digits that tell a rate from others."""
    others = [other for other in others if not isclose(other, value, rel_tol=1e-12)]
    texts = ((digits, f"{value:.{digits}g}") for digits in range(4, 17))
    return next((text for digits, text in texts if all(f"{each:.{digits}g}" != text for each in others)), repr(value))


def peaks_of(results: StudyResults) -> set[float]:
    """All peaks that a study's results speak of."""
    tried = {peak for choice in results.choices for peak in choice.peaks}
    return tried | {row.peak for row in results.rows} | {record.trial.peak for record in results.confirmed}


def probability(p: float) -> str:
    """A p-value after its letter.

    >>> f"p {probability(0.0312)}", f"p {probability(0.0001)}"
    ('p 0.031', 'p < 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def decimal_duration(seconds: float) -> str:
    """Seconds, or a decimal number of minutes or hours: what something cost.

    >>> decimal_duration(0.345), decimal_duration(75), decimal_duration(7400)
    ('0.345 s', '1.2 min', '2.1 h')
    """
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{plain(seconds)} s"
