"""K models of one architecture, trained in lanes by compiled code: a backend of the engine."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import NativeMissing, RunError, Unstackable
from ...objectives import Classification, NextToken, Regression
from ...schedules import FIELDS
from ...spec import OPTIMIZERS, Trial
from ...tasks import Inputs, Task, first_leaf
from .._first_update import FirstUpdate
from .._layouts._base import first_names, keep_rows, stack_state
from .._noise import Noise
from .._parameter_groups import parameter_groups
from .._precision import dtype_of
from .._stack_optimizer import StackOptimizer
from ._abi import Net, Settings
from ._capture import CapturedModel
from ._sequences import CapturedSequences

RATES = ("down", "momentum", "decay", "fresh", "shrink", "root")  # as `Rates` in native/lanes/optimizer.h
CACHE = 512 << 10  # bytes of images that pass through the net together: near the processor, more than one sample


class LaneBackend:
    """See `Backend`. On a processor, in float32 and float64, with cross-entropy or `mse_loss`.

    Raises Unstackable naming the layer that is not compiled, or why there are no compiled parts at all.
    """

    name = "lanes"

    def __init__(
        self, models: Sequence[nn.Module], which: Sequence[int], noise: Noise, task: Task, trial: Trial
    ) -> None:
        if trial.precision == "bfloat16" or task.device.type != "cpu":
            raise Unstackable("lanes are for processors, in float32 or float64")
        self._kind = OPTIMIZERS[trial.optimizer.name]
        if self._kind.compiled is None:
            raise Unstackable(f"the optimizer {trial.optimizer.name} is not compiled; it is not run in lanes")
        self._refuse_groups(trial, models[0])
        parameters, buffers = stack_state(models)
        inputs = task.train.inputs
        if isinstance(inputs, tuple | dict):
            raise Unstackable("lanes take one input; several inputs are not run in lanes")
        self._tokens, names = task.tokens, first_names(models[0])
        if self._tokens:
            self._model = CapturedSequences(models[0], inputs[:2], names)
            _check_next_token(task)
        else:
            self._model = CapturedModel(models[0], tuple(inputs.shape[1:]), names)
            self._model.layers[-1].number[0] = _loss_of(task, *self._model.outputs)
        self._noise, self._trial = noise, trial
        self._first: FirstUpdate | None = FirstUpdate(models, which, noise, task, trial)
        self._dtype = dtype_of(trial.precision)
        self._trained = set(parameters)
        self._optimizer = StackOptimizer(trial.optimizer, {})
        self._shapes = {name: tensor.shape[1:] for name, tensor in (parameters | buffers).items()}
        self._make_net(which, {name: tensor.detach() for name, tensor in (parameters | buffers).items()})

    def _refuse_groups(self, trial: Trial, model: nn.Module) -> None:
        if len(parameter_groups(model, trial.optimizer)) > 1:
            raise Unstackable("rates or weight decays that differ from layer to layer are not compiled")
        if trial.optimizer.accumulate > 1:
            raise Unstackable("updates from several batches are not compiled; they are not run in lanes")

    def _make_net(self, which: Sequence[int], tensors: dict[str, Tensor]) -> None:
        """The compiled net of these trials, with these weights."""
        self.size = len(which)
        self._which = np.array(which, dtype=np.int32)
        self._loose = {name: tensor.clone() for name, tensor in tensors.items() if name not in self._model.tensors}
        optimizer = self._trial.optimizer
        settings = Settings(
            trials=self.size,
            batch=self._trial.batch_size,
            workers=torch.get_num_threads(),
            optimizer=self._kind.compiled,
            nesterov=int(optimizer.nesterov),
            beta2=optimizer.beta2,
            eps=optimizer.eps,
            alpha=optimizer.alpha,
            clip=optimizer.clip or 0.0,
            cache=CACHE,
        )
        try:
            self._net = Net(self._model.description, settings, self._dtype)
        except NativeMissing as error:
            raise Unstackable(str(error)) from None
        except RunError as error:
            raise Unstackable(f"{error}; the model is not run in lanes") from None
        self._net.outputs = self._model.outputs
        self._write_tensors(tensors, -1)

    @property
    def trial_bytes(self) -> int:
        """Memory a trial takes."""
        return self._net.bytes // self.size

    def step(
        self, inputs_SB: Inputs, labels_KB: Tensor, values_FK: NDArray[np.float64], t: int
    ) -> tuple[Tensor, Tensor]:
        """See `Backend.step`."""
        first, self._first = self._first if t == 0 else None, None
        if first is None:
            return self._do_step(inputs_SB, labels_KB, values_FK, t)
        with first.compared(self.tensors(), inputs_SB, labels_KB) as seen:
            losses_K, outputs_KB = self._do_step(inputs_SB, labels_KB, values_FK, t)
            statistics = {name: tensor for name, tensor in self.tensors().items() if name not in self._trained}
            seen.take([outputs_KB], {}, statistics)
        return losses_K, outputs_KB

    def _do_step(
        self, inputs_SB: Inputs, labels_KB: Tensor, values_FK: NDArray[np.float64], t: int
    ) -> tuple[Tensor, Tensor]:
        numbers = self._optimizer.numbers(values_FK, t + 1)
        rates = np.stack([np.broadcast_to(numbers.get(name, 0.0), self.size) for name in RATES]).astype(np.float64)
        inputs = self._typed(inputs_SB)
        labels = labels_KB.contiguous()
        if labels.is_floating_point():
            labels = labels.to(self._dtype)
        masks = [self._dropout_mask(place, inputs) for place in range(len(self._model.dropouts))]
        losses_K, outputs_KB = self._net.train(inputs, self._which, labels, masks, rates)
        for name in self._model.norms:
            self._loose[name] += 1
        return losses_K, outputs_KB

    def recordable(self) -> None:
        """See `Backend.recordable`: threads of a processor are not recorded."""
        return

    def _dropout_mask(self, place: int, inputs: Tensor) -> Tensor:
        dropped = self._model.dropouts[place]
        module, batch = dropped.module, inputs.shape[1]
        shape = module.mask_shape((batch, *dropped.shape))
        masks = self._noise.mask(module.layer, module.p, shape, self._dtype, inputs.device, dropped.call)
        return masks.contiguous()

    def forward(self, inputs: Inputs, train: bool) -> Tensor:
        """Outputs (K, B, ...) in evaluation. Training is `step` alone."""
        assert not train
        return self._net.evaluate(self._typed(inputs), self._which)

    def _typed(self, inputs: Inputs) -> Tensor:
        """Inputs as the net reads them."""
        return first_leaf(inputs).to(torch.int64 if self._tokens else self._dtype).contiguous()

    def observe(self, inputs_SB: Inputs, labels_KB: Tensor) -> None:
        """See `Backend.observe`. An update at rate 0, for there is no other pass in training mode."""
        kept = {name: tensor for name, tensor in self.tensors().items() if name in self._trained}
        state = self.state()
        self._do_step(inputs_SB, labels_KB, np.zeros((len(FIELDS), self.size)), 0)
        self.put(kept)
        for place, slot in enumerate(self._kind.slots):
            self._write_tensors(state[slot], place)

    def tensors(self) -> dict[str, Tensor]:
        """See `Backend.tensors`."""
        return {
            name: self._read_tensor(name, -1) if name in self._model.tensors else self._loose[name].clone()
            for name in self._shapes
        }

    def put(self, tensors: dict[str, Tensor]) -> None:
        """See `Backend.put`."""
        self._write_tensors(tensors, -1)
        self._loose |= {name: tensor.clone() for name, tensor in tensors.items() if name in self._loose}

    def evaluation_tensors(self) -> dict[str, Tensor]:
        """See `Backend.evaluation_tensors`: none of the compiled optimizers has any."""
        return {}

    def state(self) -> dict[str, dict[str, Tensor]]:
        """See `Backend.state`. Of a weight that no layer reads there is none but zeros."""
        return {
            slot: {name: self._read_tensor(name, place) for name in self._shapes if name in self._trained}
            for place, slot in enumerate(self._kind.slots)
        }

    def load(self, tensors: dict[str, Tensor], state: dict[str, dict[str, Tensor]], steps: int) -> None:  # noqa: ARG002
        """See `Backend.load`. Steps are not counted here: each is told its number."""
        self.put(tensors)
        for place, slot in enumerate(self._kind.slots):
            self._write_tensors(state[slot], place)

    def keep(self, rows: Sequence[int]) -> None:
        """See `Backend.keep`. The net is made again: lanes move together."""
        tensors, state = keep_rows(self.tensors(), rows), self.state()
        self._make_net([int(self._which[row]) for row in rows], tensors)
        self.load(tensors, {slot: keep_rows(held, rows) for slot, held in state.items()}, 0)

    def _read_tensor(self, name: str, slot: int) -> Tensor:
        into = torch.zeros(self.size, *self._shapes[name], dtype=self._dtype)
        if name in self._model.tensors:
            self._net.read(self._model.tensors[name], slot, into)
        return into

    def _write_tensors(self, tensors: dict[str, Tensor], slot: int) -> None:
        for name, place in self._model.tensors.items():
            if name in tensors:
                self._net.write(place, slot, tensors[name].to(self._dtype).contiguous())


def _check_next_token(task: Task) -> None:
    """Raise Unstackable unless the loss is that of the next token, every position alike."""
    if not isinstance(task.objective, NextToken):
        raise Unstackable(
            f"the loss of {type(task.objective).__name__} on tokens is not compiled; it is not run in lanes"
        )


def _loss_of(task: Task, outputs: int) -> int:
    """The number of the task's loss, as `LossKind` in native/lanes/loss.h. Raises Unstackable for any other."""
    objective, labels = task.objective, task.train.labels
    if (isinstance(objective, Classification) and objective.plain) or (not task.given_objective and task.loss is None):
        if task.classes is None or outputs < task.classes:
            raise Unstackable("the outputs are no classes; they are not run in lanes")
        return 0
    squares = isinstance(objective, Regression) or task.loss is F.mse_loss
    if squares and labels.is_floating_point() and math.prod(labels.shape[1:]) == outputs and _are_numbers(task):
        return 1
    name = "task's own loss" if task.given_objective is None else f"loss of {type(objective).__name__}"
    raise Unstackable(f"the {name} is not compiled; it is not run in lanes")


def _are_numbers(task: Task) -> bool:
    """Whether labels are one row of numbers an example; of a loss of the user's own (N,) would be broadcast."""
    return task.train.labels.ndim == 2 or isinstance(task.objective, Regression)
