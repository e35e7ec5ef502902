"""A stack's update recorded once as a graph of kernels: on a graphics card only its launch is left to Python.

What differs from update to update lies on the card for a whole epoch: batches, draws of the augmentation, rates, and
the place in them, a counter that the graph itself moves on. Dropout's masks are drawn anew into the same memory.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from ..errors import Unstackable
from ._backend import TorchBackend
from ._randomness import epoch_batches, generator
from ._stack_optimizer import Column, Columns

if TYPE_CHECKING:
    from ._stack import Stack

WARM_UP = 3  # updates before recording: kernels are chosen and memory is taken in the first
Update = Callable[[], None]


class Recorder(Protocol):
    """How a kind of device records work. Raises Unstackable where it cannot."""

    def __init__(self, device: torch.device) -> None: ...

    def aside(self, update: Update) -> None:
        """Do an update in the way recording needs it before."""
        ...

    def record(self, update: Update) -> Update:
        """Record an update without doing it; what is returned does it."""
        ...


class CudaRecorder:
    """CUDA graphs: updates before the recording run on a stream of their own."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def aside(self, update: Update) -> None:
        """See `Recorder.aside`."""
        stream, usual = torch.cuda.Stream(self.device), torch.cuda.current_stream(self.device)
        stream.wait_stream(usual)
        with torch.cuda.stream(stream):
            update()
        usual.wait_stream(stream)

    def record(self, update: Update) -> Update:
        """See `Recorder.record`."""
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize(self.device)
        try:
            with torch.cuda.graph(graph):
                update()
        except RuntimeError as error:
            first = str(error).partition("\n")[0]
            raise Unstackable(f"an update of this model cannot be recorded: {first}") from error
        return graph.replay


RECORDERS: dict[str, type[Recorder]] = {"cuda": CudaRecorder}


class Replay:
    """The updates of a stack on a graphics card. Raises Unstackable for a task or model that cannot be recorded.

    A stack that lost a trial needs a new one.
    """

    def __init__(self, stack: "Stack") -> None:
        if stack.device.type not in RECORDERS:
            raise Unstackable(f"only a graphics card replays recorded updates, and the task lies on {stack.device}")
        if stack.task.loss is not None or stack.task.score is not None:
            raise Unstackable("a task's own loss or score may read numbers back, which cannot be recorded")
        if not isinstance(stack.backend, TorchBackend):
            raise Unstackable(f"updates are recorded in torch's layouts alone, not in {stack.backend.name}")
        self.stack, self.backend, self.expected, self.done = stack, stack.backend, -1, 0
        self.recorder = RECORDERS[stack.device.type](stack.device)
        self.recorded: Update | None = None
        seeds, per_epoch, batch = len(stack.seeds), stack.horizon.updates_per_epoch, stack.trials[0].batch_size
        rows = [stack.which[row] for row in stack.rows]
        self.which_K = torch.tensor(rows, device=stack.device)
        self.place = torch.zeros(1, dtype=torch.int64, device=stack.device)
        self.batches_SUB = torch.zeros(seeds, per_epoch, batch, dtype=torch.int64, device=stack.device)
        self.losses_UK = torch.zeros(per_epoch, len(rows), dtype=stack.dtype, device=stack.device)
        self.scores_UK = torch.zeros(per_epoch, len(rows), dtype=torch.float64, device=stack.device)
        self.draws_SU: Tensor | None = None
        self.numbers: dict[str, Tensor] = {}
        self.signs: dict[str, tuple[bool, bool]] = {}

    def update(self) -> None:
        """The stack's next update; its loss and score are added to the stack's."""
        stack = self.stack
        if self.expected != stack.t or stack.t == stack.epoch * stack.horizon.updates_per_epoch:
            self._begin()
        if self.recorded is None and self.done >= WARM_UP:
            stack.noise.redraw(stack.t)
            self.recorded = self.recorder.record(self._update)
        if self.recorded is None:
            stack.noise.t = stack.t
            self.recorder.aside(self._update)
        else:
            stack.noise.redraw(stack.t)
            self.recorded()
        self.done += 1
        self.expected = stack.t + 1
        row = stack.t - stack.epoch * stack.horizon.updates_per_epoch
        stack.losses.append(self.losses_UK[row])
        stack.scores.append(self.scores_UK[row])

    def _begin(self) -> None:
        """Put on the card what the updates of the stack's epoch need."""
        stack, horizon = self.stack, self.stack.horizon
        start = stack.epoch * horizon.updates_per_epoch
        updates = range(start, min(start + horizon.updates_per_epoch, horizon.updates))
        size, examples = stack.trials[0].batch_size, len(stack.task.train.inputs)
        orders = [epoch_batches(examples, size, seed, stack.epoch) for seed in stack.seeds]
        self.batches_SUB.copy_(torch.stack(orders))
        self._draw(updates, size)
        values_FKU = stack.values.table[:, stack.rows, updates.start : updates.stop]
        for name, number_KU in self.backend.optimizer.numbers(values_FKU, 1 + np.array(updates)).items():
            self._note(name, number_KU)
        self.place.fill_(stack.t - start)

    def _draw(self, updates: range, size: int) -> None:
        """The draws of the augmentation, (S, U, ...), for each seed and update."""
        stack = self.stack
        for row, seed in enumerate(stack.seeds):
            for place, t in enumerate(updates):
                drawn = stack.task.draw(size, generator(stack.device, seed, "augment", t))
                if drawn is None:
                    return
                if self.draws_SU is None:
                    shape = len(stack.seeds), stack.horizon.updates_per_epoch, *drawn.shape
                    self.draws_SU = torch.zeros(shape, dtype=drawn.dtype, device=stack.device)
                self.draws_SU[row, place] = drawn

    def _note(self, name: str, number_KU: np.ndarray) -> None:
        """One number of each trial and update. What is zero decides which kernels run, so a change records anew."""
        signs = bool(number_KU.any()), bool(number_KU.all())
        moved = torch.tensor(number_KU.T, dtype=self.stack.dtype)
        if name not in self.numbers:
            shape = self.stack.horizon.updates_per_epoch, len(self.stack.rows)
            self.numbers[name] = torch.zeros(shape, dtype=self.stack.dtype, device=self.stack.device)
        self.numbers[name][: len(moved)].copy_(moved)
        if self.signs.get(name, signs) != signs:
            self.recorded = None
        self.signs[name] = signs

    def _update(self) -> None:
        stack, task = self.stack, self.stack.task
        index_SB = self.batches_SUB.index_select(1, self.place).squeeze(1)
        draws_S = (
            [None] * len(index_SB) if self.draws_SU is None else self.draws_SU.index_select(1, self.place).squeeze(1)
        )
        inputs_SB = torch.stack(
            [
                task.prepare(task.train.inputs[index], draws=draws, dtype=stack.dtype)
                for index, draws in zip(index_SB, draws_S, strict=True)
            ]
        )
        labels_KB = task.train.labels[index_SB].index_select(0, self.which_K)
        losses_K, outputs_KB = self.backend.step_by(inputs_SB, labels_KB, self._columns())
        scores_K = stack.score(outputs_KB, labels_KB, losses_K)
        self.losses_UK.index_copy_(0, self.place, losses_K[None])
        self.scores_UK.index_copy_(0, self.place, scores_K[None])
        self.place.add_(1)

    def _columns(self) -> Columns:
        now = {name: number_UK.index_select(0, self.place).squeeze(0) for name, number_UK in self.numbers.items()}
        return {name: Column(number_K, *self.signs[name]) for name, number_K in now.items()}
