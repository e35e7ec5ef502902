"""Stacked counterparts of the functions, operators and tensor methods a model's `forward` calls."""

import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ._builder import Builder, Operation, refuse, shifted
from ._modules import Handler, identity, relu, reshape
from ._packing import BATCH, CHANNELS, SHARED, PackedValue


def unary(function: Callable[..., Any]) -> Handler:
    """A function of each element, with numbers for its other arguments."""

    def handler(b: Builder, op: Operation, x: PackedValue, *numbers: Any, **options: Any) -> PackedValue:
        options.pop("inplace", None)  # never in place: a packed value may be seen by several trials
        numbers = tuple(number for number in numbers if not isinstance(number, bool))
        if not isinstance(x, PackedValue) or any(
            isinstance(number, PackedValue) for number in (*numbers, *options.values())
        ):
            refuse(op.where, "is called in a way not known here")
        return b.add(lambda x: function(x, *numbers, **options), x, shape=op.shape)

    return handler


def binary(function: Callable[..., Any]) -> Handler:
    """An operator between two values, or a value and a number on either side."""

    def handler(b: Builder, op: Operation, x: Any, y: Any, **options: Any) -> PackedValue:
        if isinstance(x, PackedValue) and isinstance(y, PackedValue):
            if len(x.shape) != len(y.shape) or x.shape[0] != y.shape[0]:
                refuse(op.where, f"broadcasts {y.shape} against {x.shape}")
            x, y = b.alike([x, y])
            return b.add(lambda x, y: function(x, y, **options), x, y, shape=op.shape, fresh=function in ADDITIONS)
        if isinstance(x, PackedValue):
            return b.add(lambda x: function(x, y, **options), x, shape=op.shape)
        return b.add(lambda y: function(x, y, **options), y, shape=op.shape)

    return handler


def per_channel(function: Callable[..., Tensor], dims: int) -> Handler:
    """A function that treats every channel alone, on values of `dims` dimensions."""

    def handler(b: Builder, op: Operation, x: PackedValue, *args: Any, **options: Any) -> PackedValue:
        if len(x.shape) != dims:
            refuse(op.where, f"is given {len(x.shape)} dimensions {x.shape}, not {dims}")
        if options.get("return_indices"):
            refuse(op.where, "returns indices")
        x = x if x.packing == SHARED else b.packed(x, CHANNELS)
        return b.add(lambda x: function(x, *args, **options), x, shape=op.shape)

    return handler


def reduction(function: Callable[..., Tensor]) -> Handler:
    """A mean or sum over dimensions of each example."""

    def handler(b: Builder, op: Operation, x: PackedValue, dim: Any = None, keepdim: bool = False) -> PackedValue:
        if dim is None:
            refuse(op.where, "works across the examples of a batch")
        every = [dim] if isinstance(dim, int) else list(dim)
        moved = [shifted(d, len(x.shape), op.where) for d in every]
        if x.packing == SHARED or (x.packing == CHANNELS and min(moved) > 2):  # the channels stay as they are
            plain = [d - 1 for d in moved]
            return b.add(lambda x: function(x, plain, keepdim), x, shape=op.shape)
        return b.add(lambda x: function(x, moved, keepdim), b.packed(x, BATCH), shape=op.shape)

    return handler


def along(function: Callable[..., Tensor]) -> Handler:
    """Softmax or its logarithm along one dimension of each example."""

    def handler(b: Builder, op: Operation, x: PackedValue, dim: int | None = None, **options: Any) -> PackedValue:
        if dim is None or set(options) - {"_stacklevel", "dtype"} or options.get("dtype") is not None:
            refuse(op.where, "is called in a way not known here")
        moved = shifted(dim, len(x.shape), op.where)
        return b.add(lambda x: function(x, moved), b.packed(x, BATCH), shape=op.shape)

    return handler


def cat(b: Builder, op: Operation, tensors: Any, dim: int = 0) -> PackedValue:
    """Concatenation of each trial's own."""
    moved = shifted(dim, len(op.shape), op.where)
    packings = {value.packing for value in tensors}
    packing = CHANNELS if CHANNELS in packings else BATCH if BATCH in packings else SHARED
    values = [b.packed(value, packing) for value in tensors]
    if packing != CHANNELS or moved > 2:
        plain = moved if packing == BATCH else moved - 1
        return b.add(lambda *x: torch.cat(x, plain), *values, shape=op.shape)
    size = b.size

    def step(*x: Tensor) -> Tensor:
        # Channels at the end, as channels-last memory has them: one copy, and the result is channels-last.
        last = [part.movedim(1, -1) for part in x]
        joined = torch.cat([part.view(*part.shape[:-1], size, -1) for part in last], -1)
        return joined.flatten(-2).movedim(-1, 1)

    return b.add(step, *values, shape=op.shape)


ADDITIONS = (operator.add, torch.add)
RELU = (F.relu, torch.relu, F.relu_, torch.relu_)
RANDOM = (F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout, F.rrelu)
SIZES = (getattr, operator.getitem, operator.floordiv)  # numbers made of shapes; of values they are refused


def _build_relu(b: Builder, op: Operation, x: PackedValue, inplace: bool = False) -> PackedValue:  # noqa: ARG001
    return relu(b, op, x)


def _build_reshape(b: Builder, op: Operation, x: PackedValue, *shape: Any, **options: Any) -> PackedValue:  # noqa: ARG001
    return reshape(b, op, x)


def _build_contiguous(b: Builder, op: Operation, x: PackedValue, **options: Any) -> PackedValue:  # noqa: ARG001
    return identity(b, op, x)


UNARY: tuple[Callable[..., Any], ...] = (
    *(F.relu6, F.leaky_relu, F.elu, F.celu, F.selu, F.gelu, F.silu, F.mish, F.softplus, F.softsign, F.logsigmoid),
    *(F.tanhshrink, F.hardtanh, F.hardsigmoid, F.hardswish, F.hardshrink, F.softshrink, F.threshold),
    *(torch.tanh, F.tanh, torch.sigmoid, F.sigmoid, torch.exp, torch.abs, torch.sqrt, torch.square, torch.clamp),
    *(torch.pow, operator.pow, operator.neg, torch.neg),
)
_BINARY: tuple[Callable[..., Any], ...] = (
    *(operator.add, torch.add, operator.sub, torch.sub, operator.mul, torch.mul, operator.truediv, torch.div),
    *(torch.maximum, torch.minimum),
)
FUNCTIONS: dict[Any, Handler] = {
    **{function: unary(function) for function in UNARY},
    **{function: binary(function) for function in _BINARY},
    operator.iadd: binary(operator.add),
    operator.isub: binary(operator.sub),
    operator.imul: binary(operator.mul),
    operator.itruediv: binary(operator.truediv),
    **dict.fromkeys(RELU, _build_relu),
    **dict.fromkeys((torch.flatten, torch.reshape, torch.squeeze, torch.unsqueeze), _build_reshape),
    **{function: per_channel(function, 4) for function in (F.max_pool2d, F.avg_pool2d, torch.max_pool2d)},
    **{function: per_channel(function, 4) for function in (F.adaptive_avg_pool2d, F.adaptive_max_pool2d)},
    **{function: reduction(function) for function in (torch.mean, torch.sum, torch.amax, torch.amin)},
    **{function: along(torch.softmax) for function in (F.softmax, torch.softmax)},
    **{function: along(torch.log_softmax) for function in (F.log_softmax, torch.log_softmax)},
    **dict.fromkeys((torch.cat, torch.concat), cat),
}
METHODS: dict[str, Handler] = {
    **{
        name: unary(getattr(torch, name))
        for name in ("tanh", "sigmoid", "exp", "abs", "sqrt", "square", "clamp", "pow")
    },
    **{name: binary(getattr(torch, name)) for name in ("add", "sub", "mul", "div")},
    **{f"{name}_": binary(getattr(torch, name)) for name in ("add", "sub", "mul", "div")},
    **dict.fromkeys(("relu", "relu_"), _build_relu),
    **dict.fromkeys(("flatten", "view", "reshape", "squeeze", "unsqueeze"), _build_reshape),
    **{name: reduction(getattr(torch, name)) for name in ("mean", "sum", "amax", "amin")},
    **{name: along(getattr(torch, name)) for name in ("softmax", "log_softmax")},
    "contiguous": _build_contiguous,
}
