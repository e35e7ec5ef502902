"""The tuning phase: which trials to ask for, and what is chosen of them."""

from collections.abc import Generator, Mapping
from math import inf
from typing import NamedTuple

from ...search import Grid
from ...spec import Candidate, Choice, Record, RungCheck, Study
from .._batch import BETWEEN, BEYOND, Batch, Records
from ._choices import Criterion, arm_choice, peak_choice, peak_result, rank_result
from ._contenders import Contenders, Field
from ._rival_trials import rivals_of


class Chosen(NamedTuple):
    """The end of the tuning phase: for each label what was chosen, and how; and all its records.

    rivals: by label, what tuning could not tell from the chosen candidate, where it is to be confirmed too. rungs: of
    halving.
    """

    candidates: dict[str, Candidate]
    choices: tuple[Choice, ...]
    leader: str
    records: tuple[Record, ...]
    rivals: Mapping[str, tuple[Candidate, ...]] = {}
    rungs: tuple[RungCheck, ...] = ()


def tune_peaks(study: Study, data: str) -> Generator[Batch, Records, Chosen]:
    """Every schedule at every peak of its grid, which grows while its best lies on the edge, then around the best.

    The best peaks of each are tried on further seeds, if the study has any, before one of them is chosen.
    """
    field = Field(study, data, study.candidate_of)
    grids = yield from _search_grids(study, field)
    contenders = yield from field.try_contenders()
    by = _tell_grids(grids, field)
    best = {label: grid.best(contenders.of(label)) for label, grid in grids.items()}
    choices = tuple(
        peak_choice(study, label, grids[label], best[label], field.tuned[label], by, field.stopped(label))
        for label in study.labels
    )
    return choose_best(study, field, choices, contenders, {label: each.peak for label, each in best.items()}, by)


def _search_grids(study: Study, field: Field) -> Generator[Batch, Records, dict[str, Grid]]:
    """Ask the grids of all schedules until none has more to ask."""
    tune = study.tune
    grids = {
        label: Grid(study.grid_of(label), tune.extend, tune.refine, study.highest_of(label)) for label in study.labels
    }
    first = True
    while asked := {label: peaks for label, grid in grids.items() if (peaks := grid.ask())}:
        inside = all(grids[label].refining for label in asked)
        yield from field.try_places("tune" if first else BETWEEN if inside else BEYOND, asked)
        _tell_grids(grids, field)
        first = False
    return grids


def _tell_grids(grids: Mapping[str, Grid], field: Field) -> Criterion:
    """Tell every grid how its peaks did, all by the same criterion, which is given back."""
    by = field.criterion
    for label, grid in grids.items():
        for peak, records in field.tuned[label].items():
            grid.tell(peak, *peak_result(field.study, records, by))
    for label, peak in field.raced.stopped if grids else ():
        grids[label].tell(peak, (-inf,), learned=False)
    return by


def tune_arms(study: Study, data: str) -> Generator[Batch, Records, Chosen]:
    """Every candidate of the arms that have several, and the best of each on further seeds; ties go to the first."""
    candidates = {arm.label: arm.candidates for arm in study.arms}
    field = Field(study, data, lambda label, place: candidates[label][int(place)])
    places = {label: range(len(several)) for label, several in candidates.items() if len(several) > 1}
    if places:
        yield from field.try_places("tune", places)
    contenders = yield from field.try_contenders()
    by = field.criterion
    best = {label: (*field.ranked(label, contenders.of(label)), 0)[0] for label in study.labels}
    choices = tuple(
        arm_choice(study, arm, int(best[arm.label]), field.tuned[arm.label], by, field.stopped(arm.label))
        for arm in study.arms
    )
    return choose_best(study, field, choices, contenders, best, by)


def choose_best(
    study: Study,
    field: Field,
    choices: tuple[Choice, ...],
    contenders: Contenders,
    best: Mapping[str, float],
    by: Criterion,
) -> Chosen:
    """What the phase came to. The leader is the best of what was chosen, where every label was tuned."""
    leader = study.reference
    if study.tuned:
        ranks = {label: rank_result(peak_result(study, field.tuned[label][best[label]], by)) for label in study.labels}
        leader = max(study.labels, key=lambda label: ranks[label])
    rivals = rivals_of(field, contenders, best) if study.confirm.rivals and not study.arms else {}
    candidates = {label: field.candidate(label, place) for label, place in best.items()}
    return Chosen(candidates, choices, leader, field.records, rivals, field.raced.rungs)
