"""The stacked engine: K trials of one task trained as one batched model. Its twin is `_reference.py`.

Trials of one seed share its batches, augmentation and dropout masks; each has its own weights, rates and losses.
A trial that diverged leaves at the end of its epoch. A stack stops at any update and goes on from its checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import RunError
from ..spec import Epoch, Precision, Trial, alike
from ..stats import LARGEST
from ..tasks import Split, Task
from ._backend import make_backend, torch_aside
from ._looks import Look, looks_at, snapshot_name
from ._measure import Measured, Stopwatch
from ._noise import Noise, key_dropout
from ._precision import dtype_of
from ._randomness import epoch_batches, generator, initial_model
from ._replay import Replay
from ._stack_measure import Tally, evaluate_stack, scores_of
from ._stack_values import StackValues


@dataclass
class Member:
    """One trial's part of a stack: what was measured, and how it left. Seconds are its share of the stack's.

    snapshots: test outputs on the way, by the array's name.
    """

    epochs: list[Epoch] = field(default_factory=list)
    diverged_at: int | None = None
    left_at: int | None = None
    train_seconds: float = 0.0
    evaluate_seconds: float = 0.0
    snapshots: dict[str, NDArray[np.generic]] = field(default_factory=dict)


class Stack:
    """K trials on their way, in one of `_backend.BACKENDS`. They run where the task's tensors are.

    rows: the trials still in it, as positions in `trials`. t: the next update. losses, scores: (updates of this epoch
    so far, trials in it). graph: replay recorded updates (`_replay.py`). Raises RunError for trials that are not alike,
    Unstackable for a model that the backend refuses or that cannot be recorded.
    """

    def __init__(self, trials: Sequence[Trial], task: Task, layout: str, graph: bool = False) -> None:
        self.trials, self.task = list(trials), task
        first = self.trials[0]
        if len({alike(trial) for trial in self.trials}) > 1:
            raise RunError("the trials of a stack may differ in schedule, peak, seed, momentum and weight decay alone")
        self.device, self.dtype = task.train.inputs.device, dtype_of(first.precision)
        self.precision: Precision = first.precision
        self.horizon = first.horizon(len(task.train.inputs))
        self.seeds = list(dict.fromkeys(trial.seed for trial in self.trials))
        self.which = [self.seeds.index(trial.seed) for trial in self.trials]
        self.noise = Noise(self.seeds)
        models = [key_dropout(initial_model(task.model, trial.seed), self.noise) for trial in self.trials]
        models = [model.to(self.device, self.dtype) for model in models]
        self.backend = make_backend(layout, models, self.which, self.noise, task, first)
        self.values = StackValues(self.trials, self.horizon)
        self.members = [Member() for _ in self.trials]
        self.rows = list(range(len(self.trials)))
        self.t, self.epoch = 0, 0
        self.losses: list[Tensor] = []
        self.scores: list[Tensor] = []
        self.tally = Tally(task) if first.watch == "test" else None
        self._batches: Tensor | None = None
        self.replay = Replay(self) if graph else None

    @property
    def finished(self) -> bool:
        """Whether no update is left to any trial."""
        return not self.rows or self.t >= self.horizon.updates

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1: the updates, or all where no trial is left in it."""
        return self.t / self.horizon.updates if self.rows else 1.0

    @property
    def epoch_end(self) -> int:
        """The update after the last of this epoch."""
        return min((self.epoch + 1) * self.horizon.updates_per_epoch, self.horizon.updates)

    def advance(self) -> None:
        """One update, and what follows it at an epoch's end."""
        watch = Stopwatch()
        with watch.running():
            self.update()
            if self.t == self.epoch_end and self.device.type == "cuda":
                torch.cuda.synchronize(self.device)  # the card works on after the last launch
        self._share("train_seconds", watch)
        if self.t == self.epoch_end:
            self._end_epoch()

    def update(self) -> None:
        """Update t of every trial, and nothing else."""
        if self.replay is not None:
            self.replay.update()
        else:
            with torch_aside(self.backend):
                self._update()
        self.t += 1

    def _update(self) -> None:
        inputs_SB, labels_KB = self._batch()
        self.noise.t = self.t
        values_FK = self.values.table[:, self.rows, self.t]
        losses_K, outputs_KB = self.backend.step(inputs_SB, labels_KB, values_FK, self.t)
        self.losses.append(losses_K)
        self.scores.append(self.score(outputs_KB, labels_KB, losses_K))

    def score(self, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
        """The scores of a batch, (K,), from its training pass; what is watched is counted."""
        if self.tally is not None:
            self.tally.add(outputs_KB, labels_KB)
        return scores_of(self.task, outputs_KB, labels_KB, losses_K)

    def _batch(self) -> tuple[Tensor, Tensor]:
        """The batch of this update: inputs of each seed (S, B, ...), labels of each trial (K, B, ...)."""
        train, size = self.task.train, self.trials[0].batch_size
        if self._batches is None:
            orders = [epoch_batches(len(train.inputs), size, seed, self.epoch) for seed in self.seeds]
            self._batches = torch.stack(orders).to(self.device)
        index_SB = self._batches[:, self.t - self.epoch * self.horizon.updates_per_epoch]
        draws = [generator(self.device, seed, "augment", self.t) for seed in self.seeds]
        inputs = [
            self.task.prepare(train.inputs.index_select(0, index), generator=draw, dtype=self.dtype)
            for index, draw in zip(index_SB, draws, strict=True)
        ]
        labels_SB = train.labels[index_SB]
        inputs_SB = torch.stack(inputs) if len(inputs) > 1 else inputs[0][None]
        return inputs_SB, labels_SB[[self.which[row] for row in self.rows]]

    def _end_epoch(self) -> None:
        """Measure the epoch, tell the rules, and let go of the trials that diverged."""
        losses_UK, scores_UK = torch.stack(self.losses).cpu(), torch.stack(self.scores).cpu()
        train_losses, train_scores = losses_UK.double().mean(0).tolist(), scores_UK.mean(0).tolist()
        finite_UK = losses_UK.double().abs() <= LARGEST
        for column, row in enumerate(self.rows):
            if not finite_UK[:, column].all():
                first = int((~finite_UK[:, column]).nonzero()[0])
                self.members[row].diverged_at = self.epoch * self.horizon.updates_per_epoch + first
        f1_K = [None] * len(self.rows) if self.tally is None else self.tally.take(len(self.rows))
        looks = self._look()
        for row, look, loss, score, f1 in zip(self.rows, looks, train_losses, train_scores, f1_K, strict=True):
            self._note(self.members[row], look, loss, score, f1)
        self._tell(looks)
        self.losses, self.scores, self._batches = [], [], None
        self.epoch += 1
        self._drop_diverged()

    def _look(self) -> list[Look]:
        """What is due at the epoch's end, per trial in the stack; nothing where all have diverged."""
        if all(self.members[row].diverged_at is not None for row in self.rows):
            return [Look()] * len(self.rows)
        watch, last = Stopwatch(), self.t == self.horizon.updates
        trials = [self.trials[row] for row in self.rows]
        with watch.running():
            found = looks_at(trials, self.task, self.epoch, last, self.evaluate)
        self._share("evaluate_seconds", watch)
        for row, look in zip(self.rows, found, strict=True):
            if not look.finite and self.members[row].diverged_at is None:
                self.members[row].diverged_at = self.t
        return found

    def evaluate(self, split: Split) -> list[Measured]:
        """Every trial in the stack on a whole split."""
        return evaluate_stack(self.backend, self.task, split, self.precision)

    def _note(self, member: Member, look: Look, loss: float, score: float, f1: float | None) -> None:
        """Add the epoch to what a trial has measured."""
        if member.diverged_at is not None:
            member.epochs.append(Epoch.unmeasured())
            return
        member.epochs.append(look.epoch(loss, score, f1))
        if look.snapshot is not None:
            member.snapshots[snapshot_name(len(member.epochs))] = look.snapshot

    def _tell(self, looks: Sequence[Look]) -> None:
        losses_K = np.full(len(self.trials), np.nan)
        losses_K[self.rows] = [np.nan if look.validation is None else look.validation.loss for look in looks]
        self.values.tell(self.epoch, losses_K, self._sound())

    def _sound(self) -> NDArray[np.bool_]:
        """Which trials have not diverged, (K,)."""
        return np.array([member.diverged_at is None for member in self.members])

    def _drop_diverged(self) -> None:
        """The stack without the trials that diverged; smaller, so that the others are faster."""
        staying = [row for row in self.rows if self.members[row].diverged_at is None]
        if len(staying) == len(self.rows):
            return
        if staying and self.t < self.horizon.updates:
            for row in set(self.rows) - set(staying):
                self.members[row].left_at = self.t
        self.keep(staying)

    def keep(self, staying: list[int]) -> None:
        """The stack of these trials alone."""
        columns = [self.rows.index(row) for row in staying]
        self.rows = staying
        if staying:
            self.backend.keep(columns)
            if self.tally is not None:
                self.tally.keep(columns)
            self.replay = Replay(self) if self.replay is not None else None

    def _share(self, what: str, watch: Stopwatch) -> None:
        """Add each trial's share of the time that went by."""
        for row in self.rows:
            member = self.members[row]
            setattr(member, what, getattr(member, what) + watch.seconds / len(self.rows))
