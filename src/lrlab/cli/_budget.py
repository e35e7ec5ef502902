"""`--budget`: from so many seconds to the epochs of a trial, in words."""

from rich.console import Console

from ..execution import Executor
from ..lab import (
    USUAL_EPOCHS,
    Budget,
    Keeper,
    Prepared,
    asked_before,
    comparison_before,
    job_of,
    pace_now,
    prepare,
    progress,
    setup_of,
)
from ..store import Store
from ._options import Means
from ._stop import since_start
from ._study import measuring


def within(
    seconds: float, draft: Prepared, request: str, store: Store, executor: Executor, how: Means
) -> tuple[Prepared, Keeper | None]:
    """The draft with as many epochs as the budget allows, and who keeps it to that; none where all is done.

    As many as the last time where the same was asked before, or the same of other schedules: how many fit depends on
    the machine's mood, and another number would be another study, of which nothing is there yet.
    """
    console, task = Console(stderr=True, highlight=False), draft.task
    past = asked_before(task.data, request, store)
    if past is not None:
        draft = prepare(past, task)
        if not progress(past, task.data, store).missing:
            return draft, None

    setup = setup_of(draft, store, executor, how.engine, how.device, seconds, measuring(task.name, seconds / 10))
    pace = pace_now(job_of(draft, how.device), setup, executor)
    keeper = Keeper(draft, setup, pace, Budget(seconds, since_start()))
    keeper.may_shorten = past is None and not _as_before(keeper, store, console)
    if keeper.may_shorten:
        epochs = keeper.epochs()
        _set(keeper, f"{epochs} epochs")
        if epochs == USUAL_EPOCHS[-1]:
            words = f"{epochs} epochs a trial are the most that a budget buys; --epochs asks for more"
            console.print(words, soft_wrap=True, markup=False)
    return keeper.prepared, keeper


def _as_before(keeper: Keeper, store: Store, console: Console) -> bool:
    """Whether a comparison of other schedules came before whose epochs fit, and are taken, so that it counts."""
    study, task = keeper.prepared.study, keeper.prepared.task
    old = comparison_before(study, task.data, store)
    if old is None:
        return False
    new = [label for label in study.labels if label not in old.labels]
    tuned = len(new) * len(study.tune.peaks) * len(study.tune.seeds)
    if not keeper.fits(tuned, len(new) * len(study.confirm.seeds), float(old.budget.split()[0])):
        return False
    trained = f"only {', '.join(new)} is trained" if new else "nothing is trained twice"
    words = f"trials of {old.budget}, as in the comparison before, so that {trained}; --epochs asks for others"
    console.print(words, soft_wrap=True, markup=False)
    _set(keeper, old.budget)
    return True


def _set(keeper: Keeper, budget: str) -> None:
    """Give the keeper's study this length."""
    study = keeper.prepared.study.model_copy(update={"budget": budget})
    keeper.prepared = prepare(study, keeper.prepared.task)
