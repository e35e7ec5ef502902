"""The stacked engine: K trials of one task trained as one batched model. Its twin is `_reference.py`.

Trials of one seed share its batches, augmentation and dropout masks; each has its own weights, rates and losses.
A trial that diverged leaves at the end of its epoch. A stack stops at any update and goes on from its checkpoint.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import RunError, Unstackable
from ..spec import Epoch, Precision, Trial, alike
from ..stats import LARGEST
from ..tasks import Split, Task
from ._evaluation import EpochEvaluation, FinalEvaluation, Fitted, TrainMeans, evaluate_epoch
from ._evaluation_weights import EvaluationWeights
from ._make_backend import make_backend, torch_aside
from ._measure import Measured, Stopwatch
from ._member import Member
from ._noise import Noise, key_dropout
from ._randomness import initial_model
from ._replay import Replay
from ._stack_batches import StackBatches
from ._stack_measure import Tally, evaluate_stack, scores_of
from ._stack_values import StackValues
from ._steps import generator_values, set_generators
from ._trial_measure import measure_untrained


class Stack:
    """K trials on their way. They run where the task's tensors are.

    layout: one of `_make_backend.BACKENDS`. rows: the trials still in it, as positions in `trials`. t: the next update.
    losses, scores: (updates of this epoch so far, trials in it). graph: replay recorded updates (`_replay.py`). Raises
    RunError for trials that are not alike, Unstackable for a model that the backend refuses or that cannot be recorded.
    """

    def __init__(self, trials: Sequence[Trial], task: Task, layout: str, graph: bool = False) -> None:
        self.trials, self.task, first = list(trials), task, trials[0]
        if task.streams:
            raise Unstackable("the task's data come from loaders, batch by batch, and such trials are not stacked")
        if len({alike(trial) for trial in self.trials}) > 1:
            raise RunError("the trials of a stack may differ in schedule, peak, seed, momentum and weight decay alone")
        self.keys = [trial.key for trial in self.trials]
        self.batches = StackBatches(self.trials, task)
        self.device, self.horizon = self.batches.device, self.batches.horizon
        self.precision: Precision = first.precision
        self.noise = Noise(self.batches.seeds)
        models = [key_dropout(initial_model(task.model, trial.seed), self.noise) for trial in self.trials]
        models = [model.to(self.device, self.batches.dtype) for model in models]
        self.backend = make_backend(layout, models, self.batches.which, self.noise, task, first)
        self.values = StackValues(self.trials, self.horizon)
        self.members = [Member() for _ in self.trials]
        self.rows = list(range(len(self.trials)))
        self.t, self.epoch = 0, 0
        self.losses: list[Tensor] = []
        self.scores: list[Tensor] = []
        self.tally = Tally(task) if first.watch == "test" else None
        self.replay = self._make_replay() if graph else None

    def _make_replay(self) -> Replay:
        return Replay(self.backend, self.batches, self.values, self.noise, self.rows, self.score)

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

    def advance(self) -> dict[str, Epoch]:
        """One update; at an epoch's end what follows it, and what was measured of each trial in it, by its key."""
        watch = Stopwatch()
        with watch.running():
            self.update()
            if self.t == self.epoch_end and self.device.type == "cuda":
                torch.cuda.synchronize(self.device)  # the card works on after the last launch
        self._share_seconds("train_seconds", watch)
        return self._end_epoch() if self.t == self.epoch_end else {}

    def update(self) -> Tensor:
        """Update t of every trial, and nothing else: their losses, (K,)."""
        if self.replay is not None:
            losses_K, scores_K = self.replay.update(self.t)
        else:
            with torch_aside(self.backend):
                losses_K, scores_K = self._do_update()
        self.losses.append(losses_K)
        self.scores.append(scores_K)
        self.t += 1
        return losses_K

    def restart_epoch(self) -> None:
        """Forget what the epoch gave, and go back to its first update; the weights stay. For measurements of speed."""
        self.t = self.epoch * self.horizon.updates_per_epoch
        self.losses, self.scores = [], []

    def _do_update(self) -> tuple[Tensor, Tensor]:
        inputs_SB, labels_KB = self.batches.at(self.t, self.rows)
        self.noise.t = self.t
        values_FK = self.values.table[:, self.rows, self.t]
        losses_K, outputs_KB = self.backend.step(inputs_SB, labels_KB, values_FK, self.t)
        return losses_K, self.score(outputs_KB, labels_KB, losses_K)

    def score(self, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
        """The scores of a batch, (K,), from its training pass; what is watched is counted."""
        if self.tally is not None:
            self.tally.add(outputs_KB, labels_KB)
        return scores_of(self.task, outputs_KB, labels_KB, losses_K)

    def _end_epoch(self) -> dict[str, Epoch]:
        """Measure the epoch, tell the rules, and let go of the trials that diverged."""
        losses_UK, scores_UK = torch.stack(self.losses).cpu(), torch.stack(self.scores).cpu()
        train_losses, train_scores = losses_UK.double().mean(0).tolist(), scores_UK.mean(0).tolist()
        finite_UK = losses_UK.double().abs() <= LARGEST
        for column, row in enumerate(self.rows):
            if not finite_UK[:, column].all():
                first = int((~finite_UK[:, column]).nonzero()[0])
                self.members[row].diverged_at = self.epoch * self.horizon.updates_per_epoch + first
        f1_K = [None] * len(self.rows) if self.tally is None else self.tally.take(len(self.rows))
        evaluations = self._evaluate_epoch()
        means = map(TrainMeans, train_losses, train_scores, f1_K)
        for row, evaluation, row_means in zip(self.rows, evaluations, means, strict=True):
            self.members[row].add_epoch(evaluation, row_means)
        epochs = {self.keys[row]: self.members[row].epochs[-1] for row in self.rows}
        self._tell_rules(evaluations)
        self.losses, self.scores = [], []
        self.epoch += 1
        self._drop_diverged()
        return epochs

    def _evaluate_epoch(self) -> list[EpochEvaluation]:
        """What is due at the epoch's end, per trial in the stack; nothing where all have diverged."""
        if all(self.members[row].diverged_at is not None for row in self.rows):
            return [EpochEvaluation()] * len(self.rows)
        watch, last = Stopwatch(), self.t == self.horizon.updates
        trials = [self.trials[row] for row in self.rows]
        with watch.running(), self.at_evaluation() as weights:
            evaluations = evaluate_epoch(trials, self.task, self.epoch, last, partial(self.evaluate, weights))
        self._share_seconds("evaluate_seconds", watch)
        for row, evaluation in zip(self.rows, evaluations, strict=True):
            if not evaluation.finite and self.members[row].diverged_at is None:
                self.members[row].diverged_at = self.t
        return evaluations

    def evaluation_tensors(self) -> dict[str, Tensor]:
        """Weights and buffers (K, ...) that evaluation has in the place of the training ones, if any.

        A trial in the stack without weights of its own for evaluation has its training ones there.
        """
        return {}

    def at_evaluation(self) -> EvaluationWeights:
        """For a block in which the trials are looked at; see `EvaluationWeights`."""
        return EvaluationWeights(self.backend, self.evaluation_tensors)

    def evaluate(
        self, weights: EvaluationWeights, split: Split, fitted: Fitted | None = None, keep: bool = False
    ) -> list[Measured]:
        """Every trial in the stack on a whole split, within `at_evaluation`. fitted, keep: as in `evaluate_stack`."""
        weights.place()
        splits = self.batches.splits_like(split)
        which = [self.batches.which[row] if len(splits) > 1 else 0 for row in self.rows]
        return evaluate_stack(self.backend, self.task, splits, which, self.precision, fitted, keep)

    def task_of(self, row: int) -> Task:
        """The task as the trial in this row sees it."""
        return self.batches.tasks[self.batches.which[row]]

    def evaluate_final(self) -> tuple[list[FinalEvaluation], list[dict[str, Tensor]]]:
        """The last evaluation of every trial, and its weights and buffers; none of one that left before the end.

        A trial that diverged is scored with its untrained weights, as it learned nothing.
        Asked once, at the end: the test data are looked at once.
        """
        with self.at_evaluation() as weights:
            finals = dict(zip(self.rows, self._evaluate_rows(weights), strict=True))
            tensors = self._split_weights()
        for row, final in finals.items():
            if not final.finite:
                self.members[row].diverged_at = self.t
        for row, member in enumerate(self.members):
            if member.diverged_at is not None:
                finals[row] = self.evaluate_untrained(row)
        return [finals[row] for row in range(len(self.trials))], tensors

    def _evaluate_rows(self, weights: EvaluationWeights) -> list[FinalEvaluation]:
        """The last evaluation of the trials in the stack, under their weights."""
        if not self.rows:
            return []
        watch = Stopwatch()
        with watch.running():
            trials = [self.trials[row] for row in self.rows]
            finals = FinalEvaluation.of(self.task, trials, partial(self.evaluate, weights))
        self._share_seconds("evaluate_seconds", watch)
        return finals

    def evaluate_untrained(self, row: int) -> FinalEvaluation:
        """The last evaluation of a trial that diverged."""
        watch = Stopwatch()
        with watch.running():
            final = measure_untrained(self.trials[row], self.task_of(row))
        self.members[row].evaluate_seconds += watch.seconds
        return final

    def _split_weights(self) -> list[dict[str, Tensor]]:
        """Copies of parameters and buffers of every trial, as they are."""
        weights: list[dict[str, Tensor]] = [{} for _ in self.trials]
        if self.rows:
            tensors = self.backend.tensors()
            for column, row in enumerate(self.rows):
                weights[row] = {name: tensor[column].clone() for name, tensor in tensors.items()}
        return weights

    def _tell_rules(self, evaluations: Sequence[EpochEvaluation]) -> None:
        losses_K = np.full(len(self.trials), np.nan)
        losses_K[self.rows] = [
            np.nan if evaluation.validation is None else evaluation.validation.loss for evaluation in evaluations
        ]
        self.values.tell(self.epoch, losses_K, np.array([member.diverged_at is None for member in self.members]))

    def _drop_diverged(self) -> None:
        """The stack without the trials that diverged; smaller, so that the others are faster."""
        staying = [row for row in self.rows if self.members[row].diverged_at is None]
        if len(staying) == len(self.rows):
            return
        if staying and self.t < self.horizon.updates:
            for row in set(self.rows) - set(staying):
                self.members[row].left_at = self.t
        self._keep_rows(staying)

    def _keep_rows(self, staying: list[int]) -> None:
        """The stack of these trials alone."""
        columns = [self.rows.index(row) for row in staying]
        self.rows = staying
        if staying:
            self.backend.keep(columns)
            if self.tally is not None:
                self.tally.keep(columns)
            self.replay = self._make_replay() if self.replay is not None else None

    def _share_seconds(self, what: str, watch: Stopwatch) -> None:
        """Add each trial's share of the time that went by."""
        for row in self.rows:
            member = self.members[row]
            setattr(member, what, getattr(member, what) + watch.seconds / len(self.rows))

    def snapshot(self) -> dict[str, Any]:
        """All that is not made again from the trials, as plain values and tensors: what `restore` takes.

        Batches, augmentation and masks depend on (seed, update) alone, and a rule's state on the losses it was told, so
        neither is in it. The tensors may be the stack's own.
        """
        tensors, slots = self.backend.tensors(), self.backend.state()
        trained = {name for slot in slots.values() for name in slot}
        return {
            "trials": self.keys,
            "layout": self.backend.name,
            "t": self.t,
            "epoch": self.epoch,
            "rows": self.rows,
            "parameters": {name: tensor for name, tensor in tensors.items() if name in trained},
            "buffers": {name: tensor for name, tensor in tensors.items() if name not in trained},
            "optimizer": slots,
            "losses": self.losses,
            "scores": self.scores,
            "counts": None if self.tally is None else self.tally.counts_K3C,
            "generators": generator_values(self.device),
            "members": [member.to_values() for member in self.members],
        }

    def can_restore(self, state: dict[str, Any]) -> bool:
        """Whether a snapshot is of these trials in this layout. Changes nothing.

        Raises ValueError, and whatever its values raise, where it is, but this stack can be in no such state.
        """
        if (state["trials"], state["layout"]) != (self.keys, self.backend.name):
            return False
        self._check_state(state)
        return True

    def restore(self, state: dict[str, Any]) -> None:
        """Put a fresh stack where a snapshot was taken that it can restore."""
        self.members = [Member.of_values(values) for values in state["members"]]
        self._replay_rules(state["epoch"])
        if state["rows"] != self.rows:
            self._keep_rows(state["rows"])
        self.t, self.epoch = state["t"], state["epoch"]
        self.losses, self.scores = state["losses"], state["scores"]
        if self.tally is not None:
            self.tally.counts_K3C = state["counts"]
        if self.rows:
            self.backend.load(state["parameters"] | state["buffers"], state["optimizer"], state["t"])
        set_generators(state["generators"], self.device)

    def _check_state(self, state: dict[str, Any]) -> None:
        """Raise ValueError, or what its values raise, where a state is none that this stack can be in."""
        t, epoch, rows = state["t"], state["epoch"], state["rows"]
        updates, length = self.horizon.updates, self.horizon.updates_per_epoch
        if not 0 <= t <= updates or epoch != (t // length if t < updates else -(-t // length)):
            raise ValueError(f"update {t} of epoch {epoch} is none of {updates} updates, {length} an epoch")
        if rows != sorted(set(rows) & set(range(len(self.trials)))) or len(state["members"]) != len(self.trials):
            raise ValueError(f"trials {rows} are none of a stack of {len(self.trials)}")
        if rows:
            self._check_shapes(state, len(rows), max(t - epoch * length, 0))
        for values in state["members"]:
            Member.of_values(values)

    def _check_shapes(self, state: dict[str, Any], count: int, begun: int) -> None:
        """Raise ValueError where tensors are not those of so many trials, so many updates into an epoch."""
        tensors = state["parameters"] | state["buffers"]
        right = {name: (count, *tensor.shape[1:]) for name, tensor in self.backend.tensors().items()}
        shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
        slots = {name: tuple(tensor.shape) for slot in state["optimizer"].values() for name, tensor in slot.items()}
        if shapes != right or slots != {name: right[name] for name in slots}:
            raise ValueError("its tensors have other names or shapes than the stack's")
        if [tuple(values_K.shape) for values_K in state["losses"] + state["scores"]] != 2 * begun * [(count,)]:
            raise ValueError(f"losses are not those of {begun} updates")

    def _replay_rules(self, epochs: int) -> None:
        """Tell the rules once more what they were told."""
        for number in range(epochs):
            past = [
                member.epochs[number] if number < len(member.epochs) else Epoch.unmeasured() for member in self.members
            ]
            losses = [np.nan if epoch.validation_loss is None else epoch.validation_loss for epoch in past]
            self.values.tell(number, np.array(losses), np.array([epoch.train_loss is not None for epoch in past]))
