"""How numbers are written, once for terminal, page and pictures."""

from math import floor, isfinite, log10
from statistics import median
from typing import NamedTuple

from ..spec import Results

MINUS = "\N{MINUS SIGN}"


class Scale(NamedTuple):
    """How a study's scores are written: accuracy in per cent, its differences in points; other metrics as they are.

    name: the metric. factor: 100 for accuracy, else 1. decimals: by the intervals' widths, the same in the whole study.
    rounding: what is smaller is the rounding of sums, and no difference.
    """

    name: str
    factor: int
    decimals: int
    higher_is_better: bool
    rounding: float = 0.0

    def bare(self, value: float) -> str:
        """A score, without its unit."""
        return fixed(value * self.factor, self.decimals)

    def shown(self, value: float | None) -> str:
        """The score of a row, which has none where every seed diverged."""
        return "diverged" if value is None else self.bare(value)

    def difference(self, value: float) -> str:
        """A difference of scores, without its unit; with as many digits as it takes not to be shown as zero."""
        size = abs(value * self.factor)
        if abs(value) <= self.rounding or round(size, self.decimals) > 0:
            return self.bare(0.0 if abs(value) <= self.rounding else value)
        return fixed(value * self.factor, -floor(log10(size)))

    def between(self, low: float, high: float) -> str:
        """The interval of a difference."""
        return f"{self.difference(low)} to {self.difference(high)}"

    def share(self, value: float) -> str:
        """A precision, recall or F1: in per cent where the score is."""
        return fixed(value * self.factor, self.decimals if self.factor == 100 else 3)

    @property
    def heading(self) -> str:
        """The metric's name as a column or an axis shows it."""
        return f"{self.name} (%)" if self.factor == 100 else self.name

    @property
    def unit(self) -> str:
        """What follows a difference: "points of accuracy", or "of" the metric."""
        if self.factor == 100:
            return f"points of {self.name}"
        return f"of {self.name}" + ("" if self.higher_is_better else ", where lower is better")


def scale_of(results: Results) -> Scale:
    """The scale that shows two digits of the usual half width of a score's interval."""
    name = results.metric.name
    factor = 100 if name == "accuracy" else 1
    widths = [row.high - row.low for row in results.rows if row.low is not None and row.high is not None]
    half = median(widths or [0.0]) / 2 * factor
    rounding = 1e-13 * max((abs(row.score) for row in results.rows if row.score is not None), default=0.0)
    decimals = min(max(1 - floor(log10(half)), 0), 6) if half > 0 else 4
    if factor == 100:
        decimals = 2 if half < 0.1 else 1
    return Scale(name, factor, decimals, results.metric.higher_is_better, rounding)


def fixed(value: float, decimals: int) -> str:
    """That many decimals, a true minus, and no minus before zero.

    >>> fixed(-0.04, 1), fixed(-1.25, 2), fixed(12345.6, 0)
    ('0.0', '−1.25', '12,346')
    """
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def plain(value: float, digits: int = 3) -> str:
    """A number of any size to that many digits.

    >>> plain(0.01234), plain(123456.0), plain(1e-7), plain(0.0)
    ('0.0123', '123,456', '1e-7', '0')
    """
    if not isfinite(value) or value == 0:
        return f"{value:g}"
    if abs(value) >= 10 ** (digits + 6) or abs(value) < 1e-4:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}".replace("-", MINUS if value < 0 else "-", 1)
    if abs(value) >= 10**digits:
        return fixed(value, 0)
    return f"{value:.{digits}g}".replace("-", MINUS)


def rate(value: float) -> str:
    """A learning rate; four digits are enough to type it again.

    >>> rate(0.30000000000000004), rate(0.0316227766)
    ('0.3', '0.03162')
    """
    return f"{value:.4g}"


def probability(p: float) -> str:
    """A p-value after its letter.

    >>> f"p {probability(0.0312)}", f"p {probability(0.0001)}"
    ('p 0.031', 'p < 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> duration(0.345), duration(75), duration(7400)
    ('0.345 s', '1.2 min', '2.1 h')
    """
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{plain(seconds)} s"
