"""K models in one of torch's layouts, and their optimizer: a backend of the engine."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import Unstackable
from ..spec import Precision, Trial
from ..tasks import Inputs, Task
from ._backend import Recordable
from ._first_update import OF_CLASSES, FirstUpdate
from ._layouts import make_layout
from ._noise import Noise
from ._parameter_groups import parameter_groups
from ._parts import parts_of_update
from ._precision import rounding
from ._stack_measure import losses_of
from ._stack_optimizer import Multipliers, StackOptimizer


class TorchBackend:
    """A layout of torch's and a `StackOptimizer`. See `Backend`."""

    def __init__(
        self, name: str, models: Sequence[nn.Module], which: Sequence[int], noise: Noise, task: Task, trial: Trial
    ) -> None:
        self.task = task
        self.precision: Precision = trial.precision
        self.noise, self.many = noise, trial.optimizer.accumulate
        groups = parameter_groups(models[0], trial.optimizer)
        self._first = FirstUpdate(models, which, noise, task, trial) if name in OF_CLASSES else None
        self.layout = make_layout(name, models, which, noise)
        self.optimizer = StackOptimizer(trial.optimizer, self.layout.parameters, groups)
        self.name, self.size = self.layout.name, self.layout.size

    def step(
        self, inputs_SB: Inputs, labels_KB: Tensor, values_FK: NDArray[np.float64], t: int
    ) -> tuple[Tensor, Tensor]:
        """See `Backend.step`."""
        self.optimizer.steps = t
        multipliers = self.optimizer.multipliers(values_FK, next(iter(self.layout.parameters.values())))
        return self.step_by(inputs_SB, labels_KB, multipliers)

    def recordable(self) -> Recordable:
        """See `Backend.recordable`."""
        if self.many > 1:
            raise Unstackable("an update from several batches is not recorded")
        return self

    def numbers(self, values_FKU: NDArray[np.float64], steps: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """See `Recordable.numbers`."""
        return self.optimizer.numbers(values_FKU, steps)

    def step_by(self, inputs_SB: Inputs, labels_KB: Tensor, multipliers: Multipliers) -> tuple[Tensor, Tensor]:
        """See `Recordable.step_by`."""
        first, self._first = self._first, None
        if first is None:
            losses, outputs = self._add_gradients(inputs_SB, labels_KB)
        else:
            with first.compared(self.tensors(), inputs_SB, labels_KB) as seen:
                losses, outputs = self._add_gradients(inputs_SB, labels_KB)
                seen.take(outputs, self.layout.gradients(), self.tensors())
        self.optimizer.step(self.layout.parameters, self.layout.gradients(), multipliers, self.layout.idle())
        self.layout.clear()
        if self.many == 1:
            return losses[0].detach(), outputs[0].detach()
        return torch.stack(losses).mean(0).detach(), torch.cat(outputs, dim=1).detach()

    def _add_gradients(self, inputs_SB: Inputs, labels_KB: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Losses (K,) and outputs (K, B, ...) of each batch of the update."""
        losses, outputs = list[Tensor](), list[Tensor]()
        for part in parts_of_update(inputs_SB, labels_KB, self.many, axis=1):
            if self.many > 1:
                self.noise.t = self.optimizer.steps * self.many + part.number
            with rounding(self.precision, labels_KB.device):
                outputs.append(self.layout.forward(part.inputs, True))
                losses.append(losses_of(self.task, outputs[-1], part.labels))
            (losses[-1].sum() / self.many).backward()  # each trial's weights are in its own term alone
        return losses, outputs

    def forward(self, inputs: Inputs, train: bool) -> Tensor:
        """See `Backend.forward`."""
        return self.layout.forward(inputs, train)

    @torch.no_grad()
    def observe(self, inputs_SB: Inputs, labels_KB: Tensor) -> None:
        """See `Backend.observe`."""
        with rounding(self.precision, labels_KB.device):
            self.layout.forward(inputs_SB, True)

    def tensors(self) -> dict[str, Tensor]:
        """See `Backend.tensors`. The memory is the layout's own."""
        return {name: tensor.detach() for name, tensor in (self.layout.parameters | self.layout.buffers).items()}

    def put(self, tensors: dict[str, Tensor]) -> None:
        """See `Backend.put`."""
        own = self.tensors()
        for name, tensor in tensors.items():
            own[name].copy_(tensor)

    def evaluation_tensors(self) -> dict[str, Tensor]:
        """See `Backend.evaluation_tensors`. The memory is the optimizer's own."""
        return self.optimizer.evaluation_weights()

    def state(self) -> dict[str, dict[str, Tensor]]:
        """See `Backend.state`. The memory is the optimizer's own."""
        return self.optimizer.state

    def load(self, tensors: dict[str, Tensor], state: dict[str, dict[str, Tensor]], steps: int) -> None:
        """See `Backend.load`."""
        self.put({name: tensors[name] for name in self.tensors()})
        self.optimizer.state, self.optimizer.steps = state, steps
        self._first = None if steps else self._first

    def keep(self, rows: Sequence[int]) -> None:
        """See `Backend.keep`."""
        self.layout = self.layout.keep(rows)
        self.optimizer.keep(rows)
        self.size = self.layout.size

    @property
    def trial_bytes(self) -> int | None:
        """See `Backend.trial_bytes`."""
        return None
