"""Points of a space for one schedule, by any sampler: ask which to try, tell their scores, ask again."""

import math
from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

from ..errors import StudyError
from ..spec import AxisValue, Search, Space, grid_sizes, points_in
from ._optuna import OptunaPoints, values_at


class Point(NamedTuple):
    """Values of what is searched, and the number under which they were asked for, from 0."""

    number: int
    values: Mapping[str, AxisValue]


class PointSearch:
    """Ask which points to try, tell their scores in any order, ask again: `points_in` of them in all.

    Samplers that learn are asked for `search.ask` at a time, the others for all at once. The same scores lead to the
    same points.
    """

    def __init__(self, search: Search, space: Space, label: str) -> None:
        """label: of the schedule, so that two schedules do not draw the same."""
        self._search, self._space = search, space
        self._total = points_in(search, space)
        self._source = (
            _GridPoints(space, self._total) if search.sampler == "grid" else OptunaPoints(search, space, label)
        )
        self._asked: list[Point] = []
        self._scores: dict[int, float] = {}
        self._noted = 0

    def ask(self) -> tuple[Point, ...]:
        """The points that wait for a score, or else the next ones; none when the search is over."""
        if len(self._scores) == len(self._asked):
            self._ask_next()
        return tuple(point for point in self._asked if point.number not in self._scores)

    def tell(self, point: Point, score: float) -> None:
        """The score of a point that was asked for: finite, higher is better."""
        if point not in self._asked:
            raise StudyError(f"point {point.number} was not asked for; tell of what `ask` gave")
        if not math.isfinite(score):
            raise StudyError(f"a score is finite, but got {score}; tell the worst one of a trial that diverged")
        self._scores[point.number] = score

    def best(self) -> Point:
        """The point with the highest score; ties go to the first."""
        if not self._scores:
            raise StudyError("no point has a score yet; tell one")
        return self._asked[max(self._scores, key=lambda number: (self._scores[number], -number))]

    def _ask_next(self) -> None:
        if self._noted < len(self._asked):
            self._source.note([self._scores[point.number] for point in self._asked[self._noted :]])
            self._noted = len(self._asked)
        left = self._total - len(self._asked)
        count = min(left, self._search.ask if self._search.learns else left)
        for raw in self._source.draw(count) if count else ():
            self._asked.append(Point(len(self._asked), values_at(self._space, raw)))


class _GridPoints:
    """Every combination of evenly spaced values."""

    def __init__(self, space: Space, total: int) -> None:
        sizes = grid_sizes(space, total)
        values = {name: _spread_values(space, name, size) for name, size in sizes.items()}
        self._points = [dict(zip(values, each, strict=True)) for each in product(*values.values())]

    def draw(self, count: int) -> list[dict[str, Any]]:
        """All of them, at once."""
        return self._points[:count]

    def note(self, scores: object) -> None:
        """A grid learns nothing."""


def _spread_values(space: Space, name: str, size: int) -> list[Any]:
    """Evenly spaced numbers, or the choices, as Optuna would draw them."""
    axis = space[name]
    return list(axis.choices) or [axis.number_at(place / max(size - 1, 1)) for place in range(size)]
