"""What the trials of a stack read: of each seed its batches, augmented; of each trial the labels of its seed's."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..spec import Trial
from ..tasks import Inputs, Split, Task, stack_inputs, take_examples
from ._precision import dtype_of
from ._randomness import epoch_batches, generator


class StackBatches:
    """Batches of trials that are alike, where the task's tensors are. S: seeds, K: trials, U: updates, B: examples.

    seeds: each once. which: of each trial, its seed's place among them. size: examples of a batch.
    """

    def __init__(self, trials: Sequence[Trial], task: Task) -> None:
        first = trials[0]
        self.task, self.size = task, first.batch_size
        self.horizon = first.horizon(task.examples)
        self.device, self.dtype = task.device, dtype_of(first.precision)
        self.seeds = list(dict.fromkeys(trial.seed for trial in trials))
        self.which = [self.seeds.index(trial.seed) for trial in trials]
        self.tasks = [task.of_seed(seed) for seed in self.seeds]  # the task itself, unless each seed draws its split
        self._epoch, self._orders_SUB = -1, torch.empty(0)

    def at(self, t: int, rows: Sequence[int]) -> tuple[Inputs, Tensor]:
        """The batch of update t: inputs of each seed (S, B, ...), labels of these trials (K, B, ...)."""
        epoch = t // self.horizon.updates_per_epoch
        if epoch != self._epoch:
            self._epoch, self._orders_SUB = epoch, self.orders(epoch).to(self.device)
        index_SB = self._orders_SUB[:, t - epoch * self.horizon.updates_per_epoch]
        draws = [generator(self.device, seed, "augment", t) for seed in self.seeds]
        inputs = [
            task.prepare(take_examples(task.train.inputs, index), generator=draw, dtype=self.dtype)
            for task, index, draw in zip(self.tasks, index_SB, draws, strict=True)
        ]
        labels_SB = self.labels(index_SB)
        return stack_inputs(inputs), labels_SB[[self.which[row] for row in rows]]

    def labels(self, index_SB: Tensor) -> Tensor:
        """The labels of these training examples of each seed, (S, B, ...)."""
        if not self.task.fresh:
            return self.task.train.labels[index_SB]
        return torch.stack([task.train.labels[index] for task, index in zip(self.tasks, index_SB, strict=True)])

    def splits_like(self, split: Split) -> list[Split]:
        """A split of the task as each seed has it, (S,); one alone where all seeds share it.

        split: the task's; or others' examples, which are shared.
        """
        name = next((name for name, own in self.task.splits() if own is split), "")
        if not self.task.fresh or not name:
            return [split]
        return [dict(task.splits())[name] for task in self.tasks]

    def orders(self, epoch: int) -> Tensor:
        """The examples of each batch of an epoch, (S, U, B)."""
        examples = self.task.examples
        return torch.stack([epoch_batches(examples, self.size, seed, epoch) for seed in self.seeds])

    def draw(self, seed: int, t: int) -> Tensor | None:
        """The draws of the augmentation of this seed at update t; None where nothing is drawn."""
        return self.task.draw(self.size, generator(self.device, seed, "augment", t))

    def drawn(self, index_SB: Tensor, draws_S: Sequence[Tensor | None] | Tensor) -> Inputs:
        """The inputs of these examples, (S, B, ...), augmented by these draws."""
        parts = zip(self.tasks, index_SB, draws_S, strict=True)
        return stack_inputs(
            [
                task.prepare(take_examples(task.train.inputs, index), draws=draws, dtype=self.dtype)
                for task, index, draws in parts
            ]
        )
