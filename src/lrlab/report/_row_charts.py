"""Charts with a row for each thing: a point between two ends on an axis that all share. They need no script."""

from collections.abc import Sequence
from typing import NamedTuple

from ._charts import with_room
from ._figures import Advantage
from ._numbers import ScoreScale, plain
from ._strips import round_values


class RowEnds(NamedTuple):
    """Low, point and high of a row, as shares of the axis in per cent."""

    low: float
    point: float
    high: float


class ChartRow(NamedTuple):
    """A row. labels: whom it is about. label: whose colour it has; "": none. full: strong, with a filled point.

    ends: None where nothing is known. zone: where a margin begins and how wide it is. runs: further points with their
    names.
    """

    text: str
    labels: tuple[str, ...]
    label: str
    full: bool
    ends: RowEnds | None
    zone: tuple[float, float] | None = None
    runs: tuple[tuple[float, str], ...] = ()


class RowChart(NamedTuple):
    """Rows over one axis. ticks: places in per cent with their words. zero: where it lies; None: nowhere."""

    title: str
    rows: list[ChartRow]
    ticks: list[tuple[float, str]]
    zero: float | None = None


class RowValues(NamedTuple):
    """A row before it is placed: everything in the axis' unit. margin: on both sides of zero."""

    text: str
    labels: tuple[str, ...]
    label: str
    full: bool
    ends: tuple[float, float, float] | None
    margin: float | None = None
    runs: tuple[tuple[float, str], ...] = ()


def row_chart(title: str, rows: Sequence[RowValues], *, with_zero: bool) -> RowChart:
    """The rows placed on an axis that holds all of them. with_zero: zero is on it, and drawn."""
    values = [0.0] * with_zero + [value for row in rows for value in _values_of(row)]
    low, high = with_room(values)

    def place(value: float) -> float:
        return round(100 * (value - low) / (high - low), 2)

    placed = [
        ChartRow(
            row.text,
            row.labels,
            row.label,
            row.full,
            RowEnds(*map(place, row.ends)) if row.ends else None,
            None if row.margin is None else (place(-row.margin), round(place(row.margin) - place(-row.margin), 2)),
            tuple((place(value), name) for value, name in row.runs),
        )
        for row in rows
    ]
    ticks = [(place(value), plain(value, 6)) for value in round_values(low, high)]
    return RowChart(title, placed, ticks, place(0.0) if with_zero else None)


def _values_of(row: RowValues) -> list[float]:
    margin = [] if row.margin is None else [-row.margin, row.margin]
    return [*(row.ends or ()), *margin, *(value for value, _ in row.runs)]


def differences_chart(advantages: Sequence[Advantage], scale: ScoreScale) -> RowChart:
    """One row per question: the advantage and its interval, in colour where one is claimed; zero is drawn.

    Where both lie within the margin, this is shaded, and the point is full, without colour.
    """
    rows = []
    for each in advantages:
        numbers = f"{scale.difference(each.advantage)} ({scale.between(each.low, each.high)})"
        ends = (each.low * scale.factor, each.advantage * scale.factor, each.high * scale.factor)
        rows.append(
            RowValues(
                f"{each.first} {each.word} {each.second}: {numbers}",
                (each.first, each.second),
                each.first if each.claimed else "",
                each.claimed or each.within is not None,
                ends,
                None if each.within is None else each.within * scale.factor,
            )
        )
    return row_chart(f"advantage in {scale.unit.removeprefix('of ')}", rows, with_zero=True)
