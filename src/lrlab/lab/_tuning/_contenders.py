"""What is tried in the tuning phase, and which of it stays in the race on further seeds."""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from typing import NamedTuple

from ...spec import Candidate, Record, Study
from .._batch import FINALS, Batch, Records
from ._choices import Criterion, criterion, peak_result, rank_result
from ._halving import Raced, race
from ._phase_trials import tuning_trials

NEXT_BEST = 2  # beside the best, where no further seeds were asked for: on its slopes, one on each side


class Contenders(NamedTuple):
    """The best places of each label. final: whether they alone were tried on further seeds, and may be chosen."""

    places: Mapping[str, Sequence[float]]
    final: bool

    def of(self, label: str) -> Sequence[float]:
        """Of which places of a label one is to be chosen; all where none are named."""
        return self.places.get(label, ()) if self.final else ()


class Field:
    """The candidates of all labels, and their records so far.

    study, data: as in `phases`. candidate: of a label, that at a place: a peak, or an arm's first, second ... tuned:
    the records by label and place. raced: what halving stopped, and its rungs.
    """

    def __init__(self, study: Study, data: str, candidate: Callable[[str, float], Candidate]) -> None:
        self.study, self.data, self.candidate = study, data, candidate
        self.tuned: dict[str, dict[float, list[Record]]] = {label: {} for label in study.labels}
        self.raced = Raced({}, {}, ())

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, label by label, in the order of the places."""
        groups = (group for places in self.tuned.values() for _, group in sorted(places.items()))
        ended = [record for group in groups for record in group]
        known = {record.trial.key for record in ended}
        return (*ended, *(record for key, record in self.raced.records.items() if key not in known))

    def stopped(self, label: str) -> dict[float, int]:
        """The epoch at which halving stopped places of a label."""
        return {place: epoch for (own, place), epoch in self.raced.stopped.items() if own == label}

    @property
    def criterion(self) -> Criterion:
        """What the choices go by, given the records so far."""
        return criterion(self.study, self.records)

    def try_places(
        self, phase: str, asked: Mapping[str, Collection[float]], seeds: Sequence[int] | None = None
    ) -> Generator[Batch, Records, None]:
        """Have these places tried on the tuning seeds, or on the given ones."""
        groups = {
            (label, place): tuning_trials(self.study, self.data, self.candidate(label, place), seeds)
            for label, places in asked.items()
            for place in places
        }
        if phase == "tune":
            raced = yield from race(self.study, phase, groups)
            self.raced, records = self.raced.joined(raced), raced.records
        else:
            records = yield Batch(phase, tuple(trial for group in groups.values() for trial in group))
        for (label, place), group in groups.items():
            if (label, place) in self.raced.stopped:
                continue
            self.tuned[label].setdefault(place, []).extend(records[trial.key] for trial in group)

    def ranked(self, label: str, among: Collection[float] = ()) -> list[float]:
        """The places of a label, best first; ties go to the lower. among: these alone, if any are named."""
        by, groups = self.criterion, self.tuned[label]
        ranks = {place: rank_result(peak_result(self.study, groups[place], by)) for place in among or groups}
        return sorted(ranks, key=lambda place: (ranks[place], -place), reverse=True)

    def try_contenders(self) -> Generator[Batch, Records, Contenders]:
        """Try the best places of each label on the final seeds, if there are any. Labels at chance have none.

        Where no label has more than one place, there is nothing to choose.
        """
        tune = self.study.tune
        ranked = {label: self.ranked(label) for label in self.tuned}
        by = self.criterion
        ranked = {
            label: places
            for label, places in ranked.items()
            if places and peak_result(self.study, self.tuned[label][places[0]], by).learned
        }
        if not tune.final_seeds or max(map(len, ranked.values()), default=0) < 2:
            return Contenders({label: places[: 1 + NEXT_BEST] for label, places in ranked.items()}, final=False)
        finalists = {label: places[: tune.finalists] for label, places in ranked.items()}
        yield from self.try_places(FINALS, finalists, tune.final_seeds)
        return Contenders(finalists, final=True)
