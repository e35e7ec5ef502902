"""An interval around a point."""

from typing import NamedTuple


class Interval(NamedTuple):
    """A mean and the interval around it, in the unit of the values."""

    point: float
    low: float
    high: float
    level: float
    n: int


def interval_end(point: float, away: float, unit: float, cells: float = 2.0**40) -> float:
    """An end within the rounding of a grid, `cells` to a unit, is zero: a claim asks on which side of zero it lies."""
    end = point + away
    return 0.0 if abs(end) < unit * 4 / cells else end
