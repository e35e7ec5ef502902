"""What the figures of pages are made of: panels of lines and points, as plain numbers that the page's script draws."""

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ._figures import EpochBand

ChartJson = dict[str, Any]
ALWAYS = ("x", "y", "lines")  # fields that the script reads without asking


class ChartAxis(NamedTuple):
    """An axis. log: logarithmic at first; may_log: a reader may switch.

    ends: its range; None: of what is shown, and from 0 with from_zero. ticks: values and their words; none: round
    numbers. bad: "low" or "high", the side on which values that lie far from the others are cut off and marked.
    down: the first value is on top. whole: only whole numbers are marked.
    """

    title: str = ""
    log: bool = False
    may_log: bool = False
    ends: tuple[float, float] | None = None
    ticks: tuple[tuple[float, str], ...] = ()
    bad: str = ""
    from_zero: bool = False
    down: bool = False
    whole: bool = False


class ChartLine(NamedTuple):
    """Numbers of one label. kind: "line", "steps" or "points". word: what a reader is told of each, before its numbers.

    low, high: the interval of each. names: of the points, said instead of x. mark: of points "dot", "cross" or "star".
    every: a mark at every point, not at some.
    """

    label: str
    x: list[float | None]
    y: list[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    kind: str = "line"
    mark: str = ""
    word: str = ""
    names: Sequence[str] = ()
    every: bool = False


class ChartPanel(NamedTuple):
    """Lines over one pair of axes. rules: heights of dashed lines. ends_early: who ends before others diverged."""

    x: ChartAxis
    y: ChartAxis
    lines: list[ChartLine]
    title: str = ""
    rules: tuple[float, ...] = ()
    ends_early: bool = False


class Chart(NamedTuple):
    """A figure that the page's script draws: panels of equal size."""

    panels: list[ChartPanel]

    @property
    def may_log(self) -> bool:
        """Whether a reader may switch an axis to logarithms."""
        return any(panel.y.may_log for panel in self.panels)

    @property
    def log(self) -> bool:
        """Whether one is logarithmic at first."""
        return any(panel.y.log for panel in self.panels)

    def to_json(self) -> ChartJson:
        """As plain data, without what is empty."""
        return _plain_fields(self)


def short_numbers(values: ArrayLike) -> list[float | None]:
    """The values to six digits: more than a screen shows, and half the size of the page's numbers.

    NaN and infinity become None, a gap: JSON has neither.
    """
    numbers = np.asarray(values, dtype=np.float64).tolist()
    return [_short_number(value) if isfinite(value) else None for value in numbers]


def band_line(band: EpochBand, factor: float = 1, *, word: str = "mean", every: bool = False) -> ChartLine:
    """The line of the mean with its interval, where there is one, or one end of it."""
    there = bool((np.isfinite(band.low) | np.isfinite(band.high)).any())
    low, high = (short_numbers(np.asarray(side) * factor) if there else () for side in (band.low, band.high))
    x, y = short_numbers(band.epochs), short_numbers(band.mean * factor)
    return ChartLine(band.label, x, y, low, high, word=word, every=every)


def point_line(label: str, points: ArrayLike, factor: float, mark: str, word: str) -> ChartLine:
    """Points of shape (n, 2). factor: what the second number is shown times."""
    x, y = np.array(points, dtype=np.float64).reshape(-1, 2).T
    return ChartLine(label, short_numbers(x), short_numbers(y * factor), kind="points", mark=mark, word=word)


def with_room(values: Sequence[float]) -> tuple[float, float]:
    """The range of an axis that holds the values and a little room."""
    room = 0.06 * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + room


def _short_number(value: float) -> float:
    """A whole number without a point, which takes room in the page."""
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() else short


def _plain_fields(value: Any) -> Any:
    """Named tuples as dictionaries, without what is empty or False."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        fields = value._asdict()  # pyright: ignore[reportAttributeAccessIssue]
        kept = {name: _plain_fields(field) for name, field in fields.items()}
        return {name: field for name, field in kept.items() if name in ALWAYS or field not in ("", [], False, None)}
    if isinstance(value, list | tuple):
        return [_plain_fields(member) for member in value]
    return value
