"""The reference loop: one trial, trained the plain way. Read this first; whatever is fast is tested against it.

T updates, t = 0 .. T-1. Update t uses column t of a table, made before the run, or by a rule epoch by epoch.
"""

from typing import NamedTuple

import numpy as np
from torch import nn

from ..spec import Epoch, Trial
from ..stats import Margins
from ..tasks import Split, Task, seeded
from ._looks import Ends, Look, looks_at, snapshot_name
from ._measure import Measured, Stopwatch, batch_score_of, comparable, evaluate, loss_of, macro_f1, margins_of
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
        self.snapshots: dict[str, np.ndarray] = {}


class _Passed(NamedTuple):
    """What a pass over the training data came to: means over its batches, and macro F1 where it is watched."""

    loss: float
    score: float
    f1: float | None


def train(trial: Trial, task: Task) -> Trained:
    """Train one trial to its horizon, or to the update at which its loss leaves the finite numbers."""
    run = _Run(trial, task)
    epochs: list[Epoch] = []
    diverged = False
    with seeded(stream(trial.seed, "noise")):  # for a model that draws from a global generator
        while run.t < run.horizon.updates and not diverged:
            passed = _train_epoch(run, len(epochs))
            look = _look(run, len(epochs)) if passed is not None else Look()
            if passed is None or not look.finite:
                diverged = True
                epochs.append(Epoch.unmeasured())
                continue
            run.values.tell(len(epochs), None if look.validation is None else look.validation.loss)
            epochs.append(look.epoch(*passed))
            if look.snapshot is not None:
                run.snapshots[snapshot_name(len(epochs))] = look.snapshot
    return _finish(run, epochs, diverged)


def _train_epoch(run: _Run, epoch: int) -> _Passed | None:
    """One pass over the training data, the last perhaps cut short; None where it diverged."""
    task, trial = run.task, run.trial
    losses, scores, counts = [], [], []
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
            if not comparable(losses[-1]):
                return None
            scores.append(batch_score_of(task, outputs.detach(), labels, losses[-1]))
            if trial.watch == "test":
                counts.append(margins_of(task, outputs.detach(), labels))
            run.optimizer.zero_grad()
            loss.backward()
            step(run.optimizer, trial.optimizer, run.values.of(run.t))
            run.t += 1
    counted = [one for one in counts if one is not None]
    f1 = macro_f1(Margins(*np.sum(counted, axis=0))) if counted else None
    with np.errstate(invalid="ignore"):  # of a metric that was infinite, both ways
        return _Passed(float(np.mean(losses)), float(np.mean(scores)), f1)


def _look(run: _Run, epoch: int) -> Look:
    """What is due at the epoch's end."""
    last = run.t == run.horizon.updates
    with run.evaluating.running():
        return looks_at([run.trial], run.task, epoch, last, lambda split: [_measured(run, run.model, split)])[0]


def _measured(run: _Run, model: nn.Module, split: Split) -> Measured:
    return evaluate(model, run.task, split, run.trial.precision)


def _finish(run: _Run, epochs: list[Epoch], diverged: bool) -> Trained:
    """Look at the test data, once. A diverged trial has learned nothing: its untrained weights are scored."""
    task = run.task
    with run.evaluating.running():
        untrained = initial_model(task.model, run.trial.seed).to(run.device, run.dtype)
        ends = Ends.of(task, lambda split: _measured(run, untrained if diverged else run.model, split))
    if not diverged and not ends.finite:
        return _finish(run, epochs, diverged=True)
    seconds = run.training.seconds, run.evaluating.seconds
    diverged_at = run.t if diverged else None
    course = Course(run.horizon, epochs, diverged_at, run.values.rates, *seconds, run.snapshots)
    made, arrays = record(run.trial, task, course, ends, provenance("reference", run.device))
    return Trained(made, arrays, run.model.state_dict())
