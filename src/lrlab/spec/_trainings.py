"""How many trainings the trials of a study come from: those that differ in their average of weights alone share one."""

from collections.abc import Iterable

from ..rules import Rule
from ._candidate import Candidate
from ._counts import counted
from ._study import Study


def grid_trainings(study: Study) -> int:
    """The trainings of `grid_trials`. Points of a search are all different."""
    if study.tune.search:
        return study.grid_trials
    if study.arms:
        tuned = [candidate for arm in study.arms if len(arm.candidates) > 1 for candidate in arm.candidates]
    else:
        tuned = [study.candidate_of(label, peak) for label in study.labels for peak in study.grid_of(label)]
    return _count_trainings(tuned) * len(study.tune.seeds)


def tuning_trainings(study: Study) -> int:
    """The trainings of `tuning_trials`: what is refined, and the final seeds, counts as if nothing were shared."""
    return study.tuning_trials - study.grid_trials + grid_trainings(study)


def seed_trainings(study: Study) -> int:
    """How many trainings each fresh seed has at most: arms of one setting share; others may, if they choose alike."""
    known = _known_settings(study)
    return _count_trainings(known) + len(study.labels) - len(known)


def planned_trainings(study: Study) -> int:
    """The trainings of `planned_trials`, at most."""
    confirmed = seed_trainings(study) * len(study.confirm.seeds)
    return tuning_trainings(study) + confirmed + study.rival_trials


def training_words(study: Study) -> str:
    """What trials come from, where that is fewer trainings: " from 30 trainings"; "" else.

    Where peaks are yet to be chosen, "at most": arms that choose the same share those of fresh seeds too.
    """
    planned = planned_trainings(study)
    if planned == study.planned_trials:
        return ""
    sure = len(_known_settings(study)) == len(study.labels)
    return f" from {'' if sure else 'at most '}{counted(planned, 'training')}"


def _known_settings(study: Study) -> list[Candidate]:
    """The setting of each label that has but one."""
    if study.tune.search:
        return []
    if study.arms:
        return [arm.candidates[0] for arm in study.arms if len(arm.candidates) == 1]
    grids = {label: study.grid_of(label) for label in study.labels}
    return [study.candidate_of(label, grid[0]) for label, grid in grids.items() if len(grid) == 1]


def _count_trainings(candidates: Iterable[Candidate]) -> int:
    """How many trainings these candidates are on a seed; a rule sees the average's loss, so that it shares none."""
    plain = (
        each if isinstance(each.schedule, Rule) else each.model_copy(update={"average": None}) for each in candidates
    )
    return len({each.to_json() for each in plain})
