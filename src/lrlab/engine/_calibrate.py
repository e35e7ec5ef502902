"""How fast a stack is: a few updates and a look at some examples, timed and thrown away."""

from collections.abc import Sequence
from statistics import fmean, median
from time import perf_counter
from typing import NamedTuple

import torch

from ..spec import Trial
from ..tasks import Split, Task
from ._reference import train
from ._stack import Stack

SLOW = 0.2  # seconds of an update that needs no warming up, and beside which one batch is looked at
WARM_UP = 2  # updates before the clock starts: kernels are chosen and memory is fetched in the first
RECORDING = 6  # the same where updates are recorded on their way
LOOKED_AT = 1000  # examples of the split that is looked at


class Pace(NamedTuple):
    """Seconds per trial: of one update, and of a look at one split of the task (the longer of validation and test).

    update is the median, by which layouts are told apart, and mean what a run takes, on a busy machine far more.
    trial_bytes: what a trial takes, where the backend knows it. build: seconds until the stack was ready.
    """

    update: float
    look: float
    trial_bytes: int | None
    mean: float
    build: float = 0.0


def pace_of(trials: Sequence[Trial], task: Task, layout: str, seconds: float, graph: bool = False) -> Pace:
    """Time updates of these trials as one stack, for about so many seconds, one at least; the median counts."""
    with torch.random.fork_rng(devices=[]):
        start = perf_counter()
        stack = Stack(trials, task, layout, graph)
        build = perf_counter() - start
        first = _timed(stack)
        for _ in range((RECORDING if graph else WARM_UP) - 1 if first < SLOW else 0):
            _timed(stack)
        taken = [_timed(stack)]
        while sum(taken) < seconds:
            taken.append(_timed(stack))
        few, whole = _few(trials[0], task, taken[0])
        start = perf_counter()
        stack.evaluate(few)
        look = (perf_counter() - start) * whole
    count = len(trials)
    return Pace(median(taken) / count, look / count, stack.backend.trial_bytes, fmean(taken) / count, build)


def pace_of_reference(trial: Trial, task: Task, seconds: float) -> Pace:
    """Time the plain loop: one update with the looks after it, and some more updates, for about so many seconds."""
    few, whole = _few(trial, task, 0.0)
    small = task.head(validation=len(few.labels), test=len(few.labels))

    def taken(updates: int) -> float:
        start = perf_counter()
        train(trial.model_copy(update={"budget": f"{updates} updates", "snapshots": ()}), small)
        return perf_counter() - start

    first = min(taken(1), taken(1))  # the first of all warms up
    more = max(round(seconds / first), 1)
    update = max((taken(1 + more) - first) / more, first / 100) if first < SLOW else first
    return Pace(update, first * whole, None, update)


def _few(trial: Trial, task: Task, update: float) -> tuple[Split, float]:
    """Some examples to look at, one batch where an update takes long, and how many times the longest split is that."""
    few = task.head(test=LOOKED_AT if update < SLOW else trial.batch_size).test
    return few, max(len(split.labels) for name, split in task.splits() if name != "train") / len(few.labels)


def _timed(stack: Stack) -> float:
    """Seconds of one update; at an epoch's end the epoch begins anew."""
    start = perf_counter()
    stack.update()
    if stack.device.type == "cuda":
        torch.cuda.synchronize(stack.device)
    taken = perf_counter() - start
    if stack.t == stack.epoch_end:
        stack.t = 0
        stack.losses, stack.scores = [], []
    return taken
