"""K models by `torch.func.vmap`: any module made of torch's operators, without control flow that looks at numbers."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from inspect import getattr_static
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.overrides import TorchFunctionMode

from ...errors import Unstackable
from ...tasks import Inputs, call_model, first_leaf, leaves_of, map_inputs
from .._noise import KeyedDropout, Noise
from ._base import check_weights, keep_rows, stack_state

Key = tuple[str, int]
OF_ITS_GRAPH = (  # what a tensor says of its graph: under vmap it is of another one, and nothing is differentiated
    *(Tensor.register_hook, Tensor.register_post_accumulate_grad_hook, Tensor.retain_grad, Tensor.backward),
    *(getattr_static(Tensor, name).__get__ for name in ("requires_grad", "grad_fn", "is_leaf", "grad")),
)


class _GraphWatch(TorchFunctionMode):
    """Raises Unstackable where a model's forward reads or changes how its tensors are differentiated."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in OF_ITS_GRAPH:
            owner = getattr(func, "__self__", None)
            name = getattr(owner, "__name__", None) or func.__name__
            raise Unstackable(f"forward reads or sets {name} of a tensor; layout 'loop' takes any module")
        return func(*args, **(kwargs or {}))


class _HandedMasks:
    """Masks handed in from outside, as nothing can be drawn inside vmap; without masks it notes what is asked."""

    def __init__(self) -> None:
        self.round = 0
        self.masks: dict[Key, Tensor] | None = None
        self.asked: dict[Key, tuple[float, tuple[int, ...], torch.dtype]] = {}

    def mask(
        self, layer: str, p: float, shape: Sequence[int], dtype: torch.dtype, device: torch.device, call: int = 0
    ) -> Tensor:
        """See `Noise.mask`; here of one trial."""
        if self.masks is None:
            self.asked[layer, call] = p, tuple(shape), dtype
            return torch.ones(1, *shape, dtype=dtype, device=device)
        return self.masks[layer, call][None].to(dtype)


def _call_functional(model: nn.Module, state: dict[str, Tensor], *inputs: Tensor, **named: Tensor) -> Any:
    return functional_call(model, state, inputs, named)


class Vmap:
    """One module, called on stacked weights. See `Layout`."""

    name = "vmap"

    def __init__(self, models: Sequence[nn.Module], which: Sequence[int], noise: Noise) -> None:
        check_weights(models[0])
        parameters, buffers = stack_state(models)
        self._handed = _HandedMasks()
        for module in models[0].modules():
            if isinstance(module, KeyedDropout):
                module.noise, module.row = self._handed, 0
        self._hold_model(models[0], which, noise, parameters, buffers)

    def _hold_model(
        self,
        model: nn.Module,
        which: Sequence[int],
        noise: Noise,
        parameters: dict[str, Tensor],
        buffers: dict[str, Tensor],
    ) -> None:
        self.model, self.which, self.noise = model, list(which), noise
        self.size, self.parameters, self.buffers = len(self.which), parameters, buffers
        self._pads = any(getattr(module, "padding_idx", None) is not None for module in model.modules())
        self._asked: dict[object, dict[Key, tuple[float, tuple[int, ...], torch.dtype]]] = {}
        self._watched: frozenset[bool] = frozenset()  # in which modes a forward was watched

    def forward(self, inputs: Inputs, train: bool) -> Tensor:
        """See `Layout.forward`."""
        if torch.is_autocast_enabled(first_leaf(inputs).device.type):  # torch would compute in float32 and say nothing
            raise Unstackable("vmap has no autocast, so no bfloat16; use layout 'grouped' or 'loop'")
        if self.model.training != train:
            self.model.train(train)
        masks = self._draw_masks(inputs) if train else {}
        shared = len(first_leaf(inputs)) == 1
        if train and not shared and self._pads:
            raise Unstackable(
                f"{type(self.model).__name__} has an embedding with padding_idx, whose gradient torch gets wrong under "
                "vmap where seeds read tokens of their own; layout 'loop' takes any module"
            )
        inputs = map_inputs(lambda leaf: leaf[0] if shared else leaf[self.which], inputs)
        self._handed.masks = masks
        self._handed.round += 1
        call = vmap(self._run_trial, in_dims=(0, 0, None if shared else 0, 0), randomness="error")
        watch, self._watched = nullcontext() if train in self._watched else _GraphWatch(), self._watched | {train}
        try:
            with watch:
                outputs, changed = call(self.parameters, self.buffers, inputs, masks)
        except RuntimeError as error:
            raise self._explain_refusal(error) from error
        with torch.no_grad():
            for name, tensor in changed.items():
                self.buffers[name].copy_(tensor)
        return outputs

    def _run_trial(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], inputs: Inputs, masks: dict[Key, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """One trial's outputs, and the buffers the module put in the place of the old ones."""
        self._handed.masks = masks
        state = {**parameters, **buffers}
        outputs = call_model(partial(_call_functional, self.model, state), inputs)
        return outputs, {name: state[name] for name, buffer in buffers.items() if state[name] is not buffer}

    def _draw_masks(self, inputs: Inputs) -> dict[Key, Tensor]:
        """Each trial's masks, by layer and call: (K, *shape)."""
        asked = self._dry_run(inputs)
        return {
            (layer, call): self.noise.mask(layer, p, shape, dtype, first_leaf(inputs).device, call)[self.which]
            for (layer, call), (p, shape, dtype) in asked.items()
        }

    def _dry_run(self, inputs: Inputs) -> dict[Key, tuple[float, tuple[int, ...], torch.dtype]]:
        """Which masks the module asks for at inputs of this shape; found by running trial 0 once, on copies."""
        key = tuple((leaf.shape[1:], leaf.dtype) for leaf in leaves_of(inputs))
        if key not in self._asked:
            self._handed.masks, self._handed.asked = None, {}
            self._handed.round += 1
            state = {name: tensor[0].detach().clone() for name, tensor in (self.parameters | self.buffers).items()}
            for name in self.parameters:
                state[name].requires_grad_()
            call_model(partial(_call_functional, self.model, state), map_inputs(lambda leaf: leaf[0].clone(), inputs))
            self._asked[key] = self._handed.asked
        return self._asked[key]

    def _explain_refusal(self, error: RuntimeError) -> Exception:
        """What torch says of a module vmap cannot run, as Unstackable; any other error as it is."""
        text, name = str(error).split("\n")[0], type(self.model).__name__
        if "randomness" in text:
            return Unstackable(
                f"{name} draws from torch's global generator while it trains (functional dropout, AlphaDropout, rand): "
                "such draws belong to no seed; use nn.Dropout as a module, or layout 'reference'"
            )
        if any(sign in text for sign in ("vmap", "functorch", "data-dependent", "have storage", "Batching rule")):
            return Unstackable(f"{name} cannot run under vmap ({text}); layout 'loop' takes any module")
        return error

    def gradients(self) -> dict[str, Tensor]:
        """See `Layout.gradients`."""
        return {name: torch.zeros_like(p) if p.grad is None else p.grad for name, p in self.parameters.items()}

    def idle(self) -> dict[str, list[int]]:
        """See `Layout.idle`: of no trial or of all."""
        return {name: list(range(self.size)) for name, p in self.parameters.items() if p.grad is None}

    def clear(self) -> None:
        """See `Layout.clear`."""
        for parameter in self.parameters.values():
            parameter.grad = None

    def keep(self, rows: Sequence[int]) -> "Vmap":
        """See `Layout.keep`."""
        kept = Vmap.__new__(Vmap)
        kept._handed = self._handed
        parameters, buffers = keep_rows(self.parameters, rows), keep_rows(self.buffers, rows)
        kept._hold_model(self.model, [self.which[row] for row in rows], self.noise, parameters, buffers)
        return kept
