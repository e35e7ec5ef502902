"""Train once, evaluate several times: trials that differ in their average of weights alone share a training."""

from collections.abc import Generator, Sequence
from dataclasses import replace

import torch

from ..errors import RunError
from ..spec import EpochMeasured, JobEvent, Trial
from ..tasks import Task
from ._averages import StackAverages
from ._evaluation import FinalEvaluation, known_score
from ._provenance import provenance
from ._randomness import stream
from ._records import Course, Trained, record
from ._stack import Stack
from ._steps import draw_apart, run_to_end


def train_once(trials: Sequence[Trial], task: Task, layout: str) -> list[Trained]:
    """Train each training of these trials once. What comes out equals `train_stack` of the trials, to rounding.

    Raises RunError where a trial is measured before its end or watches the test data, and as `train_stack` does.
    """
    return run_to_end(once_steps(trials, task, layout))


def once_steps(trials: Sequence[Trial], task: Task, layout: str) -> Generator[JobEvent, None, list[Trained]]:
    """What `train_once` does, step by step: yields the epochs of the trainings as events of no job."""
    _check_ends(trials, task.examples)
    bases = list({each.key: each for each in (trial.varied(average=None) for trial in trials)}.values())
    with torch.random.fork_rng(devices=[]):
        stack = Stack(bases, task, layout)
    noise = stream(bases[0].seed, "noise")  # for a model that draws from a global generator
    return (yield from draw_apart(_steps_to_end(stack, trials), noise, stack.device))


def _check_ends(trials: Sequence[Trial], examples: int) -> None:
    """Raise RunError for trials that have more to be measured than their end."""
    horizon = trials[0].horizon(examples)
    if any(each.evaluate_every < horizon.epochs or each.watch == "test" or each.snapshots for each in trials):
        raise RunError(
            f"trials that share a training are measured at their end alone; give evaluate_every={horizon.epochs}, and "
            f"neither watch: test nor snapshots"
        )


def _steps_to_end(stack: Stack, trials: Sequence[Trial]) -> Generator[JobEvent, None, list[Trained]]:
    by_average: dict[str, dict[str, Trial]] = {}
    for trial in trials:
        by_average.setdefault(str(trial.average), {})[trial.varied(average=None).key] = trial
    merges = [
        StackAverages([own.get(key, base) for key, base in zip(stack.keys, stack.trials, strict=True)], stack.horizon)
        for own in by_average.values()
    ]
    while not stack.finished:
        t = stack.t
        epochs = stack.advance()
        for averages in merges:
            averages.keep(stack.rows)
            if stack.rows and averages.is_due(t):
                averages.add(t, stack.trained_weights(), dict(zip(stack.rows, stack.columns, strict=True)))
        if epochs:
            yield EpochMeasured(job="", number=stack.epoch, share=stack.share, epochs=epochs)
    ended: dict[str, Trained] = {}
    members = stack.members
    for averages, own in zip(merges, by_average.values(), strict=True):
        stack.averages, stack.members = averages, [replace(member, epochs=list(member.epochs)) for member in members]
        finals, weights = stack.evaluate_final()
        for row, key in enumerate(stack.keys):
            if key in own:
                served = sum(key in others for others in by_average.values())
                ended[own[key].key] = _make_trained(stack, row, own[key], finals[row], weights[row], served)
    return [ended[trial.key] for trial in trials]


def _make_trained(
    stack: Stack, row: int, trial: Trial, final: FinalEvaluation, weights: dict[str, torch.Tensor], served: int
) -> Trained:
    """What a trial leaves; its part of a training that served so many trials is in its seconds."""
    member = stack.members[row]
    epochs = list(member.epochs)
    if member.diverged_at is None and final.validation is not None:
        seen = {"validation_loss": final.validation.loss, "validation_score": known_score(final.validation.score)}
        epochs[-1] = epochs[-1].model_copy(update=seen)
    how = {"stack": len(stack.trials), "left_at": member.left_at, "shared_with": served - 1}
    where = provenance(stack.backend.name, stack.device).model_copy(update=how)
    seconds = member.train_seconds / served, member.evaluate_seconds
    course = Course(stack.horizon, epochs, member.diverged_at, stack.values.rates(row), *seconds, {})
    trial_record, arrays = record(trial, stack.task_of(row), course, final, where)
    return Trained(trial_record, arrays, weights)
