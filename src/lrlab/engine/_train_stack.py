"""Train a stack to its end, with checkpoints on the way, and write its records."""

import time
import warnings
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from ..errors import LabWarning, RunError
from ..spec import CHECKPOINT_SECONDS, Checkpointed, EpochMeasured, JobEvent, Trial
from ..tasks import Task
from ._checkpoint import restore, save
from ._evaluation import FinalEvaluation
from ._provenance import provenance
from ._randomness import stream
from ._records import Course, Trained, record
from ._stack import Stack
from ._steps import draw_apart, run_to_end


class Patience(NamedTuple):
    """Where a stack keeps its checkpoint, and until when it may run (as `time.monotonic` counts). None: nowhere; ever.

    every: seconds between two checkpoints. least: seconds that it trains in any case, one update at least, so that the
    shortest of times brings it forward.
    """

    checkpoint: Path | None = None
    until: float | None = None
    every: float = CHECKPOINT_SECONDS
    least: float = 0.0


UNTIL_THE_END = Patience()


def train_stack(
    trials: Sequence[Trial],
    task: Task,
    layout: str,
    patience: Patience = UNTIL_THE_END,
    ratio: float | None = None,
    graph: bool = False,
) -> list[Trained] | None:
    """Train K trials as one. What comes out equals `train` of each, to rounding; None where time was up before that.

    task: where its tensors lie, the stack runs. layout: one of `BACKENDS`. patience: its checkpoint, and until when it
    may run. ratio: how many times faster than one by one this was when calibrated, for the records.
    graph: replay recorded updates, on a graphics card.
    A checkpoint that cannot be read or written is a LabWarning: the stack starts again, or trains on without.
    Raises RunError where the trials are not alike, Unstackable where the layout cannot hold the model.
    """
    return run_to_end(stack_steps(trials, task, layout, patience, ratio, graph))


def stack_steps(
    trials: Sequence[Trial],
    task: Task,
    layout: str,
    patience: Patience = UNTIL_THE_END,
    ratio: float | None = None,
    graph: bool = False,
) -> Generator[JobEvent, None, list[Trained] | None]:
    """What `train_stack` does, step by step: yields its epochs and checkpoints as events of no job.

    An epoch is that of every trial that was in the stack; of one that diverged in it, it is unmeasured. trials, task,
    layout, patience, ratio and graph are those of `train_stack`, and so are the errors. Whoever looks on may draw
    random numbers: the trials' are their own.
    """
    with torch.random.fork_rng(devices=[]):
        stack = Stack(trials, task, layout, graph)
    noise = stream(trials[0].seed, "noise")  # for a model that draws from a global generator
    return (yield from draw_apart(_steps_to_end(stack, patience, ratio), noise, stack.device))


def _steps_to_end(
    stack: Stack, patience: Patience, ratio: float | None
) -> Generator[JobEvent, None, list[Trained] | None]:
    if patience.checkpoint is not None:
        _restore_checkpoint(stack, patience.checkpoint)
    finished = yield from _advance_to_end(stack, patience)
    return _finish_stack(stack, ratio) if finished else None


def _advance_to_end(stack: Stack, patience: Patience) -> Generator[JobEvent, None, bool]:
    """Advance to the end; False where time was up. Saved then, the last look may be ended without loss."""
    begun = last = time.monotonic()
    until = None if patience.until is None else max(patience.until, begun + patience.least)
    while not stack.finished:
        epochs = stack.advance()
        now = time.monotonic()
        if epochs:
            yield EpochMeasured(job="", number=stack.epoch, share=stack.share, epochs=epochs)
        up = until is not None and now >= until
        if patience.checkpoint is not None and (up or now - last >= patience.every):
            if _save_checkpoint(stack, patience.checkpoint):
                yield Checkpointed(job="", share=stack.share)
            last = time.monotonic()
        if up and not stack.finished:
            return False
    return True


def _restore_checkpoint(stack: Stack, path: Path) -> None:
    try:
        restore(stack, path)
    except RunError as error:
        warnings.warn(f"{error}; its {len(stack.trials)} trials start again", LabWarning, stacklevel=2)


def _save_checkpoint(stack: Stack, path: Path) -> bool:
    try:
        save(stack, path)
        return True
    except RunError as error:
        goes_on = "training goes on, and a stop costs what was done since the last checkpoint that was written"
        warnings.warn(f"{error}; {goes_on}", LabWarning, stacklevel=2)
        return False


def _finish_stack(stack: Stack, ratio: float | None) -> list[Trained]:
    """What every trial leaves, in order."""
    finals, weights = stack.evaluate_final(), stack.weights()
    return [_make_trained(stack, row, finals[row], weights[row], ratio) for row in range(len(stack.trials))]


def _make_trained(
    stack: Stack, row: int, final: FinalEvaluation, weights: dict[str, torch.Tensor], ratio: float | None
) -> Trained:
    member = stack.members[row]
    how = {"stack": len(stack.trials), "ratio": ratio, "left_at": member.left_at}
    where = provenance(stack.backend.name, stack.device).model_copy(update=how)
    seconds = member.train_seconds, member.evaluate_seconds
    course = Course(
        stack.horizon, member.epochs, member.diverged_at, stack.values.rates(row), *seconds, member.snapshots
    )
    trial_record, arrays = record(stack.trials[row], stack.task_of(row), course, final, where)
    return Trained(trial_record, arrays, weights)
