"""The reference loop: one trial, trained the plain way. Read this first; whatever is fast is tested against it.

T updates, t = 0 .. T-1. Update t uses column t of a table, made before the run, or by a rule epoch by epoch.
"""

from collections.abc import Generator

from torch import nn

from ..spec import Epoch, EpochMeasured, JobEvent, Trial
from ..tasks import Split, Task, call_model, take_examples
from ._evaluation import EpochEvaluation, FinalEvaluation, TrainMeans, evaluate_epoch, snapshot_name
from ._measure import Measured, batch_score_of, comparable, evaluate, loss_of, margins_of
from ._optimizer import step
from ._patience import UNTIL_THE_END, Patience, TrainingClock, is_restored
from ._precision import rounding
from ._provenance import provenance
from ._randomness import epoch_batches, generator, initial_model, stream
from ._records import Course, Trained, record
from ._steps import draw_apart, run_to_end
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
        evaluation = _evaluate_epoch(run, len(run.epochs)) if means is not None else EpochEvaluation()
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
        batches = epoch_batches(task.examples, trial.batch_size, trial.seed, epoch).to(run.device)
        for batch in batches[: run.horizon.updates - run.t]:
            run.noise.t = run.t
            draws = generator(run.device, trial.seed, "augment", run.t)
            inputs = task.prepare(take_examples(task.train.inputs, batch), generator=draws, dtype=run.dtype)
            labels = task.train.labels[batch]
            with rounding(trial.precision, run.device):
                outputs = call_model(run.model, inputs)
                loss = loss_of(task, outputs, labels)
            losses.append(loss.item())
            if not comparable(losses[-1]):
                return None
            scores.append(batch_score_of(task, outputs.detach(), labels, losses[-1]))
            if trial.watch == "test":
                counts.append(margins_of(task, outputs.detach(), labels))
            run.optimizer.zero_grad()
            loss.backward()
            step(run.optimizer, trial.optimizer, run.values.of(run.t))
            run.t += 1
    return TrainMeans.over_batches(losses, scores, counts)


def _evaluate_epoch(run: TrialRun, epoch: int) -> EpochEvaluation:
    """What is due at the epoch's end."""
    last = run.t == run.horizon.updates
    with run.evaluating.running():
        return evaluate_epoch(
            [run.trial], run.task, epoch, last, lambda split: [_measure_split(run, run.model, split)]
        )[0]


def _measure_split(run: TrialRun, model: nn.Module, split: Split) -> Measured:
    return evaluate(model, run.task, split, run.trial.precision)


def _finish_trial(run: TrialRun, diverged: bool) -> Trained:
    """Look at the test data, once. A diverged trial has learned nothing: its untrained weights are scored."""
    task = run.task
    with run.evaluating.running():
        untrained = initial_model(task.model, run.trial.seed).to(run.device, run.dtype)
        final = FinalEvaluation.of(task, lambda split: _measure_split(run, untrained if diverged else run.model, split))
    if not diverged and not final.finite:
        return _finish_trial(run, diverged=True)
    seconds = run.training.seconds, run.evaluating.seconds
    diverged_at = run.t if diverged else None
    course = Course(run.horizon, run.epochs, diverged_at, run.values.rates, *seconds, run.snapshots)
    trial_record, arrays = record(run.trial, task, course, final, provenance("reference", run.device))
    return Trained(trial_record, arrays, run.model.state_dict())
