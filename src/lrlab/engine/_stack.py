"""The stacked engine: K trials of one task trained as one batched model. Its twin is `_reference.py`.

Trials of one seed share its batches, augmentation and dropout masks; each has its own weights, rates and losses. Those
that differ in their average of weights alone share a training, which is one column of the tensors (`_trainings.py`).
A trial that diverged leaves at the end of its epoch. A stack stops at any update and goes on from its checkpoint.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from ..errors import RunError, Unstackable
from ..spec import OPTIMIZERS, Epoch, Precision, Trial, alike
from ..stats import LARGEST
from ..tasks import Inputs, Split, Task
from ._averages import StackAverages
from ._evaluation import EpochEvaluation, FinalEvaluation, Fitted, MeasureSplit, TrainMeans, evaluate_epoch
from ._evaluation_weights import EvaluationWeights
from ._layouts import first_names
from ._make_backend import make_backend, torch_aside
from ._measure import Measured, Stopwatch
from ._member import Member
from ._noise import Noise, key_dropout
from ._norms import NormBuffers, keep_others, statistics_under, statistics_updates
from ._parts import parts_of_update
from ._randomness import initial_model
from ._replay import Replay
from ._stack_batches import StackBatches
from ._stack_measure import Tally, evaluate_stack, scores_of
from ._stack_state import check_state, take_columns
from ._stack_values import StackValues
from ._steps import generator_values, set_generators
from ._trainings import Trainings
from ._trial_measure import measure_untrained

Found = TypeVar("Found")


class Stack:
    """K trials on their way. They run where the task's tensors are.

    layout: one of `_make_backend.BACKENDS`. rows: the trials still in it, as positions in `trials`. columns: where the
    training of each of these is; leads: of each column a trial. t: the next update. losses, scores: of the updates of
    this epoch so far, (K,) by column. graph: replay recorded updates (`_replay.py`). share: whether trials that differ
    in their average alone are trained once. Raises RunError for trials that are not alike, Unstackable for a model that
    the backend refuses or that cannot be recorded.
    """

    def __init__(
        self, trials: Sequence[Trial], task: Task, layout: str, graph: bool = False, share: bool = True
    ) -> None:
        self.trials, self.task, first = list(trials), task, trials[0]
        if task.streams:
            raise Unstackable("the task's data come from loaders, batch by batch, and such trials are not stacked")
        if len({alike(trial) for trial in self.trials}) > 1:
            raise RunError("the trials of a stack may differ in schedule, peak, seed, momentum and weight decay alone")
        self.keys = [trial.key for trial in self.trials]
        self.batches = StackBatches(self.trials, task)
        self.device, self.horizon = self.batches.device, self.batches.horizon
        self.precision: Precision = first.precision
        self.trainings, self.noise = Trainings(self.trials, share), Noise(self.batches.seeds)
        self._set_rows(list(range(len(self.trials))))
        seeds = [self.trials[row].seed for row in self.leads]
        models = [key_dropout(initial_model(task.model, seed), self.noise) for seed in seeds]
        models = [model.to(self.device, self.batches.dtype).train() for model in models]  # its own `train`, too
        self.norms, first_ones = NormBuffers.of_model(models[0]), first_names(models[0])
        self.trained = {first_ones[name] for name, each in models[0].named_parameters() if each.requires_grad}
        which = [self.batches.which[row] for row in self.leads]
        self.backend = make_backend(layout, models, which, self.noise, task, first)
        self.values = StackValues(self.trials, self.horizon)
        self.averages = StackAverages(self.trials, self.horizon)
        self.members = [Member() for _ in self.trials]
        self.t, self.epoch = 0, 0
        self.losses: list[Tensor] = []
        self.scores: list[Tensor] = []
        self.tally = Tally(task) if first.watch == "test" else None
        self.replay = self._make_replay() if graph else None

    def _make_replay(self) -> Replay:
        return Replay(self.backend, self.batches, self.values, self.noise, self.leads, self.score)

    def _set_rows(self, rows: list[int]) -> None:
        self.rows, self.leads, self.columns = rows, self.trainings.leads(rows), self.trainings.columns(rows)

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
        self._share_training(watch.seconds)
        return self._end_epoch() if self.t == self.epoch_end else {}

    def update(self) -> Tensor:
        """Update t of every training, and nothing else: their losses, (K,)."""
        if self.replay is not None:
            losses_K, scores_K = self.replay.update(self.t)
        else:
            with torch_aside(self.backend):
                losses_K, scores_K = self._do_update()
        self.losses.append(losses_K)
        self.scores.append(scores_K)
        if self.averages.is_due(self.t):
            self.averages.add(self.t, self.trained_weights(), dict(zip(self.rows, self.columns, strict=True)))
        self.t += 1
        return losses_K

    def trained_weights(self) -> dict[str, Tensor]:
        """The weights that are trained, (K, ...) by name; the memory may be the backend's own."""
        return {name: tensor for name, tensor in self.backend.tensors().items() if name in self.trained}

    def restart_epoch(self) -> None:
        """Forget what the epoch gave, and go back to its first update; the weights stay. For measurements of speed."""
        self.t = self.epoch * self.horizon.updates_per_epoch
        self.losses, self.scores = [], []

    def _do_update(self) -> tuple[Tensor, Tensor]:
        inputs_SB, labels_KB = self.batches.at(self.t, self.leads)
        self.noise.t = self.t
        values_FK = self.values.table[:, self.leads, self.t]
        losses_K, outputs_KB = self.backend.step(inputs_SB, labels_KB, values_FK, self.t)
        return losses_K, self.score(outputs_KB, labels_KB, losses_K)

    def score(self, outputs_KB: Tensor, labels_KB: Tensor, losses_K: Tensor) -> Tensor:
        """The scores of a batch, (K,), from its training pass; what is watched is counted."""
        if self.tally is not None:
            self.tally.add(outputs_KB, labels_KB)
        return scores_of(self.task, outputs_KB, labels_KB, losses_K)

    def _end_epoch(self) -> dict[str, Epoch]:
        """MeasureSplit the epoch, tell the rules, and let go of the trials that diverged."""
        losses_UK, scores_UK = torch.stack(self.losses).cpu(), torch.stack(self.scores).cpu()
        train_losses, train_scores = losses_UK.double().mean(0).tolist(), scores_UK.mean(0).tolist()
        finite_UK = losses_UK.double().abs() <= LARGEST
        for row, column in zip(self.rows, self.columns, strict=True):
            if not finite_UK[:, column].all():
                first = int((~finite_UK[:, column]).nonzero()[0])
                self.members[row].diverged_at = self.epoch * self.horizon.updates_per_epoch + first
        f1_K = [None] * len(self.leads) if self.tally is None else self.tally.take(len(self.leads))
        evaluations = self._evaluate_epoch()
        means_K = list(map(TrainMeans, train_losses, train_scores, f1_K))
        for row, column, evaluation in zip(self.rows, self.columns, evaluations, strict=True):
            self.members[row].add_epoch(evaluation, means_K[column])
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
        with watch.running():
            found = self._look(lambda trials, measure: evaluate_epoch(trials, self.task, self.epoch, last, measure))
        self._share_looks(watch.seconds)
        for row, evaluation in found.items():
            if not evaluation.finite and self.members[row].diverged_at is None:
                self.members[row].diverged_at = self.t
        return [found[row] for row in self.rows]

    def _look(self, evaluate: Callable[[list[Trial], MeasureSplit], Sequence[Found]]) -> dict[int, Found]:
        """What each trial in the stack comes to under its own evaluation weights, by row.

        evaluate: what the trials whose weights stand in the columns come to. What it draws, it draws again each time.
        """
        found: dict[int, Found] = {}
        generators = generator_values(self.device)
        for number, look in enumerate(self.trainings.looks(self.rows, self._is_averaged)):
            if number:
                set_generators(generators, self.device)
            with self.at_evaluation(look.shown) as weights:
                results = evaluate([self.trials[row] for row in look.shown], partial(self.evaluate, weights))
            found |= {row: each for rows, each in zip(look.rows, results, strict=True) for row in rows}
        return found

    def evaluation_tensors(self, shown: Sequence[int] = ()) -> dict[str, Tensor]:
        """Weights and buffers (K, ...) that evaluation has in the place of the training ones, if any.

        shown: the trial of each column whose they are; none: of each the first. One without weights of its own for
        evaluation has its training ones there.
        """
        shown = shown or self.leads
        own = self._evaluation_weights(shown)
        if not own or not self.norms:
            return own
        generators = generator_values(self.device)
        with self.noise.aside(), torch_aside(self.backend):
            statistics = statistics_under(self.backend, own, self.norms, self._statistics_batches())
        set_generators(generators, self.device)
        averaged = [column for column, row in enumerate(shown) if self._is_averaged(row)]
        return own | keep_others(statistics, self.backend.tensors(), averaged)

    def _evaluation_weights(self, shown: Sequence[int]) -> dict[str, Tensor]:
        """Weights (K, ...) that evaluation has in the place of the training ones, if any; no buffers."""
        own = self.backend.evaluation_tensors() if shown else {}
        if own or not any(self.averages.is_evaluated(row, self.t) for row in shown):
            return own
        return self.averages.evaluated(self.t, self.trained_weights(), shown)

    def _is_averaged(self, row: int) -> bool:
        """Whether a trial has weights of its own for evaluation by now."""
        return bool(OPTIMIZERS[self.trials[0].optimizer.name].evaluates) or self.averages.is_evaluated(row, self.t)

    def _statistics_batches(self) -> Iterator[tuple[Inputs, Tensor]]:
        """The batches on which batch-norm statistics are estimated."""
        first = self.trials[0]
        for t in statistics_updates(self.horizon):
            for part in parts_of_update(*self.batches.at(t, self.leads), first.optimizer.accumulate, axis=1):
                self.noise.t = t * first.optimizer.accumulate + part.number
                yield part.inputs, part.labels

    def at_evaluation(self, shown: Sequence[int] = ()) -> EvaluationWeights:
        """For a block in which these trials are looked at, as in `evaluation_tensors`; see `EvaluationWeights`."""
        return EvaluationWeights(self.backend, partial(self.evaluation_tensors, shown))

    def evaluate(
        self, weights: EvaluationWeights, split: Split, fitted: Fitted | None = None, keep: bool = False
    ) -> list[Measured]:
        """Every column on a whole split, within `at_evaluation`. fitted, keep: as in `evaluate_stack`."""
        weights.place()
        splits = self.batches.splits_like(split)
        which = [self.batches.which[row] if len(splits) > 1 else 0 for row in self.leads]
        return evaluate_stack(self.backend, self.task, splits, which, self.precision, fitted, keep)

    def task_of(self, row: int) -> Task:
        """The task as the trial in this row sees it."""
        return self.batches.tasks[self.batches.which[row]]

    def evaluate_final(self) -> tuple[list[FinalEvaluation], list[dict[str, Tensor]]]:
        """The last evaluation of every trial, and its weights and buffers; none of one that left before the end.

        A trial that diverged is scored with its untrained weights, as it learned nothing.
        Asked once, at the end: the test data are looked at once.
        """
        watch = Stopwatch()
        with watch.running():
            found = self._look(self._evaluate_last)
        self._share_looks(watch.seconds)
        finals = {row: final for row, (final, _) in found.items()}
        for row, final in finals.items():
            if not final.finite:
                self.members[row].diverged_at = self.t
        for row, member in enumerate(self.members):
            if member.diverged_at is not None:
                finals[row] = self.evaluate_untrained(row)
        rows = range(len(self.trials))
        return [finals[row] for row in rows], [found[row][1] if row in found else {} for row in rows]

    def _evaluate_last(
        self, trials: list[Trial], measure: MeasureSplit
    ) -> list[tuple[FinalEvaluation, dict[str, Tensor]]]:
        """The last evaluation under the weights in place, and copies of these, by column."""
        finals, tensors = FinalEvaluation.of(self.task, trials, measure), self.backend.tensors()
        copies = [{name: tensor[column].clone() for name, tensor in tensors.items()} for column in range(len(trials))]
        return list(zip(finals, copies, strict=True))

    def evaluate_untrained(self, row: int) -> FinalEvaluation:
        """The last evaluation of a trial that diverged."""
        watch = Stopwatch()
        with watch.running():
            final = measure_untrained(self.trials[row], self.task_of(row))
        self.members[row].evaluate_seconds += watch.seconds
        return final

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
        before = [self.trainings.numbers[row] for row in self.leads]
        self._set_rows(staying)
        self.averages.keep(staying)
        numbers = [self.trainings.numbers[row] for row in self.leads]
        if numbers and numbers != before:
            columns = [before.index(number) for number in numbers]
            self.backend.keep(columns)
            if self.tally is not None:
                self.tally.keep(columns)
            self.replay = self._make_replay() if self.replay is not None else None

    def _share_training(self, seconds: float) -> None:
        """Add each trial's share of an update: of its training's, its part."""
        served = Counter(self.columns)
        for row, column in zip(self.rows, self.columns, strict=True):
            self.members[row].train_seconds += seconds / len(self.leads) / served[column]

    def _share_looks(self, seconds: float) -> None:
        """Add each trial's share of the looks."""
        for row in self.rows:
            self.members[row].evaluate_seconds += seconds / len(self.rows)

    def snapshot(self) -> dict[str, Any]:
        """All that is not made again from the trials, as plain values and tensors (K, ...) of K trials in it.

        Batches, augmentation and masks depend on (seed, update) alone, and a rule's state on the losses it was told, so
        neither is in it. So any of its trials can go on in another stack. The tensors may be the stack's own.
        """
        tensors, slots = self.backend.tensors(), self.backend.state()
        trained = {name for slot in slots.values() for name in slot}
        state = {
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
            **({"averages": self.averages.to_values(len(self.trials))} if self.averages.mix else {}),
        }
        return state if len(self.leads) == len(self.rows) else take_columns(state, self.columns)

    def can_restore(self, state: dict[str, Any]) -> bool:
        """Whether a snapshot is of these trials in this layout. Changes nothing.

        Raises ValueError, and whatever its values raise, where it is, but this stack can be in no such state.
        """
        if (state["trials"], state["layout"]) != (self.keys, self.backend.name):
            return False
        check_state(state, len(self.trials), self.horizon, self.backend)
        return True

    def restore(self, state: dict[str, Any]) -> None:
        """Put a fresh stack where a snapshot was taken that it can restore."""
        self.members = [Member.of_values(values) for values in state["members"]]
        self._replay_rules(state["epoch"])
        if state["rows"] != self.rows:
            self._keep_rows(state["rows"])
        if len(self.leads) < len(self.rows):
            state = take_columns(state, [self.rows.index(row) for row in self.leads])
        self.t, self.epoch = state["t"], state["epoch"]
        self.losses, self.scores = state["losses"], state["scores"]
        if self.tally is not None:
            self.tally.counts_K3C = state["counts"]
        if self.rows:
            self.backend.load(state["parameters"] | state["buffers"], state["optimizer"], state["t"])
            if self.averages.mix:
                self.averages.load(state["averages"])
        set_generators(state["generators"], self.device)

    def _replay_rules(self, epochs: int) -> None:
        """Tell the rules once more what they were told."""
        for number in range(epochs):
            past = [
                member.epochs[number] if number < len(member.epochs) else Epoch.unmeasured() for member in self.members
            ]
            losses = [np.nan if epoch.validation_loss is None else epoch.validation_loss for epoch in past]
            self.values.tell(number, np.array(losses), np.array([epoch.train_loss is not None for epoch in past]))
