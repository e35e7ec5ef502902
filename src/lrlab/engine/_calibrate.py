"""How fast a stack is: a few updates and a look at some examples, timed and thrown away."""

from collections.abc import Sequence
from statistics import median
from time import perf_counter
from typing import NamedTuple

import torch

from ..spec import Trial
from ..tasks import Task
from ._stack import Stack

WARM_UP = 2  # updates before the clock starts: kernels are chosen and memory is fetched in the first
RECORDING = 6  # the same where updates are recorded on their way
LOOKED_AT = 1000  # examples of the split that is looked at


class Pace(NamedTuple):
    """Seconds per trial: of one update, and of a look at one split of the task (the longer of validation and test).

    trial_bytes: what a trial takes, where the backend knows it.
    """

    update: float
    look: float
    trial_bytes: int | None


def pace_of(trials: Sequence[Trial], task: Task, layout: str, seconds: float, graph: bool = False) -> Pace:
    """Time updates of these trials as one stack, for about so many seconds, one at least; the median counts."""
    with torch.random.fork_rng(devices=[]):
        stack = Stack(trials, task, layout, graph)
        for _ in range(RECORDING if graph else WARM_UP):
            _timed(stack)
        taken: list[float] = []
        while not taken or sum(taken) < seconds:
            taken.append(_timed(stack))
        few = task.head(test=LOOKED_AT).test
        start = perf_counter()
        stack.evaluate(few)
        whole = max(len(split.labels) for name, split in task.splits() if name != "train") / len(few.labels)
        look = (perf_counter() - start) * whole
    return Pace(median(taken) / len(trials), look / len(trials), stack.backend.trial_bytes)


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
