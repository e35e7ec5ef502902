"""The reference loop: one trial, trained the plain way. Read this first; whatever is fast is tested against it.

T updates, t = 0 .. T-1. Update t uses column t of a table, made before the run, or by a rule epoch by epoch.
"""

import math
from typing import NamedTuple

import numpy as np
import torch

from ..spec import Epoch, Record, Trial
from ..tasks import Task
from ._measure import Stopwatch, evaluate, loss_of, metric_of, score_of
from ._optimizer import make_optimizer, write_values
from ._provenance import provenance
from ._randomness import epoch_batches, initial_model, stream
from ._values import Values


class Trained(NamedTuple):
    """A record, and the arrays beside it: rates (T,) float64, validation and test outputs as `Measured` has them."""

    record: Record
    arrays: dict[str, np.ndarray]


class _Run:
    """A trial on its way: the parts the loop moves forward."""

    def __init__(self, trial: Trial, task: Task) -> None:
        self.trial, self.task = trial, task
        self.horizon = trial.horizon(len(task.train.inputs))
        self.values = Values(trial, self.horizon)
        self.model = initial_model(task.model, trial.seed).train()
        self.optimizer = make_optimizer(self.model, trial.optimizer)
        self.t = 0  # the next update
        self.training, self.evaluating = Stopwatch(), Stopwatch()


def train(trial: Trial, task: Task) -> Trained:
    """Train one trial to its horizon, or to the update at which its loss leaves the finite numbers."""
    run = _Run(trial, task)
    epochs: list[Epoch] = []
    diverged = False
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream(trial.seed, "noise"))  # dropout draws from the global generator
        while run.t < run.horizon.updates and not diverged:
            train_loss, train_score = _train_epoch(run, len(epochs))
            validation_loss, validation_score = (
                _validate(run, len(epochs)) if math.isfinite(train_loss) else (None, None)
            )
            run.values.tell(len(epochs), validation_loss)
            diverged = not all(math.isfinite(loss) for loss in (train_loss, validation_loss) if loss is not None)
            epochs.append(
                Epoch(train_loss=None, train_score=None, validation_loss=None, validation_score=None)
                if diverged
                else Epoch(
                    train_loss=train_loss,
                    train_score=train_score,
                    validation_loss=validation_loss,
                    validation_score=validation_score,
                )
            )
    return _finish(run, epochs, diverged)


def _train_epoch(run: _Run, epoch: int) -> tuple[float, float]:
    """One pass over the training data, the last perhaps cut short: mean loss and score, or inf where it diverged."""
    task, trial = run.task, run.trial
    losses, scores = [], []
    with run.training.running():
        batches = epoch_batches(len(task.train.inputs), trial.batch_size, trial.seed, epoch)
        for batch in batches[: run.horizon.updates - run.t]:
            labels = task.train.labels[batch]
            outputs = run.model(task.train.inputs[batch])
            loss = loss_of(task, outputs, labels)
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                return math.inf, math.inf
            scores.append(score_of(task, outputs.detach(), labels, losses[-1]))
            run.optimizer.zero_grad()
            loss.backward()
            write_values(run.optimizer, *run.values.of(run.t))
            run.optimizer.step()
            run.t += 1
    return float(np.mean(losses)), float(np.mean(scores))


def _validate(run: _Run, epoch: int) -> tuple[float | None, float | None]:
    """Validation loss and score every `evaluate_every` epochs and at the end; None in between."""
    if (epoch + 1) % run.trial.evaluate_every and run.t < run.horizon.updates:
        return None, None
    with run.evaluating.running():
        measured = evaluate(run.model, run.task, run.task.validation)
    return (measured.loss, measured.score) if measured.finite else (math.inf, math.inf)


def _finish(run: _Run, epochs: list[Epoch], diverged: bool) -> Trained:
    """Look at the test data, once. A diverged trial has learned nothing: its untrained weights are scored."""
    task = run.task
    with run.evaluating.running():
        model = initial_model(task.model, run.trial.seed) if diverged else run.model
        validation, test = evaluate(model, task, task.validation), evaluate(model, task, task.test)
    if not diverged and not (validation.finite and test.finite):
        return _finish(run, epochs, diverged=True)
    record = Record(
        trial=run.trial,
        outcome="diverged" if diverged else "finished",
        diverged_at=run.t if diverged else None,
        metric=metric_of(task),
        updates=run.horizon.updates,
        updates_per_epoch=run.horizon.updates_per_epoch,
        epochs=tuple(epochs),
        validation=validation.evaluation(),
        test=test.evaluation(),
        train_seconds=run.training.seconds,
        evaluate_seconds=run.evaluating.seconds,
        provenance=provenance("reference"),
    )
    return Trained(record, {"rates": run.values.rates, "validation": validation.outputs, "test": test.outputs})
