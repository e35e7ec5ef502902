"""An interval around a point."""

from collections.abc import Callable
from typing import NamedTuple

_HALVINGS = 40


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


def without_zero(wide: Interval, p_of: Callable[[float], float]) -> Interval:
    """The interval of a mean that a test claims to differ from zero, cut so that zero is not in it.

    The end near zero becomes the smallest shift that the test does not reject, by halving. p_of: the p of the values
    less a shift; at zero it is below 1 - level, but for drawn patterns that round it up.
    """
    if not wide.low <= 0 <= wide.high or wide.point == 0:
        return wide
    most = max(1 - wide.level, p_of(0.0) * (1 + 1e-9))
    rejected, kept = 0.0, wide.point  # of the point itself p is 1
    for _ in range(_HALVINGS):
        middle = (rejected + kept) / 2
        rejected, kept = (middle, kept) if p_of(middle) <= most else (rejected, middle)
    return wide._replace(low=kept) if wide.point > 0 else wide._replace(high=kept)
