"""What a layout is: K models of one architecture, their weights stacked, run together."""

from collections.abc import Sequence
from inspect import getattr_static
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.modules import module as torch_module

from ...errors import Unstackable
from ...tasks import Inputs, named_tensors

_PLAIN = Tensor.__torch_function__.__func__
_UNDISPATCHED = getattr_static(Tensor, "__torch_dispatch__")


class Layout(Protocol):
    """K models as one. No operation mixes trials: NaN in one changes no bit of another.

    name: "grouped", "vmap" or "loop". size: K. parameters: the trainable ones, (K, *shape) each, contiguous, changed in
    place by the optimizer under no_grad. buffers: (K, *shape) each: running statistics and frozen parameters.
    """

    name: str
    size: int
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]

    def forward(self, inputs: Inputs, train: bool) -> Tensor:
        """Outputs (K, B, ...) of inputs (S, B, ...): S = 1 is shared, else trial k reads inputs[which[k]].

        Of a tuple or dict of tensors each.
        Raises Unstackable, at the first inputs of a shape, for what only the shape shows.
        """
        ...

    def gradients(self) -> dict[str, Tensor]:
        """After backward, by parameter name, (K, *shape) each; zero where a parameter had no part in the loss."""
        ...

    def idle(self) -> dict[str, list[int]]:
        """After backward, the parameters that had no part in the loss of a trial, and which trials: mostly none."""
        ...

    def clear(self) -> None:
        """Forget the gradients."""
        ...

    def keep(self, rows: Sequence[int]) -> "Layout":
        """The layout of these trials alone, weights and buffers as they are. The old layout is spent."""
        ...


def stack_state(models: Sequence[nn.Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Parameters and buffers of K models, (K, *shape) each, copied. Frozen parameters count as buffers.

    A tensor of two names has the first alone. Raises Unstackable where the models differ.
    """
    first = named_tensors(models[0])
    others = [named_tensors(model) for model in models]
    for k, other in enumerate(others):
        wrong = sorted(first.keys() ^ other.keys())
        wrong += [name for name in first if name in other and _tensor_kind(first[name]) != _tensor_kind(other[name])]
        if wrong:
            text = f"{wrong[0]} of trial {k} is not as in trial 0; trials of one stack need one architecture"
            raise Unstackable(text, wrong[0].rpartition(".")[0])
    with torch.no_grad():
        stacked = {name: torch.stack([other[name].detach() for other in others]).contiguous() for name in first}
    trained = {name for name, tensor in first.items() if tensor.requires_grad}
    parameters = {name: tensor.requires_grad_() for name, tensor in stacked.items() if name in trained}
    return parameters, {name: tensor for name, tensor in stacked.items() if name not in trained}


def check_weights(model: nn.Module) -> None:
    """Raise Unstackable where a weight has hooks, or a class, of its own: stacked ones have none.

    Hooks of layers on their gradients likewise: they lie on tensors that are not those that are differentiated.
    """
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        layer = name.rpartition(".")[0]
        if tensor._backward_hooks or tensor._post_accumulate_grad_hooks:
            raise Unstackable(f"parameter {name} has hooks on its gradient; layout 'loop' takes any module", layer)
        if _has_own_functions(type(tensor)):
            kind = type(tensor).__name__
            raise Unstackable(f"{name} is a {kind}, with functions of its own; layout 'loop' takes any module", layer)
    for name, module in model.named_modules():
        if module._backward_hooks or module._backward_pre_hooks:
            place = f"layer {name}" if name else type(model).__name__
            raise Unstackable(f"{place} has hooks on its gradient; layout 'loop' takes any module", name)
    if torch_module._global_backward_hooks or torch_module._global_backward_pre_hooks:
        raise Unstackable("torch has hooks on the gradients of all modules; layout 'loop' takes any module")


def _has_own_functions(kind: type[Tensor]) -> bool:
    """Whether torch's functions do on tensors of a class what the class says."""
    given = kind.__torch_function__
    plain = given is nn.Parameter.__torch_function__ or getattr(given, "__func__", None) is _PLAIN
    return not plain or getattr_static(kind, "__torch_dispatch__") is not _UNDISPATCHED


def keep_rows(state: dict[str, Tensor], rows: Sequence[int]) -> dict[str, Tensor]:
    """The state of these trials alone, copied."""
    with torch.no_grad():
        return {name: tensor[list(rows)].requires_grad_(tensor.requires_grad) for name, tensor in state.items()}


def first_names(model: nn.Module) -> dict[str, str]:
    """Every name of the model's tensors, and the one it has in the stacked state: a tied tensor has several."""
    first: dict[Tensor, str] = {}
    names = {}
    for named in (model.named_parameters(remove_duplicate=False), model.named_buffers(remove_duplicate=False)):
        for name, tensor in named:
            names[name] = first.setdefault(tensor, name)
    return names


def _tensor_kind(tensor: Tensor) -> tuple[object, ...]:
    return tensor.shape, tensor.dtype, tensor.requires_grad
