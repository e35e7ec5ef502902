"""One model after the other, for any module. Weights and buffers are views of stacked tensors: no copies."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ...errors import Unstackable
from ...tasks import Inputs, call_model, first_leaf, map_inputs, take_examples
from .._noise import KeyedDropout, Noise
from ._base import first_names, keep_rows, stack_state


class _Placed(NamedTuple):
    """A module's parameter, the row of the stacked tensor in which it lies, and where that is in memory."""

    parameter: nn.Parameter
    view: Tensor
    pointer: int
    name: str


class Loop:
    """K modules, run one by one. See `Layout`."""

    name = "loop"

    def __init__(self, models: Sequence[nn.Module], which: Sequence[int], noise: Noise) -> None:
        parameters, buffers = stack_state(models)
        self._hold_models(models, which, noise, parameters, buffers)

    def _hold_models(
        self,
        models: Sequence[nn.Module],
        which: Sequence[int],
        noise: Noise,
        parameters: dict[str, Tensor],
        buffers: dict[str, Tensor],
    ) -> None:
        self.models, self.which, self.noise = list(models), list(which), noise
        self.size, self.parameters, self.buffers = len(self.models), parameters, buffers
        self._place_buffers: list[list[tuple[nn.Module, str, Tensor]]] = []
        self._placed: list[list[_Placed]] = []
        self._trained: dict[str, list[nn.Parameter]] = {name: [] for name in parameters}
        for k, model in enumerate(self.models):
            self._placed.append(self._share_parameters(model, k))
            for placed in self._placed[-1]:
                if placed.name in parameters:
                    self._trained[placed.name].append(placed.parameter)
            self._place_buffers.append(_place_buffers(model, {name: buffer[k] for name, buffer in buffers.items()}))
            for module in model.modules():
                if isinstance(module, KeyedDropout):
                    module.noise, module.row = noise, self.which[k]
        self._prepare()

    def _prepare(self) -> None:
        """What another layout adds once the models are held."""

    def _share_parameters(self, model: nn.Module, k: int) -> list[_Placed]:
        """The module's parameters become views of row k. Where each of them lies."""
        placed = []
        for name, parameter in model.named_parameters():
            view = (self.parameters if name in self.parameters else self.buffers)[name].detach()[k]
            parameter.data = view
            parameter.grad = None
            placed.append(_Placed(parameter, view, view.data_ptr(), name))
        return placed

    def forward(self, inputs: Inputs, train: bool) -> Tensor:
        """See `Layout.forward`."""
        self.noise.begin()
        first = first_leaf(inputs)
        device, shared = first.device, len(first) == 1
        # One trial alone draws as the plain loop does; of several, each would move the draws of the next.
        before = global_state(device) if train and self.size > 1 else None
        outputs = [
            self._run_one(k, take_examples(inputs, 0 if shared else row), train) for k, row in enumerate(self.which)
        ]
        if before is not None and not torch.equal(before, global_state(device)):
            raise Unstackable(
                f"{type(self.models[0]).__name__} draws from torch's global generator while it trains (functional "
                "dropout, AlphaDropout, rand): such draws belong to no seed; use nn.Dropout as a module, or layout "
                "'reference'"
            )
        return torch.stack(outputs)

    def _run_one(self, k: int, inputs: Inputs, train: bool) -> Tensor:
        model = self.models[k]
        if model.training != train:
            model.train(train)
        # Of several, each has inputs of its own: the first may change them in place.
        outputs = self._call_one(k, map_inputs(Tensor.clone, inputs) if self.size > 1 else inputs, train)
        self._take_parameters(k)
        self._take_buffers(k)
        return outputs

    def _call_one(self, k: int, inputs: Inputs, train: bool) -> Tensor:  # noqa: ARG002  another layout asks
        return call_model(self.models[k], inputs)

    def _take_parameters(self, k: int) -> None:
        """What the model put in the place of its weights, as `self.weight.data = ...` does, into the stacked ones."""
        for parameter, view, pointer, name in self._placed[k]:
            if parameter.data_ptr() != pointer:
                _refill(view, parameter.detach(), f"parameter {name}")
                parameter.data = view

    def _take_buffers(self, k: int) -> None:
        """What the model put in the place of its buffers, into the stacked ones."""
        for module, name, view in self._place_buffers[k]:
            changed = module._buffers[name]
            if changed is not view:  # the module put a new tensor in the buffer's place
                _refill(view, changed, f"buffer {name}")
                module._buffers[name] = view

    def gradients(self) -> dict[str, Tensor]:
        """See `Layout.gradients`."""
        return {name: _stack_gradients(parts) for name, parts in self._trained.items()}

    def idle(self) -> dict[str, list[int]]:
        """See `Layout.idle`."""
        missing = {name: parts for name, parts in self._trained.items() if any(part.grad is None for part in parts)}
        return {name: [k for k, part in enumerate(parts) if part.grad is None] for name, parts in missing.items()}

    def clear(self) -> None:
        """See `Layout.clear`. Without gradients it is seen which weights the next update uses."""
        for parts in self._trained.values():
            for part in parts:
                part.grad = None

    def keep(self, rows: Sequence[int]) -> "Loop":
        """See `Layout.keep`."""
        kept = type(self).__new__(type(self))
        models, which = [self.models[row] for row in rows], [self.which[row] for row in rows]
        kept._hold_models(models, which, self.noise, keep_rows(self.parameters, rows), keep_rows(self.buffers, rows))
        return kept


def _stack_gradients(parts: Sequence[nn.Parameter]) -> Tensor:
    """The gradients of all trials as one tensor (K, ...); of one alone without a copy."""
    gradients = [torch.zeros_like(part) if part.grad is None else part.grad for part in parts]
    dense = [gradient if gradient.layout is torch.strided else gradient.to_dense() for gradient in gradients]
    return dense[0][None] if len(dense) == 1 else torch.stack(dense)


def _place_buffers(model: nn.Module, views: dict[str, Tensor]) -> list[tuple[nn.Module, str, Tensor]]:
    """Put the views in the place of the model's buffers; where each of them lies."""
    slots = []
    for name, first in first_names(model).items():
        path, _, attribute = name.rpartition(".")
        module = model.get_submodule(path)
        if attribute in module._buffers:
            module._buffers[attribute] = views[first]
            slots.append((module, attribute, views[first]))
    return slots


def _refill(view: Tensor, changed: Tensor | None, what: str) -> None:
    if changed is None or changed.shape != view.shape or changed.dtype != view.dtype:
        raise Unstackable(f"{what} changes its shape or type while the model runs; use layout 'reference'")
    with torch.no_grad():
        view.copy_(changed)


def global_state(device: torch.device) -> Tensor:
    """The state of the generator that draws without a seed of ours come from."""
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()
