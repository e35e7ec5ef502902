"""Tracing with the shape of the inputs known: `x.size(1)` is a number, so that a model's code may look at it."""

import operator
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.func import functional_call
from torch.fx.node import map_arg
from torch.utils._pytree import tree_map

from ...tasks import Inputs, map_inputs

SEEN = "seen"  # in a node's notes: what it gives in the plain model, tensors without numbers


class ShapedProxy(fx.Proxy):
    """A value of which all but the numbers is known."""

    @property
    def seen(self) -> Any:
        """What it is in the plain model."""
        return self.node.meta[SEEN]

    @property
    def shape(self) -> torch.Size:
        """As a tensor's."""
        return self.seen.shape

    @property
    def ndim(self) -> int:
        """As a tensor's."""
        return self.seen.ndim

    @property
    def dtype(self) -> torch.dtype:
        """As a tensor's."""
        return self.seen.dtype

    @property
    def device(self) -> torch.device:
        """Where the inputs lie."""
        return self.tracer.device  # type: ignore[attr-defined]

    def size(self, dim: int | None = None) -> Any:
        """As a tensor's."""
        return self.seen.shape if dim is None else self.seen.shape[dim]

    def dim(self) -> int:
        """As a tensor's."""
        return self.seen.ndim

    def numel(self) -> int:
        """As a tensor's."""
        return self.seen.numel()

    def is_floating_point(self) -> bool:
        """As a tensor's."""
        return self.seen.is_floating_point()

    def __len__(self) -> int:
        return len(self.seen)

    def __iter__(self) -> Iterator[fx.Proxy]:
        return iter([operator.getitem(self, place) for place in range(len(self.seen))])  # type: ignore[call-overload]


class Observer:
    """Finds what each node of a graph gives, as the graph grows.

    model: its layers and tensors. inputs: (B, ...), one or several; shapes count, and which are whole numbers.
    busy: while it looks, when the model's layers are called in earnest.
    """

    def __init__(self, model: nn.Module, inputs: Inputs) -> None:
        own = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
        self.model, self.tensors = model, dict(own)
        kind = next((tensor.dtype for tensor in self.tensors.values() if tensor.is_floating_point()), torch.float32)

        def without_numbers(leaf: Tensor) -> Tensor:
            return torch.empty(leaf.shape, dtype=kind if leaf.is_floating_point() else leaf.dtype, device="meta")

        self.inputs: Inputs = map_inputs(without_numbers, inputs)
        self.busy = False

    def note(self, node: fx.Node) -> None:
        """Note what this node gives. Those that it reads were noted before."""
        before, self.busy = self.busy, True
        fast = torch.backends.mha.get_fastpath_enabled()
        torch.backends.mha.set_fastpath_enabled(False)  # its kernels know no tensors without numbers
        try:
            with torch.no_grad():
                node.meta[SEEN] = self._find_value(node)
        finally:
            self.busy = before
            torch.backends.mha.set_fastpath_enabled(fast)

    def _find_value(self, node: fx.Node) -> Any:
        if node.op == "placeholder":
            return leaf_for(self.inputs, node)
        if node.op == "get_attr":
            name = str(node.target)
            return _without_numbers(self.tensors[name] if name in self.tensors else vars(self.model)[name])
        args, kwargs = map_arg((node.args, node.kwargs), self._value_of)
        if node.op == "call_module":
            return _call_layer(self.model.get_submodule(str(node.target)), args, kwargs)
        if node.op == "call_method":
            return getattr(args[0], str(node.target))(*args[1:], **kwargs)
        args, kwargs = tree_map(_without_numbers, (args, kwargs))
        return node.target(*args, **kwargs)  # type: ignore[operator]

    def _value_of(self, node: fx.Node) -> Any:
        if SEEN not in node.meta:  # a tensor that the model's code made itself
            self.note(node)
        return node.meta[SEEN]


def leaf_for(inputs: Inputs, node: fx.Node) -> Tensor | None:
    """Which of several inputs a placeholder of the graph is; None of an argument that is left out."""
    if isinstance(inputs, dict):
        return inputs.get(str(node.target))
    place = [other for other in node.graph.nodes if other.op == "placeholder"].index(node)
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    return given[place] if place < len(given) else None


def _call_layer(layer: nn.Module, args: Any, kwargs: Any) -> Any:
    """What a layer gives, with tensors without numbers in it; in evaluation, so that nothing is drawn."""
    if isinstance(layer, nn.TransformerEncoder):  # it looks at the numbers of its mask
        return torch.empty_like(args[0])
    named = [*layer.named_parameters(remove_duplicate=False), *layer.named_buffers(remove_duplicate=False)]
    modes = [(module, module.training) for module in layer.modules()]
    try:
        layer.eval()
        return functional_call(layer, {name: _without_numbers(t) for name, t in named}, args, kwargs, tie_weights=False)
    finally:
        for module, mode in modes:
            module.training = mode


def _without_numbers(value: Any) -> Any:
    return torch.empty_like(value, device="meta") if isinstance(value, Tensor) else value
