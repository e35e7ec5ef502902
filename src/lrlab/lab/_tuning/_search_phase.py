"""The tuning phase of a study with a search: rounds of points for all schedules together."""

from collections.abc import Generator, Mapping

from ...search import PeakResult, Point, PointSearch
from ...spec import Candidate, Choice, Study
from .._batch import Batch, Records
from ._choices import Criterion, measured_fields, peak_result, way_of
from ._contenders import Field
from ._tune import Chosen, choose_best

BEHIND = 1e9  # how far a diverged seed, or being at chance, puts a point behind any score: samplers look at ranks alone
LARGEST = 1e8  # of a score


def tune_by_search(study: Study, data: str) -> Generator[Batch, Records, Chosen]:
    """Every schedule at the points that its search asks for, round by round, then the best on further seeds.

    Ties go to what was asked first.
    """
    searched = {label: _SearchedSchedule(study, label) for label in study.labels}
    field = Field(study, data, lambda label, place: searched[label].candidates[int(place)])
    while asked := {label: points for label, each in searched.items() if (points := each.search.ask())}:
        new = {label: places for label, points in asked.items() if (places := searched[label].add_points(points))}
        if new:
            yield from field.try_places("tune", new)
        for label, points in asked.items():
            searched[label].tell_points(points, field)
    contenders = yield from field.try_contenders()
    by = field.criterion
    best = {label: field.ranked(label, contenders.of(label))[0] for label in study.labels}
    choices = tuple(_point_choice(study, label, searched, int(best[label]), field, by) for label in study.labels)
    return choose_best(study, field, choices, contenders, best, by)


class _SearchedSchedule:
    """The search of one schedule. candidates: what its points come to, each once, in the order they were asked for."""

    def __init__(self, study: Study, label: str) -> None:
        assert study.tune.search is not None
        self.study, self.label = study, label
        self.search = PointSearch(study.tune.search, study.space_of(label), label)
        self.candidates: list[Candidate] = []
        self._places: dict[int, int] = {}  # of each point, by number
        self._known: dict[str, int] = {}

    def add_points(self, points: tuple[Point, ...]) -> list[float]:
        """Note the candidates of points; the places of those that are new: rounded, two points may be the same."""
        before = len(self.candidates)
        for point in points:
            candidate = self.study.candidate_at(self.label, point.values)
            place = self._known.setdefault(candidate.key, len(self.candidates))
            self._places[point.number] = place
            if place == len(self.candidates):
                self.candidates.append(candidate)
        return [float(place) for place in range(before, len(self.candidates))]

    def tell_points(self, points: tuple[Point, ...], field: Field) -> None:
        """Tell the search how points did."""
        by = field.criterion
        for point in points:
            place = self._places[point.number]
            if (self.label, place) in field.raced.stopped:
                self.search.tell(point, -LARGEST)  # behind all that ran to their end, before what diverged
                continue
            records = field.tuned[self.label][place]
            self.search.tell(point, told_score(peak_result(self.study, records, by), len(records)))


def told_score(result: PeakResult, seeds: int) -> float:
    """What a sampler is told of a point: finite, in the order of `rank_result` except for ties.

    A point at chance is told behind all others, one with a diverged seed behind those with none.

    >>> told_score(PeakResult((-0.0, 0.5)), 2) > told_score(PeakResult((-1.0, 0.9)), 2)
    True
    """
    diverged, measured = -result.score[0], result.score[1]
    steps = diverged + (0 if result.learned else seeds + 1)
    return min(max(measured, -LARGEST), LARGEST) - BEHIND * steps


def _point_choice(
    study: Study, label: str, searched: Mapping[str, _SearchedSchedule], best: int, field: Field, by: Criterion
) -> Choice:
    candidates = searched[label].candidates
    every = [candidate for each in searched.values() for candidate in each.candidates]
    chosen, axis = candidates[best], study.space_of(label).get("peak")
    places, stopped = range(len(candidates)), field.stopped(label)
    groups = [field.tuned[label].get(place, []) for place in places]
    return Choice(
        label=label,
        peak=chosen.peak,
        at_edge=axis is not None and axis.is_near_end(chosen.peak / study.rate_factor(chosen)),
        peaks=tuple(candidate.peak for candidate in candidates),
        schedule=chosen.arm,
        tried=study.words_of(candidates, every),
        chosen=best,
        way=way_of(groups[best]),
        **measured_fields(study, groups, by),
        stopped=tuple(stopped.get(place, 0) for place in places) if stopped else (),
    )
