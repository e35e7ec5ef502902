"""A grid of peaks for one schedule, extended where its best lies on the edge."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import StudyError
from ..schedules import HIGHEST_PEAK

Score = tuple[float, ...]  # higher is better, compared like a word: first entry first


class Best(NamedTuple):
    """The best peak so far, and whether it is the lowest or highest of several tried."""

    peak: float
    at_edge: bool


class Grid:
    """Ask which peaks to try, tell their scores, ask again: at most `extend` peaks are added beyond the edges.

    An added peak continues the grid by the ratio of its two outermost peaks, to two significant digits. Ties go to the
    lower peak. A grid of one peak is taken as given and never extended.
    """

    def __init__(self, peaks: Sequence[float], extend: int) -> None:
        self._scores: dict[float, Score | None] = dict.fromkeys(sorted(peaks))
        self._left = extend if len(peaks) > 1 else 0

    def ask(self) -> tuple[float, ...]:
        """The peaks that wait for a score; none when the search is over."""
        waiting = tuple(peak for peak, score in self._scores.items() if score is None)
        if waiting or not self._left or not self.best().at_edge:
            return waiting
        self._left -= 1
        added = self._beyond(self.best().peak)
        if added > HIGHEST_PEAK or added in self._scores:
            self._left = 0
            return ()
        self._scores[added] = None
        return (added,)

    def tell(self, peak: float, score: Score) -> None:
        """The score of a peak that was asked for; higher is better."""
        if peak not in self._scores:
            raise StudyError(f"peak {peak:g} was not asked for; asked were {[f'{known:g}' for known in self._scores]}")
        self._scores[peak] = score

    def tried(self) -> dict[float, Score]:
        """Every peak with a score, lowest peak first."""
        return {peak: score for peak, score in sorted(self._scores.items()) if score is not None}

    def best(self) -> Best:
        """The peak with the highest score."""
        tried = self.tried()
        if not tried:
            raise StudyError("no peak has a score yet")
        peak = max(tried, key=lambda candidate: (tried[candidate], -candidate))
        return Best(peak, len(tried) > 1 and peak in (min(tried), max(tried)))

    def _beyond(self, edge: float) -> float:
        peaks = sorted(self._scores)
        inner = peaks[1] if edge == peaks[0] else peaks[-2]
        wanted = edge * edge / inner
        digits = 1 - math.floor(math.log10(wanted))
        return round(wanted, digits)
