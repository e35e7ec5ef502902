"""The loop and the grouped layout, their training passes compiled by `torch.compile` once for each shape of inputs.

Evaluation is not compiled: it would cost a compilation for each split. Dropout's masks are drawn before the program
runs, as a compiled one cannot draw what belongs to a seed.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...errors import Unstackable
from ...tasks import Inputs, call_model, leaves_of, map_inputs
from .._noise import KeyedDropout, Masks
from ._builder import Stacked
from ._grouped import Grouped, SeedGroup, TracedModel
from ._loop import Loop, global_state
from ._program import Program

_CODES: dict[object, CodeType] = {}  # of programs by what they are for; see `_with_own_code`


class _MaskRequest(NamedTuple):
    """What `Masks.mask` was asked for."""

    layer: str
    p: float
    shape: tuple[int, ...]
    dtype: torch.dtype
    device: torch.device
    call: int


class DrawnMasks:
    """Masks drawn before a program runs; while there are none, those of `noise`, and what is asked for is noted."""

    def __init__(self, noise: Masks) -> None:
        self.noise, self.round = noise, 0
        self.masks: dict[tuple[str, int], Tensor] | None = None
        self.asked: set[_MaskRequest] = set()

    def mask(
        self, layer: str, p: float, shape: Sequence[int], dtype: torch.dtype, device: torch.device, call: int = 0
    ) -> Tensor:
        """See `Noise.mask`."""
        if self.masks is None:
            self.asked.add(_MaskRequest(layer, p, tuple(shape), dtype, device, call))
            return self.noise.mask(layer, p, shape, dtype, device, call)
        return self.masks[layer, call]

    def draw(self, asked: set[_MaskRequest]) -> None:
        """Draw these for the next pass."""
        self.masks = {(one.layer, one.call): self.noise.mask(*one) for one in asked}


class CompiledProgram:
    """A program that runs compiled where gradients are wanted, and as it is elsewhere.

    run: the program, which has its masks from `masks`. weights: those it has gradients of. buffers: what it may change.
    kind: what the program is for; those of one kind may share what was compiled. settle: done after each pass.
    """

    def __init__(
        self,
        run: Program,
        masks: DrawnMasks,
        weights: Sequence[Tensor],
        buffers: Mapping[str, Tensor],
        kind: object,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self.run, self.masks, self.weights, self.settle = run, masks, list(weights), settle
        self.buffers = list(buffers.values())
        self.kind, self.compiled = kind, run
        self.asked: set[_MaskRequest] | None = None

    def __call__(self, inputs: Inputs) -> Tensor:
        """Raises Unstackable at the first inputs where `torch.compile` refuses, in its words."""
        if not torch.is_grad_enabled():
            return self._run_plain(inputs)
        if self.asked is None:
            self.asked = self._compile(inputs)
        return self._run_compiled(inputs, self.asked)

    def _run_plain(self, inputs: Inputs) -> Tensor:
        outputs = self.run(inputs)
        self.settle()
        return outputs

    def _run_compiled(self, inputs: Inputs, asked: set[_MaskRequest]) -> Tensor:
        self.masks.draw(asked)
        try:
            outputs = self.compiled(inputs)
        finally:
            self.masks.masks = None
        self.settle()
        return outputs

    def _compile(self, inputs: Inputs) -> set[_MaskRequest]:
        """A pass as it is, which says what masks are asked for, and a compiled one, there and back; neither counts."""
        changeable, device = [*self.weights, *self.buffers], leaves_of(inputs)[0].device
        kept = [tensor.detach().clone() for tensor in changeable]
        self.masks.asked, before = set(), global_state(device)
        with torch.no_grad():
            self._run_plain(map_inputs(Tensor.clone, inputs))
        if not torch.equal(before, global_state(device)):
            raise Unstackable(
                "the model draws from torch's global generator while it trains, and compiled it would draw other "
                "numbers; use nn.Dropout as a module, or a layout that is not compiled"
            )
        asked = self.masks.asked
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the compiler's own, which nobody here can do anything about
                self.compiled = torch.compile(_with_own_code(self.run, self.kind), dynamic=False)
                outputs = self._run_compiled(map_inputs(Tensor.clone, inputs), asked)
                torch.autograd.grad(outputs.sum(), self.weights, allow_unused=True)
        except Exception as error:  # whatever it is, the same pass went well without the compiler
            raise Unstackable(_explain_refusal(error)) from error
        for tensor, value in zip(changeable, kept, strict=True):
            tensor.data.copy_(value)  # .data: another trial's pass may wait for its way back, and was not changed
        return asked


class CompiledGrouped(Grouped):
    """The grouped layout, its training passes compiled. See `Layout`."""

    name = "grouped_compiled"

    def _make_group(self, traced: TracedModel, stacked: Stacked) -> SeedGroup:
        return _CompiledGroup(traced, stacked)


class _CompiledGroup(SeedGroup):
    def __init__(self, traced: TracedModel, stacked: Stacked) -> None:
        self.masks = DrawnMasks(stacked.noise)
        super().__init__(traced, replace(stacked, noise=self.masks))

    def make_program(self, inputs: Inputs, train: bool) -> Program:
        """See `SeedGroup.make_program`."""
        program = super().make_program(inputs, train)
        if not train:
            return program
        tensors = self.stacked.tensors
        weights = [tensor for tensor in tensors.values() if tensor.requires_grad]
        buffers = {name: tensor for name, tensor in tensors.items() if not tensor.requires_grad}
        kind = "grouped", _shapes_of(inputs), self.stacked.which, _shapes_of(tensors)
        return CompiledProgram(program, self.masks, weights, buffers, kind)


class CompiledLoop(Loop):
    """One model after the other, the training pass of each compiled. See `Layout`."""

    name = "loop_compiled"

    def _prepare(self) -> None:
        self._masks = DrawnMasks(self.noise)
        self._programs: dict[object, CompiledProgram] = {}
        self._dropouts = [[m for m in model.modules() if isinstance(m, KeyedDropout)] for model in self.models]
        for module in (module for dropouts in self._dropouts for module in dropouts):
            module.noise = self._masks

    def _call_one(self, k: int, inputs: Inputs, train: bool) -> Any:
        for module in self._dropouts[k]:
            module.begin()  # else how often it was used would be part of the program
        if not train:
            return super()._call_one(k, inputs, train)
        key = k, _shapes_of(inputs)
        if key not in self._programs:
            self._programs[key] = self._make_program(k, inputs)
        return self._programs[key](inputs)

    def _make_program(self, k: int, inputs: Inputs) -> CompiledProgram:
        model = self.models[k]
        weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
        buffers = {name: buffer[k] for name, buffer in self.buffers.items()}

        def run(inputs: Inputs) -> Tensor:
            return call_model(model, inputs)

        def settle() -> None:
            self._take_parameters(k)
            self._take_buffers(k)
            for module in self._dropouts[k]:
                module.begin()

        kind = "loop", type(model), _shapes_of(inputs), _shapes_of(self.parameters)
        return CompiledProgram(run, self._masks, weights, buffers, kind, settle)


def _shapes_of(tensors: Inputs | Mapping[str, Tensor]) -> tuple[object, ...]:
    return tuple((tensor.shape, tensor.dtype) for tensor in leaves_of(tensors))  # type: ignore[arg-type]


def _with_own_code(run: Program, kind: object) -> Program:
    """The same function with code of its own kind: torch counts compilations by code, and goes on without one at eight.

    Programs of one kind share the code, so that the next stack of the same shapes takes what was compiled.
    """
    assert isinstance(run, FunctionType)
    code = _CODES.setdefault((run.__code__, kind), run.__code__.replace(co_name=f"program_{len(_CODES)}"))
    return FunctionType(code, run.__globals__, f"program_{len(_CODES)}", run.__defaults__, run.__closure__)


def _explain_refusal(error: Exception) -> str:
    """What the compiler said, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else type(error).__name__
    return f"torch.compile does not take it: {said}; layouts that are not compiled take it"
