"""The reference loop: one trial, trained the plain way. Read this first; whatever is fast is tested against it.

T updates, t = 0 .. T-1. Update t uses column t of a table, made before the run, or by a rule epoch by epoch.
"""

import math

import numpy as np
import torch

from ..spec import Epoch, Trial
from ..tasks import Task
from ._measure import Stopwatch, evaluate, loss_of, score_of
from ._noise import Noise, key_dropout
from ._optimizer import make_optimizer, step
from ._precision import dtype_of, rounding
from ._provenance import provenance
from ._randomness import epoch_batches, generator, initial_model, stream
from ._records import Course, Trained, record
from ._values import Values


class _Run:
    """A trial on its way: the parts the loop moves forward. It runs where the task's tensors are."""

    def __init__(self, trial: Trial, task: Task) -> None:
        self.trial, self.task = trial, task
        self.device, self.dtype = task.train.inputs.device, dtype_of(trial.precision)
        self.horizon = trial.horizon(len(task.train.inputs))
        self.values = Values(trial, self.horizon)
        self.noise = Noise([trial.seed])  # dropout's masks
        model = key_dropout(initial_model(task.model, trial.seed), self.noise)
        self.model = model.to(self.device, self.dtype).train()
        self.optimizer = make_optimizer(self.model, trial.optimizer)
        self.t = 0  # the next update
        self.training, self.evaluating = Stopwatch(), Stopwatch()


def train(trial: Trial, task: Task) -> Trained:
    """Train one trial to its horizon, or to the update at which its loss leaves the finite numbers."""
    run = _Run(trial, task)
    epochs: list[Epoch] = []
    diverged = False
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream(trial.seed, "noise"))  # for a model that draws from the global generator
        while run.t < run.horizon.updates and not diverged:
            train_loss, train_score = _train_epoch(run, len(epochs))
            loss, score = _validate(run, len(epochs)) if math.isfinite(train_loss) else (None, None)
            diverged = not all(math.isfinite(value) for value in (train_loss, loss) if value is not None)
            if diverged:
                epochs.append(Epoch.unmeasured())
                continue
            run.values.tell(len(epochs), loss)
            epochs.append(
                Epoch(train_loss=train_loss, train_score=train_score, validation_loss=loss, validation_score=score)
            )
    return _finish(run, epochs, diverged)


def _train_epoch(run: _Run, epoch: int) -> tuple[float, float]:
    """One pass over the training data, the last perhaps cut short: mean loss and score, or inf where it diverged."""
    task, trial = run.task, run.trial
    losses, scores = [], []
    with run.training.running():
        batches = epoch_batches(len(task.train.inputs), trial.batch_size, trial.seed, epoch).to(run.device)
        for batch in batches[: run.horizon.updates - run.t]:
            run.noise.t = run.t
            draws = generator(run.device, trial.seed, "augment", run.t)
            inputs = task.prepare(task.train.inputs[batch], generator=draws, dtype=run.dtype)
            labels = task.train.labels[batch]
            with rounding(trial.precision, run.device):
                outputs = run.model(inputs)
                loss = loss_of(task, outputs, labels)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                return math.inf, math.inf
            scores.append(score_of(task, outputs.detach(), labels, losses[-1]))
            run.optimizer.zero_grad()
            loss.backward()
            step(run.optimizer, trial.optimizer, run.values.of(run.t))
            run.t += 1
    return float(np.mean(losses)), float(np.mean(scores))


def _validate(run: _Run, epoch: int) -> tuple[float | None, float | None]:
    """Validation loss and score every `evaluate_every` epochs and at the end; None in between."""
    if (epoch + 1) % run.trial.evaluate_every and run.t < run.horizon.updates:
        return None, None
    with run.evaluating.running():
        measured = evaluate(run.model, run.task, run.task.validation, run.trial.precision)
    return (measured.loss, measured.score) if measured.finite else (math.inf, math.inf)


def _finish(run: _Run, epochs: list[Epoch], diverged: bool) -> Trained:
    """Look at the test data, once. A diverged trial has learned nothing: its untrained weights are scored."""
    task, precision = run.task, run.trial.precision
    with run.evaluating.running():
        untrained = initial_model(task.model, run.trial.seed).to(run.device, run.dtype)
        validation, test = (
            evaluate(untrained if diverged else run.model, task, split, precision)
            for split in (task.validation, task.test)
        )
    if not diverged and not (validation.finite and test.finite):
        return _finish(run, epochs, diverged=True)
    seconds = run.training.seconds, run.evaluating.seconds
    course = Course(run.horizon, epochs, run.t if diverged else None, run.values.rates, *seconds)
    made, arrays = record(run.trial, task, course, (validation, test), provenance("reference", run.device))
    return Trained(made, arrays, run.model.state_dict())
