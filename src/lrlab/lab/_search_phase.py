"""The tuning phase of a study with a search: rounds of points for all schedules together."""

from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

from ..rules import Plan
from ..search import PeakResult, Point, PointSearch
from ..spec import Candidate, Choice, Record, Study, candidate_at
from ._batch import Batch, Records
from ._choices import measured_fields, peak_result, rank_result, way_of
from ._phase_trials import tuning_trials
from ._tune import Chosen

BEHIND = 1e9  # how far a diverged seed, or being at chance, puts a point behind any score: samplers look at ranks alone
LARGEST = 1e8  # of a score


class SearchedPoint(NamedTuple):
    """A point that was tried: what ran, how it did, and its records, seed by seed."""

    candidate: Candidate
    result: PeakResult
    records: tuple[Record, ...]


def tune_by_search(study: Study, data: str) -> Generator[Batch, Records, Chosen]:
    """Every schedule at the points that its search asks for, round by round; ties go to the first asked.

    A point that is asked for again, rounded as it is, is not trained again.
    """
    assert study.tune.search is not None
    plans = dict(zip(study.labels, study.schedules, strict=True))
    searches = {label: PointSearch(study.tune.search, study.space_of(label), label) for label in study.labels}
    tried: dict[str, list[SearchedPoint]] = {label: [] for label in study.labels}
    known: Records = {}
    while asked := [(label, point) for label, search in searches.items() for point in search.ask()]:
        candidates = [candidate_of(study, plans[label], point) for label, point in asked]
        groups = [tuning_trials(study, data, candidate) for candidate in candidates]
        new = {trial.key: trial for group in groups for trial in group if trial.key not in known}
        if new:
            known |= yield Batch("tune", tuple(new.values()))
        for (label, point), candidate, group in zip(asked, candidates, groups, strict=True):
            records = tuple(known[trial.key] for trial in group)
            result = peak_result(study, records)
            searches[label].tell(point, told_score(result, len(records)))
            tried[label].append(SearchedPoint(candidate, result, records))
    return _choose_points(study, tried)


def candidate_of(study: Study, plan: Plan, point: Point) -> Candidate:
    """What runs at a point."""
    return candidate_at(plan, study.optimizer, study.tune.peaks, point.values)


def told_score(result: PeakResult, seeds: int) -> float:
    """What a sampler is told of a point: finite, in the order of `rank_result` but for ties.

    A point at chance is told behind all others, one with a diverged seed behind those with none.

    >>> told_score(PeakResult((-0.0, 0.5)), 2) > told_score(PeakResult((-1.0, 0.9)), 2)
    True
    """
    diverged, measured = -result.score[0], result.score[1]
    steps = diverged + (0 if result.learned else seeds + 1)
    return min(max(measured, -LARGEST), LARGEST) - BEHIND * steps


def _choose_points(study: Study, tried: Mapping[str, Sequence[SearchedPoint]]) -> Chosen:
    """The best point of each schedule, and the schedule whose best leads."""
    best = {
        label: max(range(len(points)), key=lambda place: (rank_result(points[place].result), -place))
        for label, points in tried.items()
    }
    choices = tuple(_point_choice(study, label, tried[label], best[label]) for label in study.labels)
    candidates = {label: tried[label][best[label]].candidate for label in study.labels}
    leader = max(study.labels, key=lambda label: rank_result(tried[label][best[label]].result))
    records = {each.trial.key: each for points in tried.values() for point in points for each in point.records}
    return Chosen(candidates, choices, leader, tuple(records.values()))


def _point_choice(study: Study, label: str, points: Sequence[SearchedPoint], best: int) -> Choice:
    chosen = points[best]
    axis = study.space_of(label).get("peak")
    return Choice(
        label=label,
        peak=chosen.candidate.peak,
        at_edge=axis is not None and axis.is_near_end(chosen.candidate.peak),
        peaks=tuple(point.candidate.peak for point in points),
        schedule=str(chosen.candidate.schedule),
        tried=study.words_of([point.candidate for point in points]),
        chosen=best,
        way=way_of(chosen.records),
        **measured_fields([point.records for point in points]),
    )
