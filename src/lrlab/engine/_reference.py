"""The reference loop: one trial, trained the plain way. Read this first; whatever is fast is tested against it.

T updates, t = 0 .. T-1. Update t uses column t of a table, made before the run, or by a rule epoch by epoch.
"""

from collections.abc import Generator

import torch
from torch import Tensor

from ..spec import Epoch, EpochMeasured, JobEvent, Trial
from ..tasks import Split, Task, call_model
from ._evaluation import EpochEvaluation, TrainMeans, snapshot_name
from ._measure import batch_score_of, class_counts_of, comparable, loss_of
from ._optimizer import step
from ._parts import parts_of_update
from ._patience import UNTIL_THE_END, Patience, TrainingClock, is_restored
from ._precision import rounding
from ._provenance import provenance
from ._randomness import generator, stream
from ._records import Course, Trained, record
from ._steps import draw_apart, run_to_end
from ._training_batches import naming_faults, training_batches
from ._trial_measure import measure_epoch, measure_final
from ._trial_run import TrialRun


def train(trial: Trial, task: Task) -> Trained:
    """Train one trial to its horizon, or to the update at which its loss leaves the finite numbers."""
    trained = run_to_end(trial_steps(trial, task))
    assert trained is not None  # time is never up
    return trained


def trial_steps(
    trial: Trial, task: Task, patience: Patience = UNTIL_THE_END
) -> Generator[JobEvent, None, Trained | None]:
    """What `train` does, step by step: yields its epochs and checkpoints as events of no job; None where time was up.

    patience: its checkpoint, and until when it may run; both are looked at when an epoch has ended.
    """
    run = TrialRun(trial, task)
    noise = stream(trial.seed, "noise")  # for a model that draws from a global generator
    ended = yield from draw_apart(_train_to_end(run, patience), noise, run.device)
    return _finish_trial(run, run.diverged) if ended else None


def _train_to_end(run: TrialRun, patience: Patience) -> Generator[JobEvent, None, bool]:
    """Train, from a checkpoint where there is one; False where time was up."""
    is_restored(run, patience.checkpoint, "its trial starts")
    clock = TrainingClock(patience)
    for event in _train_epochs(run):
        clock.look()
        yield event
        if clock.is_due and not run.finished:
            yield from clock.save(run)
        if clock.is_up and not run.finished:
            return False
    return True


def _train_epochs(run: TrialRun) -> Generator[EpochMeasured, None, None]:
    while not run.finished:
        means = _train_epoch(run, len(run.epochs))
        evaluation = measure_epoch(run, len(run.epochs)) if means is not None else EpochEvaluation()
        run.diverged = means is None or not evaluation.finite
        if means is None or run.diverged:
            run.epochs.append(Epoch.unmeasured())
        else:
            run.values.tell(len(run.epochs), None if evaluation.validation is None else evaluation.validation.loss)
            run.epochs.append(evaluation.to_epoch(*means))
            if evaluation.snapshot is not None:
                run.snapshots[snapshot_name(len(run.epochs))] = evaluation.snapshot
        yield EpochMeasured(job="", number=len(run.epochs), share=run.share, epochs={run.trial.key: run.epochs[-1]})


def _train_epoch(run: TrialRun, epoch: int) -> TrainMeans | None:
    """One pass over the training data, the last perhaps cut short; None where it diverged."""
    task, trial = run.task, run.trial
    losses, scores, counts = [], [], []
    with run.training.running():
        for batch in training_batches(run, epoch):
            run.optimizer.zero_grad()
            with naming_faults(run, batch):
                loss, outputs = _add_gradients(run, batch)
            losses.append(loss)
            if not comparable(loss):
                return None
            scores.append(batch_score_of(task, outputs, batch.labels, loss))
            if trial.watch == "test":
                counts.append(class_counts_of(task, outputs, batch.labels))
            step(run.optimizer, trial.optimizer, run.values.of(run.t))
            run.average.add(run.t, run.model)
            run.t += 1
    return TrainMeans.over_batches(losses, scores, counts)


def _add_gradients(run: TrialRun, batch: Split) -> tuple[float, Tensor]:
    """Loss and outputs of update t; its gradient is the mean over `accumulate` batches, as a rule one."""
    task, trial, many = run.task, run.trial, run.trial.optimizer.accumulate
    draws = generator(run.device, trial.seed, "augment", run.t)
    inputs = task.prepare(batch.inputs, generator=draws, dtype=run.dtype)
    losses, outputs = list[float](), list[Tensor]()
    for part in parts_of_update(inputs, batch.labels, many):
        run.noise.t = run.t * many + part.number
        with rounding(trial.precision, run.device):
            outputs.append(call_model(run.model, part.inputs))
            loss = loss_of(task, outputs[-1], part.labels)
        losses.append(loss.item())
        (loss / many).backward()
    return sum(losses) / many, torch.cat(outputs).detach()


def _finish_trial(run: TrialRun, diverged: bool) -> Trained:
    """Look at the test data, once. A diverged trial has learned nothing: its untrained weights are scored."""
    final, weights = measure_final(run, diverged)
    if not diverged and not final.finite:
        return _finish_trial(run, diverged=True)
    seconds = run.training.seconds, run.evaluating.seconds
    diverged_at = run.t if diverged else None
    course = Course(run.horizon, run.epochs, diverged_at, run.values.rates, *seconds, run.snapshots)
    trial_record, arrays = record(run.trial, run.task, course, final, provenance("reference", run.device))
    return Trained(trial_record, arrays, weights)
