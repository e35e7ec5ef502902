"""What a stack drives: K models and their optimizer, in torch's layouts (`_layouts`) or in lanes (`_lanes`)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import UnknownName
from ..native import library, missing
from ..spec import Precision, Trial
from ..tasks import Task
from ._layouts import LAYOUTS, make_layout
from ._noise import Noise
from ._precision import rounding
from ._stack_measure import losses_of
from ._stack_optimizer import Columns, StackOptimizer

LANES = "lanes"
BACKENDS = (LANES, *LAYOUTS)


class Backend(Protocol):
    """K trials' weights and optimizer. No operation mixes trials: NaN in one changes no bit of another.

    name: one of `BACKENDS`. size: K.
    """

    name: str
    size: int

    def step(
        self, inputs_SB: Tensor, labels_KB: Tensor, values_FK: NDArray[np.float64], t: int
    ) -> tuple[Tensor, Tensor]:
        """Update t of every trial: losses (K,) before it and outputs (K, B, ...) of the training pass, detached.

        inputs: S = 1 is shared, else trial k reads inputs[which[k]]. values: fields as in `schedules.FIELDS`.
        """
        ...

    def forward(self, inputs: Tensor, train: bool) -> Tensor:
        """Outputs (K, B, ...) of inputs (S, B, ...), S as in `step`. Lanes pass forward in evaluation alone."""
        ...

    def tensors(self) -> dict[str, Tensor]:
        """Weights and buffers by name, (K, *shape) each, detached."""
        ...

    def state(self) -> dict[str, dict[str, Tensor]]:
        """The optimizer's: state[slot][name], (K, *shape) each."""
        ...

    def load(self, tensors: dict[str, Tensor], state: dict[str, dict[str, Tensor]], steps: int) -> None:
        """Put back what `tensors` and `state` gave after so many updates."""
        ...

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all trials but these."""
        ...

    @property
    def trial_bytes(self) -> int | None:
        """Bytes a trial takes; None where the backend does not know (`_memory.py` then counts)."""
        ...


class TorchBackend:
    """A layout of torch's and a `StackOptimizer`. See `Backend`."""

    def __init__(
        self, name: str, models: Sequence[nn.Module], which: Sequence[int], noise: Noise, task: Task, trial: Trial
    ) -> None:
        self.task = task
        self.precision: Precision = trial.precision
        self.layout = make_layout(name, models, which, noise)
        self.optimizer = StackOptimizer(trial.optimizer, self.layout.parameters)
        self.name, self.size = self.layout.name, self.layout.size

    def step(
        self, inputs_SB: Tensor, labels_KB: Tensor, values_FK: NDArray[np.float64], t: int
    ) -> tuple[Tensor, Tensor]:
        """See `Backend.step`."""
        self.optimizer.steps = t
        columns = self.optimizer.columns(values_FK, next(iter(self.layout.parameters.values())))
        return self.step_by(inputs_SB, labels_KB, columns)

    def step_by(self, inputs_SB: Tensor, labels_KB: Tensor, columns: Columns) -> tuple[Tensor, Tensor]:
        """`step` with columns made before. Reads nothing back from a card."""
        with rounding(self.precision, inputs_SB.device):
            outputs_KB = self.layout.forward(inputs_SB, True)
            losses_K = losses_of(self.task, outputs_KB, labels_KB)
        losses_K.sum().backward()  # each trial's weights are in its own term alone
        self.optimizer.step(self.layout.parameters, self.layout.gradients(), columns)
        self.layout.clear()
        return losses_K.detach(), outputs_KB.detach()

    def forward(self, inputs: Tensor, train: bool) -> Tensor:
        """See `Backend.forward`."""
        return self.layout.forward(inputs, train)

    def tensors(self) -> dict[str, Tensor]:
        """See `Backend.tensors`. The memory is the layout's own."""
        return {name: tensor.detach() for name, tensor in (self.layout.parameters | self.layout.buffers).items()}

    def state(self) -> dict[str, dict[str, Tensor]]:
        """See `Backend.state`. The memory is the optimizer's own."""
        return self.optimizer.state

    def load(self, tensors: dict[str, Tensor], state: dict[str, dict[str, Tensor]], steps: int) -> None:
        """See `Backend.load`."""
        for name, tensor in self.tensors().items():
            tensor.copy_(tensors[name])
        self.optimizer.state, self.optimizer.steps = state, steps

    def keep(self, rows: Sequence[int]) -> None:
        """See `Backend.keep`."""
        self.layout = self.layout.keep(rows)
        self.optimizer.keep(rows)
        self.size = self.layout.size

    @property
    def trial_bytes(self) -> int | None:
        """See `Backend.trial_bytes`."""
        return None


def has_lanes() -> bool:
    """Whether the compiled part that lanes are made of is here."""
    return missing() is None


def register_lanes(precision: Precision) -> int:
    """How many trials one vector register holds; 1 where nothing is compiled."""
    return library().lanes_width(precision == "float64") if has_lanes() else 1


@contextmanager
def torch_aside(backend: Backend) -> Iterator[None]:
    """Torch keeps to one thread while lanes, whose threads are their own, are at work.

    For some milliseconds after each operation torch's threads wait by spinning, on the processors that lanes need.
    """
    before = torch.get_num_threads()
    if backend.name != LANES or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def make_backend(
    name: str, models: Sequence[nn.Module], which: Sequence[int], noise: Noise, task: Task, trial: Trial
) -> Backend:
    """K models with their initial weights, dropout keyed (`key_dropout`). The models belong to the backend then.

    which: the seed of each trial, as a position in `noise.seeds` and in the inputs. trial: any of them, as they are
    alike. Raises UnknownName, and Unstackable for a model that the backend cannot train.
    """
    if name == LANES:
        from ._lanes import LaneBackend

        return LaneBackend(models, which, noise, task, trial)
    if name not in LAYOUTS:
        raise UnknownName("layout", name, BACKENDS)
    return TorchBackend(name, models, which, noise, task, trial)
