"""Train a stack to its end, with checkpoints on the way, and write its records."""

import warnings
from collections.abc import Generator, Sequence
from typing import NamedTuple

import torch

from ..errors import LabWarning
from ..spec import EpochMeasured, JobEvent, Standing, Trial, rung_epoch
from ..tasks import Task
from ._checkpoint import restore_rows
from ._evaluation import FinalEvaluation
from ._measure import task_metric
from ._patience import UNTIL_THE_END, Patience, TrainingClock, is_restored, restore_or_warn
from ._provenance import provenance
from ._randomness import stream
from ._records import Course, Trained, record
from ._stack import Stack
from ._steps import draw_apart, run_to_end


class StackEnd(NamedTuple):
    """What a stack leaves: trials that have ended, in order; and how those stand that can go on from a rung.

    kept: False where there is neither, for a rung was reached whose state the disk does not take.
    """

    trained: list[Trained]
    standings: list[Standing]
    kept: bool = True


def train_stack(
    trials: Sequence[Trial],
    task: Task,
    layout: str,
    patience: Patience = UNTIL_THE_END,
    ratio: float | None = None,
    graph: bool = False,
) -> list[Trained] | None:
    """Train K trials as one. What comes out equals `train` of each, to rounding.

    None where time was up before that, or the state at a rung could not be kept.
    task: where its tensors lie, the stack runs. layout: one of `BACKENDS`. patience: its checkpoint, and until when it
    may run. ratio: how many times faster than one by one this was when calibrated, for the records.
    graph: replay recorded updates, on a graphics card.
    A checkpoint that cannot be read or written is a LabWarning: the stack starts again, or trains on without; but at a
    rung it waits.
    Raises RunError where the trials are not alike, Unstackable where the layout cannot hold the model.
    """
    end = run_to_end(stack_steps(trials, task, layout, patience, ratio, graph))
    return None if end is None or not end.kept else end.trained


def stack_steps(
    trials: Sequence[Trial],
    task: Task,
    layout: str,
    patience: Patience = UNTIL_THE_END,
    ratio: float | None = None,
    graph: bool = False,
) -> Generator[JobEvent, None, StackEnd | None]:
    """What `train_stack` does, step by step: yields its epochs and checkpoints as events of no job.

    An epoch is that of every trial that was in the stack; of one that diverged in it, it is unmeasured. trials, task,
    layout, patience, ratio and graph are those of `train_stack`, and so are the errors. Whoever looks on may draw
    random numbers: the trials' are their own.
    """
    with torch.random.fork_rng(devices=[]):
        stack = Stack(trials, task, layout, graph)
    noise = stream(trials[0].seed, "noise")  # for a model that draws from a global generator
    return (yield from draw_apart(_steps_to_end(stack, patience, ratio), noise, stack.device))


def _steps_to_end(stack: Stack, patience: Patience, ratio: float | None) -> Generator[JobEvent, None, StackEnd | None]:
    _restore_checkpoint(stack, patience)
    end = _end_update(stack, patience.rung)
    if not (yield from _advance_to_end(stack, patience, end)):
        return None if stack.t < end else StackEnd([], [], kept=False)
    return _finish_stack(stack, ratio) if stack.finished else _end_at_rung(stack, ratio)


def _end_update(stack: Stack, rung: str) -> int:
    """The update at which the stack ends: after the last, or at a rung that lies before it."""
    epoch = rung_epoch(rung, stack.horizon, stack.trials[0].evaluate_every) if rung else 0
    return epoch * stack.horizon.updates_per_epoch or stack.horizon.updates


def _advance_to_end(stack: Stack, patience: Patience, end: int) -> Generator[JobEvent, None, bool]:
    """Advance to this update; False where time was up, or a rung cannot be kept.

    Saved when time is up, the last look may be ended without loss. Trials that went on from a rung without the stack
    that they stood in would come out as others do, but for rounding.
    """
    clock = TrainingClock(patience)
    while not stack.finished and stack.t < end:
        epochs = stack.advance()
        clock.look()
        if epochs:
            yield EpochMeasured(job="", number=stack.epoch, share=stack.share, epochs=epochs)
        at_rung = end <= stack.t and not stack.finished
        if (clock.is_due or at_rung) and not (yield from clock.save(stack, needed=at_rung)) and at_rung:
            return False
        if clock.is_up and not (stack.finished or at_rung):
            return False
    return True


def _restore_checkpoint(stack: Stack, patience: Patience) -> None:
    """Go on from its own checkpoint, else from those of the stacks in which its trials were before."""
    sources, who = patience.begin_from, f"its {len(stack.trials)} trials start"

    def gather() -> bool:
        if not restore_rows(stack, sources):
            warnings.warn(f"the checkpoints that they stood in are there no more; {who} again", LabWarning, 2)
        return True

    if not is_restored(stack, patience.checkpoint, who) and sources:
        restore_or_warn(gather, who)


def _finish_stack(stack: Stack, ratio: float | None) -> StackEnd:
    """What every trial leaves, in order."""
    finals, weights = stack.evaluate_final()
    rows = range(len(stack.trials))
    return StackEnd([_make_trained(stack, row, finals[row], weights[row], ratio) for row in rows], [])


def _end_at_rung(stack: Stack, ratio: float | None) -> StackEnd:
    """How the trials stand that can go on; those that diverged have ended."""
    gone = [row for row in range(len(stack.trials)) if row not in stack.rows]
    trained = [_make_trained(stack, row, stack.evaluate_untrained(row), {}, ratio) for row in gone]
    return StackEnd(trained, [_standing_of(stack, row) for row in stack.rows])


def _standing_of(stack: Stack, row: int) -> Standing:
    return Standing(
        trial=stack.keys[row],
        metric=task_metric(stack.task),
        updates=stack.horizon.updates,
        updates_per_epoch=stack.horizon.updates_per_epoch,
        epochs=tuple(stack.members[row].epochs),
    )


def _make_trained(
    stack: Stack, row: int, final: FinalEvaluation, weights: dict[str, torch.Tensor], ratio: float | None
) -> Trained:
    member = stack.members[row]
    numbers = stack.trainings.numbers
    shared = numbers.count(numbers[row]) - 1
    how = {"stack": len(set(numbers)), "ratio": ratio, "left_at": member.left_at, "shared_with": shared}
    where = provenance(stack.backend.name, stack.device).model_copy(update=how)
    seconds = member.train_seconds, member.evaluate_seconds
    course = Course(
        stack.horizon, member.epochs, member.diverged_at, stack.values.rates(row), *seconds, member.snapshots
    )
    trial_record, arrays = record(stack.trials[row], stack.task_of(row), course, final, where)
    return Trained(trial_record, arrays, weights)
