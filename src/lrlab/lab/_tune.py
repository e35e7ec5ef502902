"""The tuning phase: which trials to ask for, and what is chosen of them."""

from collections.abc import Generator
from typing import NamedTuple

from ..search import Grid
from ..spec import Candidate, Choice, Record, Study
from ._batch import BEYOND, Batch, Records
from ._choices import arm_choice, peak_choice, peak_result, rank_result
from ._phase_trials import tuning_trials


class Chosen(NamedTuple):
    """The end of the tuning phase: for each label what was chosen, and how; and all its records."""

    candidates: dict[str, Candidate]
    choices: tuple[Choice, ...]
    leader: str
    records: tuple[Record, ...]


def tune_peaks(study: Study, data: str) -> Generator[Batch, Records, Chosen]:
    """Every schedule at every peak of its grid, which grows while its best lies on the edge."""
    schedules = dict(zip(study.labels, study.schedules, strict=True))
    grids = {label: Grid(study.tune.peaks, study.tune.extend) for label in study.labels}
    tuned: dict[str, dict[float, list[Record]]] = {label: {} for label in study.labels}
    phase = "tune"
    while asked := {label: peaks for label, grid in grids.items() if (peaks := grid.ask())}:
        groups = {
            (label, peak): tuning_trials(study, data, Candidate(schedule=schedules[label], peak=peak))
            for label in asked
            for peak in asked[label]
        }
        records = yield Batch(phase, tuple(trial for group in groups.values() for trial in group))
        for (label, peak), group in groups.items():
            tuned[label][peak] = [records[trial.key] for trial in group]
            grids[label].tell(peak, *peak_result(study, tuned[label][peak]))
        phase = BEYOND
    choices = tuple(peak_choice(label, grids[label], tuned[label]) for label in study.labels)
    leader = max(choices, key=lambda choice: rank_result(grids[choice.label].tried()[choice.peak])).label
    candidates = {choice.label: Candidate(schedule=schedules[choice.label], peak=choice.peak) for choice in choices}
    every = (record for peaks in tuned.values() for _, group in sorted(peaks.items()) for record in group)
    return Chosen(candidates, choices, leader, tuple(every))


def tune_arms(study: Study, data: str) -> Generator[Batch, Records, Chosen]:
    """Every candidate of the arms that have several; ties go to the first."""
    groups = {
        (arm.label, place): tuning_trials(study, data, candidate)
        for arm in study.arms
        if len(arm.candidates) > 1
        for place, candidate in enumerate(arm.candidates)
    }
    records: Records = {}
    if groups:
        records = yield Batch("tune", tuple(trial for group in groups.values() for trial in group))
    tuned = {place: [records[trial.key] for trial in group] for place, group in groups.items()}
    ranks = {place: rank_result(peak_result(study, group)) for place, group in tuned.items()}
    best = {
        arm.label: max(range(len(arm.candidates)), key=lambda place: (ranks.get((arm.label, place), ()), -place))
        for arm in study.arms
    }
    choices = tuple(
        arm_choice(study, arm, best[arm.label], [group for (label, _), group in tuned.items() if label == arm.label])
        for arm in study.arms
    )
    candidates = {arm.label: arm.candidates[best[arm.label]] for arm in study.arms}
    leader = max(study.labels, key=lambda label: ranks[label, best[label]]) if study.tuned else study.reference
    return Chosen(candidates, choices, leader, tuple(record for group in tuned.values() for record in group))
