"""Which trials are trained as one stack: planned again, as they were planned before, or as they come from a rung."""

from collections.abc import Container, Mapping, Sequence

import numpy as np

from ...spec import (
    LAYOUT_KINDS,
    ONE_BY_ONE,
    OPTIMIZERS,
    LayoutName,
    Optimizer,
    Precision,
    Setup,
    StackPlan,
    Trial,
    alike,
    trainings_of,
)
from ...store import Store
from ._halves import within_memory
from ._litter import checkpoint

STACKED: LayoutName = "grouped"  # what trains where lanes do not know an optimizer
MOST_STACKED = 16  # trials of such a stack, whose best size was not measured


def plan_stacks(trials: Sequence[Trial], setup: Setup, share: bool = True) -> list[StackPlan]:
    """Trials that are alike, seed by seed, in stacks of at most the setup's size, shared out evenly over its processes.

    Trials of one seed share their batches, so they stand together. First seeds come first, whatever the optimizer, so
    that a run cut short leaves whole seeds. Those that differ in their average alone share a training, and the size
    counts trainings; share: whether they do. The plain loop trains each.
    """
    groups: dict[str, list[Trial]] = {}
    for trial in sorted(trials, key=lambda trial: trial.seed):
        groups.setdefault(alike(trial), []).append(trial)
    parts: list[tuple[list[Trial], Setup]] = []
    for group in groups.values():
        own = setup_for(group[0], setup)
        shared = share and not LAYOUT_KINDS[own.layout].plain
        trainings = trainings_of(group) if shared else [[trial] for trial in group]
        cuts = _cut_evenly(len(trainings), own, group[0].precision)
        parts += [([trial for training in trainings[part] for trial in training], own) for part in cuts]
    parts.sort(key=lambda part: part[0][0].seed)
    return [StackPlan(trials=tuple(trial.key for trial in part), setup=own) for part, own in parts]


def count_trainings(trials: Sequence[Trial], setup: Setup) -> int:
    """How many trainings so many trials come from; the plain loop trains each."""
    return len(trials) if LAYOUT_KINDS[setup.layout].plain else len(trainings_of(trials))


def setup_for(trial: Trial, setup: Setup) -> Setup:
    """The setup; for an optimizer that lanes do not have, torch's stack in their place. Arms may have their own."""
    why = "" if LAYOUT_KINDS[setup.layout].portable else _not_compiled(trial.optimizer)
    if not why:
        return setup
    changes = {"layout": STACKED, "size": min(setup.size, MOST_STACKED), "ratio": None, "why": why}
    return setup.model_copy(update=changes)


def _not_compiled(optimizer: Optimizer) -> str:
    """What lanes do not have of an optimizer; "" where they have all of it."""
    if OPTIMIZERS[optimizer.name].compiled is None:
        return f"the optimizer {optimizer.name} is not compiled"
    if optimizer.no_decay or optimizer.layer_decay < 1:
        return "rates or weight decays that differ from layer to layer are not compiled"
    return "updates from several batches are not compiled" if optimizer.accumulate > 1 else ""


def _cut_evenly(trainings: int, setup: Setup, precision: Precision) -> list[slice]:
    """Where so many trainings are cut: at whole blocks, for a part of one takes as long as all of it."""
    from ...engine import block_size

    block = block_size(setup.layout, precision)
    block = block if setup.size % block == 0 else 1
    blocks, stacks = -(-trainings // block), -(-trainings // setup.size)
    stacks = min(-(-stacks // setup.processes) * setup.processes, blocks)
    return [slice(part[0] * block, (part[-1] + 1) * block) for part in np.array_split(np.arange(blocks), stacks)]


def plan_fresh(trials: Sequence[Trial], fallen: Container[str], setup: Setup) -> list[StackPlan]:
    """Stacks of trials that are in none yet; those that fell the last time stand apart, and last."""
    first = [trial for trial in trials if trial.key not in fallen]
    return plan_stacks(first, setup) + plan_stacks([trial for trial in trials if trial.key in fallen], setup)


def plan_survivors(trials: Mapping[str, Trial], store: Store, rung: str) -> list[StackPlan]:
    """Stacks, up to this rung, of those trials, by key, that wait at a rung before it, in the layout they were in.

    Trials of several stacks may come into one. One whose checkpoint is gone starts over: it is in none of these.
    """
    groups: dict[str, list[StackPlan]] = {}
    for stack in store.stacks(trials):
        waits = stack.rung not in ("", rung) and checkpoint(store, stack).exists()
        if waits and _is_to_follow(stack, store):
            groups.setdefault(f"{stack.rung} {stack.setup.key}", []).append(stack)
    planned = list[StackPlan]()
    for sources in groups.values():
        source_of = {key: stack.key for stack in sources for key in stack.trials if key in trials}
        waiting = [trials[key] for key in source_of]
        for stack in plan_stacks(waiting, within_memory(sources[0].setup, waiting, store)):
            begin_from = tuple(dict.fromkeys(source_of[key] for key in stack.trials))
            planned.append(stack.model_copy(update={"rung": rung, "begin_from": begin_from}))
    return planned


def find_planned(known: Mapping[str, Trial], store: Store, setup: Setup, rung: str) -> list[StackPlan]:
    """Stacks planned by an earlier run, up to the same rung, whose trials are all at hand.

    The plain loop plans none worth following.
    """
    if LAYOUT_KINDS[setup.layout].plain:
        return []
    followed = [stack for stack in store.stacks(known) if stack.rung == rung and _is_to_follow(stack, store)]
    return [stack for stack in followed if all(key in known or store.get([key]) for key in stack.trials)]


def _is_to_follow(stack: StackPlan, store: Store) -> bool:
    """Whether a plan is to be followed here and now.

    Not one in lanes where there are none. Nor a trial that was set apart after a failure and has not begun: what failed
    then, such as a library that could not be loaded, may have been mended since.
    """
    from ...engine import is_available

    layout = stack.setup.layout
    if not LAYOUT_KINDS[layout].portable:
        return is_available(layout)
    set_apart = layout == ONE_BY_ONE and bool(stack.setup.why)
    return not LAYOUT_KINDS[layout].plain and not (set_apart and not checkpoint(store, stack.key).exists())
