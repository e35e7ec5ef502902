"""The first update of a stack, compared with that of plain modules: code that no layout can see shows in its numbers.

It costs a pass there and back of one or two trials, once for each stack.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..errors import Unstackable
from ..spec import Trial
from ..tasks import Inputs, Task, call_model, first_leaf, map_inputs, take_examples
from ._measure import loss_of
from ._noise import KeyedDropout, Noise
from ._parts import parts_of_update
from ._precision import rounding

OF_CLASSES = ("grouped", "vmap", "grouped_compiled")  # layouts that do not run the K modules themselves
ENOUGH = {"float64": 1e-6, "float32": 2e-2, "bfloat16": 2e-1}  # what differs by less is rounding, in any network
ROUNDING = {"float64": 2.0**-52, "float32": 2.0**-23, "bfloat16": 2.0**-8}
# Of gradients: in float32 those of deep networks under batch norm differ by 0.04 in two orders of the same sums.
ENOUGH_OF_GRADIENTS = {"float64": 1e-6, "float32": 0.25, "bfloat16": 0.3}
ITS_OWN = 10  # times as much as the plain loop differs from itself, moved by one unit in the last place
LEAST = 0.01  # the length of outputs and statistics up to which they are compared as they are, not relative to it
SMALL = 0.01  # of all gradients together, times ENOUGH: gradients below are zero but for rounding


class Pass(NamedTuple):
    """What an update gives before the optimizer's step, of one trial: outputs, gradients and other tensors by name."""

    outputs: Tensor
    gradients: Mapping[str, Tensor]
    tensors: Mapping[str, Tensor]


class SeenUpdate:
    """What a stack gives in its first update."""

    def __init__(self) -> None:
        self.outputs, self.gradients, self.tensors = list[Tensor](), dict[str, Tensor](), dict[str, Tensor]()

    def take(self, outputs: Sequence[Tensor], gradients: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
        """Outputs (K, B, ...) of each batch, gradients and tensors (K, ...) by name."""
        self.outputs, self.gradients, self.tensors = list(outputs), dict(gradients), dict(tensors)

    def of_trial(self, row: int) -> Pass:
        """Of one trial."""
        parts = {name: tensor[row] for name, tensor in self.gradients.items()}
        outputs = torch.cat([part[row] for part in self.outputs]).detach()
        return Pass(outputs, parts, {name: tensor[row] for name, tensor in self.tensors.items()})


class FirstUpdate:
    """The first module of a stack, and the last where it is of another seed, trained plainly for one update.

    models: as the layout was given them; it may take their weights, not change what they compute.
    """

    def __init__(
        self, models: Sequence[nn.Module], which: Sequence[int], noise: Noise, task: Task, trial: Trial
    ) -> None:
        rows = [0] if which[0] == which[-1] else [0, len(models) - 1]  # modules of one seed are alike
        self.models = {row: models[row] for row in rows}
        self.which, self.noise, self.task, self.trial = list(which), noise, task, trial
        self.enough = ENOUGH[trial.precision], ENOUGH_OF_GRADIENTS[trial.precision]
        self.unit = ROUNDING[trial.precision]

    @contextmanager
    def compared(self, before: Mapping[str, Tensor], inputs_SB: Inputs, labels_KB: Tensor) -> Iterator[SeenUpdate]:
        """While the stack makes its update, without the step. before: its tensors (K, ...), which are copied.

        Raises Unstackable where the plain modules give other numbers, or none of the stack's errors.
        """
        state = {row: {name: tensor[row].detach().clone() for name, tensor in before.items()} for row in self.models}
        given = {row: (self._inputs_of(inputs_SB, row), labels_KB[row]) for row in self.models}
        seen = SeenUpdate()
        try:
            yield seen
        except Exception as error:
            if not isinstance(error, Unstackable) and "memory" not in f"{type(error).__name__} {error}".lower():
                self._explain_error(error, state, *given[0])
            raise
        for row in self.models:
            self._compare(seen.of_trial(row), row, state[row], *given[row])

    def _inputs_of(self, inputs_SB: Inputs, row: int) -> Inputs:
        place = 0 if len(first_leaf(inputs_SB)) == 1 else self.which[row]
        return map_inputs(Tensor.clone, take_examples(inputs_SB, place))

    def _explain_error(
        self, error: Exception, state: dict[int, dict[str, Tensor]], inputs: Inputs, labels: Tensor
    ) -> None:
        """Raise Unstackable where the plain module does what the stack could not; else the error is the model's own."""
        try:
            self._train_alone(0, state[0], inputs, labels)
        except Exception:
            return
        text, name = str(error).split("\n")[0], type(self.models[0]).__name__
        raise Unstackable(f"{name} runs alone, and not in a stack ({text}); layout 'loop' takes any module") from error

    def _compare(self, seen: Pass, row: int, state: dict[str, Tensor], inputs: Inputs, labels: Tensor) -> None:
        plain = self._train_alone(row, state, inputs, labels)
        found = _differences(seen, plain, self.enough)
        if not found:
            return
        moved = {name: _moved(tensor, self.unit) for name, tensor in state.items()}
        other = self._train_alone(row, moved, map_inputs(lambda leaf: _moved(leaf, self.unit), inputs), labels)
        own = _sizes(other, plain)
        for what, size in found.items():
            if not size <= ITS_OWN * own.get(what, 0.0):
                raise Unstackable(
                    f"{type(self.models[row]).__name__} computes other numbers than the stack made of it: {what} of "
                    f"the first update differ by {size:.2g}; layout 'loop' takes any module"
                )

    def _train_alone(self, row: int, state: dict[str, Tensor], inputs: Inputs, labels: Tensor) -> Pass:
        """The update of the plain module, as the reference loop makes it, from this state."""
        model, many, outputs = self.models[row], self.trial.optimizer.accumulate, list[Tensor]()
        own = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        for name, tensor in own.items():
            tensor.data.copy_(state[name])
        start = self.noise.t // many * many
        with torch.enable_grad(), _keyed(model, self.noise, self.which[row]):
            model.train()
            for part in parts_of_update(inputs, labels, many):
                if many > 1:
                    self.noise.t = start + part.number
                self.noise.begin()
                with rounding(self.trial.precision, labels.device):
                    outputs.append(call_model(model, map_inputs(Tensor.clone, part.inputs)))
                    loss = loss_of(self.task, outputs[-1], part.labels)
                (loss / many).backward()
        gradients = dict[str, Tensor]()
        for name, parameter in model.named_parameters():
            gradients[name] = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            parameter.grad = None
        after = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        tensors = {name: tensor.detach().clone() for name, tensor in after.items()}
        return Pass(torch.cat(outputs).detach(), gradients, tensors)


@contextmanager
def _keyed(model: nn.Module, noise: Noise, row: int) -> Iterator[None]:
    """Dropout of the model with the masks of this seed, as the plain loop has it; after it, as it was."""
    dropouts = [module for module in model.modules() if isinstance(module, KeyedDropout)]
    before = [(module.noise, module.row) for module in dropouts]
    for module in dropouts:
        module.noise, module.row = noise, row
    try:
        yield
    finally:
        for module, (noise_before, row_before) in zip(dropouts, before, strict=True):
            module.noise, module.row = noise_before, row_before
            module.begin()


def _moved(tensor: Tensor, unit: float) -> Tensor:
    """The values, every other one larger by one unit in the last place."""
    if not tensor.is_floating_point():
        return tensor
    odd = torch.arange(tensor.numel(), device=tensor.device).view(tensor.shape) % 2
    return tensor * (1 + 2 * unit * odd.to(tensor.dtype))


def _sizes(one: Pass, plain: Pass) -> dict[str, float]:
    """How far the parts of two passes lie apart, relative to the second, by their names in errors."""
    return _differences(one, plain, (0.0, 0.0))


def _differences(seen: Pass, plain: Pass, enough: tuple[float, float]) -> dict[str, float]:
    """The parts that differ by more than is enough, and by how much, relative to the plain ones; none of NaN.

    enough: of outputs and tensors, and of gradients.
    """
    whole = sum(float(gradient.double().square().sum()) for gradient in plain.gradients.values()) ** 0.5
    of_tensors, of_gradients = enough
    parts = [("the outputs", seen.outputs, plain.outputs, LEAST, of_tensors)]
    parts += [
        (f"the gradients of {name}", g, plain.gradients[name], SMALL * whole, of_gradients)
        for name, g in seen.gradients.items()
    ]
    parts += [
        (f"{name} after the forward pass", t, plain.tensors[name], LEAST, of_tensors)
        for name, t in seen.tensors.items()
    ]
    found = {}
    for what, one, other, least, most in parts:
        size = _relative(one, other, least)
        if not size <= most:
            found[what] = size
    return found


def _relative(one: Tensor, other: Tensor, least: float) -> float:
    """The distance of two tensors by the length of the second, or this least length; 0 where that is not finite."""
    if one.shape != other.shape:
        return float("inf")
    length = float(other.double().norm())
    if not length < float("inf"):
        return 0.0
    return float((one.double() - other.double()).norm()) / max(length, least, 1e-300)
