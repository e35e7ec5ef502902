"""Stacks cut in two, for memory does not suffice or their processes die; and the size that memory was seen to hold."""

from collections.abc import Iterable, Sequence

from ...spec import Setup, StackPlan, Trial, alike, trainings_of
from ...store import Store
from ._litter import checkpoint


def cut_in_two(stack: StackPlan, trials: Sequence[Trial], store: Store, memory: bool) -> list[StackPlan]:
    """The halves of a stack, which go on from where it stands; none where it cannot be cut.

    trials: those of it that are wanted. memory: whether it is to save memory: a block of lanes takes as much in parts.
    Trials that share a training stay together, unless they are all that is left.
    """
    from ...engine import block_size

    block = block_size(stack.setup.layout, trials[0].precision) if trials and memory else 1
    trainings = trainings_of(trials)
    if len(trainings) == 1:
        trainings, block = [[trial] for trial in trials], 1
    blocks = -(-len(trainings) // block)
    if blocks < 2:
        return []
    size = -(-blocks // 2) * block
    setup = stack.setup.model_copy(update={"size": size})
    begin_from = (stack.key,) if checkpoint(store, stack.key).exists() else stack.begin_from
    parts = (trainings[start : start + size] for start in range(0, len(trainings), size))
    keys = (tuple(trial.key for training in part for trial in training) for part in parts)
    return [StackPlan(trials=part, setup=setup, rung=stack.rung, begin_from=begin_from) for part in keys]


def note_size(store: Store, trials: Iterable[Trial], setup: Setup) -> None:
    """Remember that memory holds no larger stacks of such trials than this setup's."""
    for key in _keys_of(trials, setup):
        store.add_setup(key, setup)


def within_memory(setup: Setup, trials: Iterable[Trial], store: Store) -> Setup:
    """The setup with no larger stacks than memory was seen to hold, of any of these trials."""
    known = (store.setup(key) for key in _keys_of(trials, setup))
    sizes = [noted.size for noted in known if noted is not None]
    return setup.model_copy(update={"size": min([setup.size, *sizes])})


def _keys_of(trials: Iterable[Trial], setup: Setup) -> set[str]:
    """Under what the size is noted: what takes memory, whatever the length of a training."""
    common = {alike(trial.model_copy(update={"budget": "1 epochs", "evaluate_every": 1})) for trial in trials}
    return {f"memory of {text} {setup.layout} {setup.device} {setup.processes} processes" for text in common}
