"""A grid of peaks for one schedule: extended where its best lies on the edge, then refined around it."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

from ..errors import StudyError
from ..schedules import HIGHEST_PEAK
from ..spec import Way, way_between

Score = tuple[float, ...]  # higher is better, compared like a word: first entry first


class PeakResult(NamedTuple):
    """What is known of a peak: its score, whether it is above chance, and if not, where better peaks lie."""

    score: Score
    learned: bool = True
    way: Way = ""


class BestPeak(NamedTuple):
    """The best peak so far, and whether it is the lowest or highest of several tried."""

    peak: float
    at_edge: bool


class Grid:
    """Ask which peaks to try, tell their scores, ask again: at most `extend` peaks are added beyond the edges.

    An added peak continues the grid by the ratio of its two outermost peaks, to two significant digits. Ties go to the
    lower peak; a peak above chance comes before any at chance. As long as all are at chance, peaks are added where
    better ones lie: lower, higher, or between. Then, with `refine`, peaks are added halfway, by ratio, between the best
    and those beside it, until neither is further than `refine` times away. A grid of one peak is taken as given.

    highest: no peak above is added, and none is the upper edge: those above would train alike. None: no such peak.
    """

    def __init__(
        self, peaks: Sequence[float], extend: int, refine: float | None = None, highest: float | None = None
    ) -> None:
        self._highest = math.inf if highest is None else highest
        self._results: dict[float, PeakResult | None] = dict.fromkeys(sorted(peaks))
        self._left = extend if len(peaks) > 1 else 0
        self._refine = refine if len(peaks) > 1 else None
        self.refining = False

    def ask(self) -> tuple[float, ...]:
        """The peaks that wait for a score; none when the search is over. `refining` then says which kind they are."""
        if not any(result is None for result in self._results.values()):
            added = self._peaks_outside()
            self.refining = not added
            self._results |= dict.fromkeys(added or self._peaks_between())
        return tuple(sorted(peak for peak, result in self._results.items() if result is None))

    def _peaks_outside(self) -> tuple[float, ...]:
        """The next peak beyond the edge, or between peaks at chance, where the best asks for one."""
        best, between = self.best(), self.way == "between"
        if not self._left or not (best.at_edge or between):
            return ()
        self._left -= 1
        added = self._peak_above(best.peak) if between else self._peak_beyond(best.peak)
        if not 0 < added <= min(HIGHEST_PEAK, self._highest) or added in self._results:
            self._left = 0
            return ()
        return (added,)

    def _peaks_between(self) -> tuple[float, ...]:
        """Halfway to the neighbours of the best that are too far away, where anything was learned."""
        if self._refine is None or not any(result.learned for result in self.tried().values()):
            return ()
        peaks, best = list(self.tried()), self.best().peak
        place = peaks.index(best)
        far = [peak for peak in peaks[max(place - 1, 0) : place + 2] if _ratio(peak, best) > self._refine * (1 + 1e-9)]
        halfway = (_round_peak(math.sqrt(best * peak)) for peak in far)
        return tuple(peak for peak in halfway if peak not in self._results)

    def tell(self, peak: float, score: Score, learned: bool = True, way: Way = "") -> None:
        """The score of a peak that was asked for; higher is better. learned, way: as in `PeakResult`.

        One that is told again has the new score.
        """
        if peak not in self._results:
            raise StudyError(f"peak {peak:g} was not asked for; asked were {[f'{known:g}' for known in self._results]}")
        self._results[peak] = PeakResult(score, learned, way)

    def tried(self) -> dict[float, PeakResult]:
        """Every peak with a score, lowest peak first."""
        return {peak: result for peak, result in sorted(self._results.items()) if result is not None}

    @property
    def way(self) -> Way:
        """Where better peaks lie, if all that were tried are at chance."""
        return self._find_way()[0]

    def best(self, among: Collection[float] = ()) -> BestPeak:
        """The peak with the highest score, or the one nearest to better ones if all are at chance.

        among: only one of these may be it; all, unless given.
        """
        tried = self.tried()
        if not tried:
            raise StudyError("no peak has a score yet")
        way, nearest = self._find_way()
        if way:
            return BestPeak(list(tried)[nearest], len(tried) > 1 and way != "between")
        peak = next(peak for peak in self.ranked() if not among or peak in among)
        at_top = peak == max(tried) and peak < self._highest
        return BestPeak(peak, len(tried) > 1 and (peak == min(tried) or at_top))

    def ranked(self) -> tuple[float, ...]:
        """The peaks with a score, best first."""
        tried = self.tried()
        return tuple(sorted(tried, key=lambda peak: (tried[peak].learned, tried[peak].score, -peak), reverse=True))

    def _find_way(self) -> tuple[Way, int]:
        """As `way_between` has it, of peaks that are all at chance."""
        tried = self.tried().values()
        return ("", 0) if any(result.learned for result in tried) else way_between([result.way for result in tried])

    def _peak_beyond(self, edge: float) -> float:
        peaks = sorted(self._results)
        inner = peaks[1] if edge == peaks[0] else peaks[-2]
        return _round_peak(edge * edge / inner)

    def _peak_above(self, peak: float) -> float:
        """Halfway, by ratio, to the next peak tried."""
        return _round_peak(math.sqrt(peak * min(other for other in self._results if other > peak)))


def _ratio(one: float, other: float) -> float:
    """How many times the smaller of two peaks the larger is."""
    return max(one, other) / min(one, other)


def _round_peak(peak: float) -> float:
    """To two significant digits."""
    return round(peak, 1 - math.floor(math.log10(peak))) if peak > 0 else peak
