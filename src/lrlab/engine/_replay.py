"""A stack's update recorded once as a graph of kernels: on a graphics card only its launch is left to Python.

What differs from update to update lies on the card for a whole epoch: batches, draws of the augmentation, rates, and
the place in them, a counter that the graph itself moves on. Dropout's masks are drawn again into the same memory.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ..errors import Unstackable
from ._backend import Backend
from ._noise import Noise
from ._stack_batches import StackBatches
from ._stack_optimizer import Multiplier, Multipliers
from ._stack_values import StackValues

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
    """The updates of a stack on a graphics card, the trials of these rows. A stack that lost a trial needs a new one.

    backend, batches, values, noise: the stack's parts, which go on with it. score: the scores of a batch, (K,), by
    outputs, labels and losses; it reads nothing back from the card. Raises Unstackable for a backend, a task or a model
    that cannot be recorded.
    """

    def __init__(
        self,
        backend: Backend,
        batches: StackBatches,
        values: StackValues,
        noise: Noise,
        rows: Sequence[int],
        score: Callable[[Tensor, Tensor, Tensor], Tensor],
    ) -> None:
        device, task = batches.device, batches.task
        if device.type not in RECORDERS:
            raise Unstackable(f"only a graphics card replays recorded updates, and the task lies on {device}")
        if not task.objective.recordable:
            raise Unstackable("a task's own loss or score may read numbers back, which cannot be recorded")
        recordable = backend.recordable()
        if recordable is None:
            raise Unstackable(f"updates are recorded in torch's layouts alone, not in {backend.name}")
        self.backend, self.batches, self.values, self.noise = recordable, batches, values, noise
        self.rows, self.score = list(rows), score
        self.expected, self.done = -1, 0
        self.recorder = RECORDERS[device.type](device)
        self.recorded: Update | None = None
        seeds, per_epoch = len(batches.seeds), batches.horizon.updates_per_epoch
        which = [batches.which[row] for row in self.rows]
        self.which_K = torch.tensor(which, device=device)
        self.place = torch.zeros(1, dtype=torch.int64, device=device)
        self.batches_SUB = torch.zeros(seeds, per_epoch, batches.size, dtype=torch.int64, device=device)
        self.losses_UK = torch.zeros(per_epoch, len(which), dtype=batches.dtype, device=device)
        self.scores_UK = torch.zeros(per_epoch, len(which), dtype=torch.float64, device=device)
        self.draws_SU: Tensor | None = None
        self.numbers: dict[str, Tensor] = {}
        self.signs: dict[str, tuple[bool, bool]] = {}

    def update(self, t: int) -> tuple[Tensor, Tensor]:
        """Update t of every trial: its losses (K,) and scores (K,)."""
        row = t % self.batches.horizon.updates_per_epoch
        if self.expected != t or row == 0:
            self._begin_epoch(t)
        if self.recorded is None and self.done >= WARM_UP:
            self.noise.redraw(t)
            self.recorded = self.recorder.record(self._do_update)
        if self.recorded is None:
            self.noise.t = t
            self.recorder.aside(self._do_update)
        else:
            self.noise.redraw(t)
            self.recorded()
        self.done += 1
        self.expected = t + 1
        return self.losses_UK[row], self.scores_UK[row]

    def _begin_epoch(self, t: int) -> None:
        """Put on the card what the updates of the epoch of update t need."""
        horizon = self.batches.horizon
        epoch = t // horizon.updates_per_epoch
        start = epoch * horizon.updates_per_epoch
        updates = range(start, min(start + horizon.updates_per_epoch, horizon.updates))
        self.batches_SUB.copy_(self.batches.orders(epoch))
        self._draw_augmentation(updates)
        values_FKU = self.values.table[:, self.rows, updates.start : updates.stop]
        for name, number_KU in self.backend.numbers(values_FKU, 1 + np.array(updates)).items():
            self._put_number(name, number_KU)
        self.place.fill_(t - start)

    def _draw_augmentation(self, updates: range) -> None:
        """The draws of the augmentation, (S, U, ...), for each seed and update."""
        batches = self.batches
        for row, seed in enumerate(batches.seeds):
            for place, t in enumerate(updates):
                drawn = batches.draw(seed, t)
                if drawn is None:
                    return
                if self.draws_SU is None:
                    shape = len(batches.seeds), batches.horizon.updates_per_epoch, *drawn.shape
                    self.draws_SU = torch.zeros(shape, dtype=drawn.dtype, device=batches.device)
                self.draws_SU[row, place] = drawn

    def _put_number(self, name: str, number_KU: np.ndarray) -> None:
        """One number of each trial and update. What is zero decides which kernels run, so a change records again."""
        signs = bool(number_KU.any()), bool(number_KU.all())
        dtype, device = self.batches.dtype, self.batches.device
        moved = torch.tensor(number_KU.T, dtype=dtype)
        if name not in self.numbers:
            shape = self.batches.horizon.updates_per_epoch, len(self.rows)
            self.numbers[name] = torch.zeros(shape, dtype=dtype, device=device)
        self.numbers[name][: len(moved)].copy_(moved)
        if self.signs.get(name, signs) != signs:
            self.recorded = None
        self.signs[name] = signs

    def _do_update(self) -> None:
        index_SB = self.batches_SUB.index_select(1, self.place).squeeze(1)
        draws_S = (
            [None] * len(index_SB) if self.draws_SU is None else self.draws_SU.index_select(1, self.place).squeeze(1)
        )
        inputs_SB = self.batches.drawn(index_SB, draws_S)
        labels_KB = self.batches.labels(index_SB).index_select(0, self.which_K)
        losses_K, outputs_KB = self.backend.step_by(inputs_SB, labels_KB, self._multipliers_now())
        scores_K = self.score(outputs_KB, labels_KB, losses_K)
        self.losses_UK.index_copy_(0, self.place, losses_K[None])
        self.scores_UK.index_copy_(0, self.place, scores_K[None])
        self.place.add_(1)

    def _multipliers_now(self) -> Multipliers:
        now = {name: number_UK.index_select(0, self.place).squeeze(0) for name, number_UK in self.numbers.items()}
        return {name: Multiplier(number_K, *self.signs[name]) for name, number_K in now.items()}
