"""How fast a stack is: a few updates and a look at some examples, timed and thrown away."""

from collections.abc import Sequence
from statistics import fmean, median
from time import perf_counter

import torch

from ..errors import Unstackable
from ..spec import LAYOUT_KINDS, Timing, Trial
from ..tasks import Split, Task
from ._make_backend import LANES, has_lanes
from ._memory import course_bytes, free_bytes, trial_bytes
from ._reference import train
from ._stack import Stack

SLOW = 0.2  # seconds of an update that needs no warming up, and beside which one batch is looked at
WARM_UP = 2  # updates before the clock starts: kernels are chosen and memory is fetched in the first
RECORDING = 6  # the same where updates are recorded on their way
LOOKED_AT = 1000  # examples of the split that is looked at


def time_stack(trials: Sequence[Trial], task: Task, layout: str, seconds: float, graph: bool = False) -> Timing:
    """Time updates of these trials as one stack, for about so many seconds, one at least; the median counts.

    task: where its tensors lie, they run. layout: one of `BACKENDS`, or "reference": the plain loop, of the first
    trial. graph: replay recorded updates. A layout that cannot hold the model is a Timing that says why. Raises
    RunError where the trials are not alike.
    """
    try:
        if layout == "reference":
            timing = _time_reference(trials[0], task, seconds)
        else:
            timing = _time_layout(trials, task, layout, seconds, graph)
    except Unstackable as error:
        return Timing(refused=str(error), missing=layout == LANES and not has_lanes())
    course = course_bytes(trials[0].horizon(task.examples))
    free = free_bytes(task.device)
    return timing.model_copy(update={"trial_bytes": timing.trial_bytes + course, "free_bytes": free})


def _time_layout(trials: Sequence[Trial], task: Task, layout: str, seconds: float, graph: bool) -> Timing:
    with torch.random.fork_rng(devices=[]):
        start = perf_counter()
        stack = Stack(trials, task, layout, graph, share=False)  # what a training takes is asked
        build = perf_counter() - start
        first = _time_update(stack)
        begins_slowly = LAYOUT_KINDS[layout].compiling or stack.device.type != "cpu"
        slow = first >= SLOW and not begins_slowly
        for _ in range(0 if slow else (RECORDING if graph else WARM_UP) - 1):
            _time_update(stack)
        taken = [_time_update(stack)]
        while sum(taken) < seconds:
            taken.append(_time_update(stack))
        build += max(first - median(taken), 0.0) if LAYOUT_KINDS[layout].compiling else 0.0
        few, whole = _few_examples(trials[0], task, taken[0])
        start = perf_counter()
        with stack.at_evaluation() as weights:
            stack.evaluate(weights, few)
        look = (perf_counter() - start) * whole
    count, known = len(trials), stack.backend.trial_bytes
    averages = stack.averages.copies * sum(tensor[0].nbytes for tensor in stack.backend.tensors().values())
    return Timing(
        update=median(taken) / count,
        mean=fmean(taken) / count,
        look=look / count,
        build=build,
        graph=graph,
        trial_bytes=(known or trial_bytes(trials[0], task)) + averages,
    )


def _time_reference(trial: Trial, task: Task, seconds: float) -> Timing:
    """Time the plain loop: one update with the looks after it, and some more updates."""
    few, whole = _few_examples(trial, task, 0.0)
    small = task.head(validation=len(few.labels), test=len(few.labels))

    def time_training(updates: int) -> float:
        start = perf_counter()
        train(trial.model_copy(update={"budget": f"{updates} updates", "snapshots": ()}), small)
        return perf_counter() - start

    first = min(time_training(1), time_training(1))  # the first of all warms up
    more = max(round(seconds / first), 1)
    update = max((time_training(1 + more) - first) / more, first / 100) if first < SLOW else first
    return Timing(update=update, mean=update, look=first * whole, trial_bytes=0)


def _few_examples(trial: Trial, task: Task, update: float) -> tuple[Split, float]:
    """Some examples to look at, one batch where an update takes long, and how many times the longest split is that."""
    few = task.head(test=LOOKED_AT if update < SLOW else trial.batch_size).test
    return few, max(task.count_examples(name) for name, _ in task.splits() if name != "train") / len(few.labels)


def _time_update(stack: Stack) -> float:
    """Seconds of one update; at an epoch's end the epoch starts over."""
    start = perf_counter()
    stack.update()
    if stack.device.type == "cuda":
        torch.cuda.synchronize(stack.device)
    taken = perf_counter() - start
    if stack.t == stack.epoch_end:
        stack.restart_epoch()
    return taken
