"""A study whose trials have a length that was asked for, within a budget: the seeds that fit, and who keeps it."""

from math import ceil

from ...errors import StudyError
from ...spec import Study, counted, duration
from .._batch import BETWEEN, BEYOND, FINALS, RIVALS
from .._prepare import Prepared, prepare
from .._requests import is_length_from_budget
from .._retry import progress
from .._seeds import CHEAP, MANY_SEEDS, with_seeds
from .._workshop import Workshop
from ._budget import Budget, Keeper, enough_seeds, first_seeds, settings_option, without
from ._fit_budget import open_keeper, say_usual_seeds


def fit_length(
    draft: Prepared, budget: Budget, request: str, workshop: Workshop, seeds_open: bool = False
) -> tuple[Prepared, Keeper | None]:
    """The draft, whose trials keep their length, and who keeps it to the budget; none where all is done.

    The arguments are those of `fit_budget`. request: of a budget beside a length. Raises
    StudyError, with the least budget that does, where not even the fewest seeds that answer fit.
    """
    assert not is_length_from_budget(request)
    prepared, keeper, is_new = open_keeper(draft, budget, request, workshop)
    if keeper is None:
        return prepared, None
    keeper.may_shorten = False
    if is_new and not progress(draft.study, draft.task.data, workshop.store).stored:
        _check_fit(keeper)
    if seeds_open:
        if is_new:
            _take_many_seeds(keeper)
        say_usual_seeds(keeper, workshop.listen)
    return keeper.prepared, keeper


def _seconds_of(keeper: Keeper, study: Study) -> float:
    """About how long all of a study takes that differs from the keeper's in its trials' number alone."""
    _, task, horizon = keeper.prepared
    return keeper.seconds_of_all(horizon.updates / horizon.updates_per_epoch, prepare(study, task))


def _take_many_seeds(keeper: Keeper) -> None:
    """Give the keeper's study 30 seeds where they are cheap, and fit."""
    study = keeper.prepared.study
    many = with_seeds(study, max(MANY_SEEDS, len(study.confirm.seeds)))
    if _seconds_of(keeper, many) <= min(CHEAP, keeper.left()):
        keeper.prepared = prepare(many, keeper.prepared.task)


def _check_fit(keeper: Keeper) -> None:
    """Raise StudyError where the study does not fit without all that may be cut on the way."""
    study, setup, left = keeper.prepared.study, keeper.setup, keeper.left()
    for phase in (RIVALS, FINALS, BETWEEN, BEYOND):
        study = without(study, phase)
    study = first_seeds(study, enough_seeds(study))
    needed = _seconds_of(keeper, study)
    if needed <= left:
        return
    least = ceil(1.1 * (needed + keeper.budget.seconds - left))
    processes = counted(setup.processes, "process", "processes")
    raise StudyError(
        f"{study.planned_trials} trials of {study.budget}, the fewest that answer, need about {duration(needed)} on "
        f"{processes}, but {duration(max(left, 0))} of the budget are left; raise it to --budget {least}s, leave out "
        f"--epochs or --updates, or take fewer schedules, {settings_option(study)} or --seeds"
    )
