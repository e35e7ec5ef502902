"""Intervals as small drawings in the lines of a table: places in pixels, for a picture without any script."""

from collections.abc import Mapping
from math import ceil, floor, log10
from typing import NamedTuple

WIDTH, EDGE = 270, 14  # pixels of a strip, and of its empty ends
MOST_TICKS = 6


class Tick(NamedTuple):
    """A value of the axis. x: its place in pixels."""

    x: float
    value: float


class Strip(NamedTuple):
    """An interval: its ends and its point, in pixels."""

    low: float
    point: float
    high: float


def strips_of(intervals: Mapping[str, tuple[float, float, float]]) -> tuple[tuple[Tick, ...], dict[str, Strip]]:
    """The axis that all share, and each strip by its name. intervals: point, low, high."""
    values = [value for interval in intervals.values() for value in interval]
    if not values:
        return (), {}
    first, span = min(values), max(values) - min(values) or max(abs(max(values)), 1.0)

    def place(value: float) -> float:
        return round(EDGE + (WIDTH - 2 * EDGE) * (value - first) / span, 1)

    ticks = tuple(Tick(place(value), value) for value in round_values(first, first + span))
    return ticks, {name: Strip(place(low), place(point), place(high)) for name, (point, low, high) in intervals.items()}


def round_values(low: float, high: float) -> list[float]:
    """A few round numbers between two.

    >>> round_values(91.2, 96.4)
    [92.0, 93.0, 94.0, 95.0, 96.0]
    """
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough * (1 - 1e-9))
    return [number * step for number in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
