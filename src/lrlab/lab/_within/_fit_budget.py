"""From a budget of seconds to the epochs of a trial, and who keeps the study to it."""

from ...spec import Listener, Said
from ...store import Store
from .._batch import BETWEEN, FINALS, RIVALS
from .._calibrate import pace_now
from .._margin import with_margin
from .._prepare import Prepared, prepare, setup_of, workload_of
from .._retry import progress
from .._seeds import BETWEEN_SEEDS, MANY_SEEDS, usual_seed_words, with_seeds
from .._workshop import Workshop
from ._budget import SPARED_WORDS, USUAL_EPOCHS, Budget, Keeper, asked_before, comparison_before, without


def fit_budget(
    draft: Prepared, budget: Budget, request: str, workshop: Workshop, seeds_open: bool = False
) -> tuple[Prepared, Keeper | None]:
    """The draft with as many epochs as the budget allows, and who keeps it to that; none where all is done.

    seeds_open: whether there may be more confirm seeds than the draft has: 30, 20 or 16 where that costs no more than
    one step of the usual epochs.

    As many as the last time where the same was asked before, or the same of other schedules: how many fit depends on
    the machine's mood, and another number would be another study, of which nothing is there yet.

    draft: the study with any length. request: what was asked for, as the store notes it. workshop: who trains; who
    listens is told that the machine is measured, and what was decided.
    """
    store, listen = workshop.store, workshop.listen
    prepared, keeper, is_new = open_keeper(draft, budget, request, workshop)
    if keeper is None:
        return prepared, None
    keeper.may_shorten = is_new and not _take_past_length(keeper, store, listen, seeds_open)
    if keeper.may_shorten:
        _spare_what_does_not_fit(keeper, listen)
        epochs = _weigh_seeds(keeper) if seeds_open else keeper.epochs()
        _set_length(keeper, f"{epochs} epochs")
        if epochs == USUAL_EPOCHS[-1]:
            listen(Said(text=f"{epochs} epochs a trial are the most that a budget buys; --epochs asks for more"))
    if seeds_open:
        say_usual_seeds(keeper, listen)
    return keeper.prepared, keeper


def open_keeper(
    draft: Prepared, budget: Budget, request: str, workshop: Workshop
) -> tuple[Prepared, Keeper | None, bool]:
    """The draft, or the study that the same request came to before; who keeps it to the budget; whether it is new.

    Nobody keeps it where all is done. The arguments are those of `fit_budget`.
    """
    task, store = draft.task, workshop.store
    past = asked_before(task.data, request, store)
    if past is not None:
        draft = prepare(with_margin(past, draft.study.confirm.margin), task)
        if not progress(past, task.data, store).missing:
            return draft, None, False
    setup = setup_of(draft, workshop, budget.seconds)
    pace = pace_now(workload_of(draft, workshop.device), setup, workshop.executor)
    return draft, Keeper(draft, setup, pace, budget), past is None


def say_usual_seeds(keeper: Keeper, listen: Listener) -> None:
    """Say how many seeds were taken, where that is worth a word."""
    if words := usual_seed_words(keeper.prepared.study):
        listen(Said(text=f"{words}."))


def _spare_what_does_not_fit(keeper: Keeper, listen: Listener) -> None:
    """Leave out what tunes and confirms well, a part at a time, where not even trials of one epoch fit else."""
    for phase in (RIVALS, FINALS, BETWEEN):
        study = keeper.prepared.study
        spared = without(study, phase)
        if spared != study and keeper.most_epochs() is None:
            keeper.prepared = prepare(spared, keeper.prepared.task)
            listen(Said(text=f"within {keeper.budget.seconds:g} s {SPARED_WORDS[phase]}"))


def _weigh_seeds(keeper: Keeper) -> int:
    """Give the keeper's study as many seeds as are worth their epochs; the epochs that are left."""
    draft = keeper.prepared
    usual = keeper.epochs()
    least = USUAL_EPOCHS[max(USUAL_EPOCHS.index(usual) - 1, 0)]
    for count in BETWEEN_SEEDS:
        if count > len(draft.study.confirm.seeds):
            keeper.prepared = prepare(with_seeds(draft.study, count), draft.task)
            epochs = keeper.most_epochs()
            if epochs is not None and epochs >= least:
                return epochs
    keeper.prepared = draft
    return usual


def _take_past_length(keeper: Keeper, store: Store, listen: Listener, seeds_open: bool) -> bool:
    """Whether a comparison of other schedules came before whose epochs fit, and are taken, so that it counts.

    seeds_open: whether its seeds are taken too, where they are more.
    """
    study, task = keeper.prepared.study, keeper.prepared.task
    most = with_seeds(study, max(MANY_SEEDS, len(study.confirm.seeds))) if seeds_open else study
    past = comparison_before(most, task.data, store)
    if past is None:
        return False
    if seeds_open and len(past.confirm.seeds) > len(study.confirm.seeds):
        study = with_seeds(study, len(past.confirm.seeds))
    new = [label for label in study.labels if label not in past.labels]
    tuned = len(new) * max(study.tuned_settings) * len(study.tune.seeds)
    if not keeper.fits(tuned, len(new) * len(study.confirm.seeds), float(past.budget.split()[0])):
        return False
    trained = f"only {', '.join(new)} is trained" if new else "nothing is trained twice"
    text = f"trials of {past.budget}, as in the comparison before, so that {trained}; --epochs asks for others"
    listen(Said(text=text))
    keeper.prepared = prepare(study, task)
    _set_length(keeper, past.budget)
    return True


def _set_length(keeper: Keeper, budget: str) -> None:
    """Give the keeper's study this length."""
    study = keeper.prepared.study.model_copy(update={"budget": budget})
    keeper.prepared = prepare(study, keeper.prepared.task)
