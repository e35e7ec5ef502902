"""Stacked counterparts of the functions, operators and tensor methods a model's `forward` calls."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ._attention import attention
from ._builder import Builder, Handler, Operation, refuse, shifted
from ._elements import identity, relu
from ._packing import BATCH, CHANNELS, SHARED, PackedValue
from ._products import einsum, functional_linear, matmul
from ._shapes import chunk, expand, getitem, permute, repeat, reshape, split, stack, transpose, unbind, unsqueeze
from ._tokens import functional_embedding


def pointwise(function: Callable[..., Any]) -> Handler:
    """A function of each number, or of the numbers that broadcasting puts together; of values and plain numbers."""

    def handler(b: Builder, op: Operation, *args: Any, **options: Any) -> PackedValue:
        options.pop("inplace", None)  # never in place: a packed value may be seen by several trials
        places = [place for place, arg in enumerate(args) if isinstance(arg, PackedValue)]
        if "out" in options or any(isinstance(arg, tuple | list) for arg in args if not isinstance(arg, PackedValue)):
            refuse(op.where, "is called in a way not known here")
        names = [name for name, option in options.items() if isinstance(option, PackedValue)]
        values = [args[place] for place in places] + [options[name] for name in names]
        numbers = [None if place in places else arg for place, arg in enumerate(args)]

        def step(*tensors: Tensor) -> Tensor:
            given = numbers.copy()
            for place, tensor in zip(places, tensors, strict=False):
                given[place] = tensor
            return function(*given, **options | dict(zip(names, tensors[len(places) :], strict=True)))

        return b.broadcast(step, values, op.shape, fresh=function in ADDITIONS and len(values) == 2)

    return handler


def unary(function: Callable[..., Any]) -> Handler:
    """A function of each number, with a flag for working in place that is left out."""
    inner = pointwise(function)

    def handler(b: Builder, op: Operation, x: PackedValue, *numbers: Any, **options: Any) -> PackedValue:
        return inner(b, op, x, *[number for number in numbers if not isinstance(number, bool)], **options)

    return handler


def cast_type(b: Builder, op: Operation, x: PackedValue, *_: Any, **__: Any) -> PackedValue:
    """Another type of number, the one that the plain model has there."""
    return b.add(lambda x: x.to(op.dtype), x, shape=op.shape)


def filled(number: float) -> Handler:
    """A new tensor of one number, the same for all trials."""

    def handler(b: Builder, op: Operation, *_: Any, **__: Any) -> PackedValue:
        made = b.constant(torch.full(op.shape, number, dtype=op.dtype, device=b.device))
        return made._replace(axis=0 if op.shape and op.shape[0] == b.batch else None)

    return handler


def largest(function: Callable[..., Any], every: Callable[..., Any]) -> Handler:
    """Max and min along a dimension: (values, None); between two values: number by number."""

    def handler(b: Builder, op: Operation, x: PackedValue, dim: Any = None, keepdim: bool = False) -> Any:
        if isinstance(dim, PackedValue):
            return every(b, op, x, dim)
        if dim is None or op.used - {0}:
            refuse(op.where, "works across the examples of a batch" if dim is None else "is asked for places")
        moved = shifted(dim, x, op.where)
        if x.packing == SHARED:
            return b.add(
                lambda x: function(x, moved - 1, keepdim)[0], x, shape=op.shape, axis=_left(x, [dim], keepdim)
            ), None
        step = lambda x: function(x, moved, keepdim)[0]  # noqa: E731
        return b.add(step, b.packed(x, BATCH), shape=op.shape, axis=_left(x, [dim], keepdim)), None

    return handler


def per_channel(function: Callable[..., Tensor], dims: int | None) -> Handler:
    """A function that treats every channel alone, on values of `dims` dimensions; None: of any number from 3."""

    def handler(b: Builder, op: Operation, x: PackedValue, *args: Any, **options: Any) -> PackedValue:
        if len(x.shape) != (dims or max(len(x.shape), 3)):
            refuse(op.where, f"is given {len(x.shape)} dimensions {x.shape}, not {dims}")
        if options.get("return_indices"):
            refuse(op.where, "returns indices")
        x = x if x.packing == SHARED else b.packed(x, CHANNELS)
        return b.add(lambda x: function(x, *args, **options), x, shape=op.shape)

    return handler


def reduction(function: Callable[..., Tensor]) -> Handler:
    """A mean or sum over dimensions of each example."""

    def handler(
        b: Builder, op: Operation, x: PackedValue, dim: Any = None, keepdim: bool = False, **options: Any
    ) -> PackedValue:
        if dim is None or options.get("dtype") is not None:
            refuse(op.where, "works across the examples of a batch" if dim is None else "is told a type of number")
        every = [dim] if isinstance(dim, int) else list(dim)
        moved, axis = [shifted(d, x, op.where) for d in every], _left(x, every, keepdim)
        if x.packing == SHARED or (x.packing == CHANNELS and min(moved) > 2):  # the channels stay as they are
            plain = [d - 1 for d in moved]
            return b.add(lambda x: function(x, plain, keepdim), x, shape=op.shape, axis=axis)
        return b.add(lambda x: function(x, moved, keepdim), b.packed(x, BATCH), shape=op.shape, axis=axis)

    return handler


def _left(x: PackedValue, dims: Sequence[int], keepdim: bool) -> int | None:
    """Where the examples lie when these dimensions are gone."""
    if x.axis is None or keepdim:
        return x.axis
    return x.axis - sum(dim % len(x.shape) < x.axis for dim in dims)


def along(function: Callable[..., Tensor]) -> Handler:
    """Softmax, its logarithm or a running sum along one dimension of each example."""

    def handler(b: Builder, op: Operation, x: PackedValue, dim: int | None = None, **options: Any) -> PackedValue:
        if dim is None or set(options) - {"_stacklevel", "dtype"} or options.get("dtype") is not None:
            refuse(op.where, "is called in a way not known here")
        moved = shifted(dim, x, op.where)
        if x.packing == SHARED:
            return b.add(lambda x: function(x, moved - 1), x, shape=op.shape)
        return b.add(lambda x: function(x, moved), b.packed(x, BATCH), shape=op.shape)

    return handler


def cat(b: Builder, op: Operation, tensors: Any, dim: int = 0) -> PackedValue:
    """Concatenation of each trial's own."""
    moved = shifted(dim, tensors[0], op.where)
    if len({value.axis for value in tensors}) > 1:
        refuse(op.where, "joins values whose examples lie along two axes, or of which one has none")
    packings = {value.packing for value in tensors}
    spread = any(value.axis != 0 for value in tensors)
    packing = BATCH if spread and packings != {SHARED} else CHANNELS if CHANNELS in packings else BATCH
    packing = SHARED if packings == {SHARED} else packing
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


def pad(b: Builder, op: Operation, x: PackedValue, pad: Any, mode: str = "constant", value: Any = None) -> PackedValue:
    """Numbers around the last dimensions of each example."""
    touched = range(len(x.shape) - len(pad) // 2, len(x.shape))
    if x.axis in touched:
        refuse(op.where, "works across the examples of a batch")
    x = b.packed(x, BATCH) if x.packing == CHANNELS and min(touched, default=2) < 2 else x
    if mode != "constant" and x.packing == BATCH:
        x = b.packed(x, CHANNELS)
    return b.add(lambda x: F.pad(x, pad, mode, value), x, shape=op.shape)


def glu(b: Builder, op: Operation, x: PackedValue, dim: int = -1) -> PackedValue:
    """One half of a dimension times the sigmoid of the other."""
    moved = shifted(dim, x, op.where)
    return b.add(lambda x: F.glu(x, moved), b.packed(x, BATCH), shape=op.shape)


ADDITIONS = (operator.add, torch.add)
RELU = (F.relu, torch.relu, F.relu_, torch.relu_)
RANDOM = (F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout, F.rrelu)
SIZES = (getattr, operator.getitem, operator.floordiv)  # numbers made of shapes; of values they are refused
CONSTANTS = (torch.arange, torch.zeros, torch.ones, torch.full, torch.eye, torch.linspace, torch.tensor)  # of numbers


def _build_relu(b: Builder, op: Operation, x: PackedValue, inplace: bool = False) -> PackedValue:  # noqa: ARG001
    return relu(b, op, x)


def _build_contiguous(b: Builder, op: Operation, x: PackedValue, **options: Any) -> PackedValue:  # noqa: ARG001
    return identity(b, op, x)


UNARY: tuple[Callable[..., Any], ...] = (
    *(F.relu6, F.leaky_relu, F.elu, F.celu, F.selu, F.gelu, F.silu, F.mish, F.softplus, F.softsign, F.logsigmoid),
    *(F.tanhshrink, F.hardtanh, F.hardsigmoid, F.hardswish, F.hardshrink, F.softshrink, F.threshold),
    *(torch.tanh, F.tanh, torch.sigmoid, F.sigmoid, torch.exp, torch.abs, torch.sqrt, torch.square, torch.clamp),
    *(torch.log, torch.rsqrt, torch.sin, torch.cos, torch.erf, torch.sign, torch.reciprocal, torch.log1p, torch.expm1),
    *(operator.neg, torch.neg, torch.logical_not, operator.invert, torch.clone),
)
_POINTWISE: tuple[Callable[..., Any], ...] = (
    *(operator.add, torch.add, operator.sub, torch.sub, operator.mul, torch.mul, operator.truediv, torch.div),
    *(torch.pow, operator.pow, torch.maximum, torch.minimum, torch.where, torch.masked_fill, torch.lerp),
    *(torch.addcmul, torch.logical_and, torch.logical_or, operator.and_, operator.or_),
    *(operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge),
    *(torch.eq, torch.ne, torch.lt, torch.le, torch.gt, torch.ge),
)
_COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge", "logical_not", "logical_and", "logical_or")
_SHAPES: dict[str, Handler] = {
    **dict.fromkeys(("flatten", "reshape", "squeeze"), reshape),
    **dict.fromkeys(("transpose", "swapaxes", "t"), transpose),
    "permute": permute,
    "unsqueeze": unsqueeze,
    "chunk": chunk,
    "split": split,
    "unbind": unbind,
    "unflatten": reshape,
    "matmul": matmul,
    "bmm": matmul,
}
FUNCTIONS: dict[Any, Handler] = {
    **{function: unary(function) for function in UNARY},
    **{function: pointwise(function) for function in _POINTWISE},
    operator.iadd: pointwise(operator.add),
    operator.isub: pointwise(operator.sub),
    operator.imul: pointwise(operator.mul),
    operator.itruediv: pointwise(operator.truediv),
    **dict.fromkeys(RELU, _build_relu),
    **{getattr(torch, name): handler for name, handler in _SHAPES.items()},
    **{function: per_channel(function, 4) for function in (F.max_pool2d, F.avg_pool2d, torch.max_pool2d)},
    **{function: per_channel(function, 4) for function in (F.adaptive_avg_pool2d, F.adaptive_max_pool2d)},
    **{function: per_channel(function, 3) for function in (F.max_pool1d, F.avg_pool1d, F.adaptive_avg_pool1d)},
    **{function: per_channel(function, 3) for function in (F.adaptive_max_pool1d, torch.max_pool1d)},
    **{function: per_channel(function, None) for function in (F.interpolate, F.pixel_shuffle, torch.pixel_shuffle)},
    **{function: reduction(function) for function in (torch.mean, torch.sum, torch.amax, torch.amin)},
    **{function: along(torch.softmax) for function in (F.softmax, torch.softmax)},
    **{function: along(torch.log_softmax) for function in (F.log_softmax, torch.log_softmax)},
    torch.cumsum: along(torch.cumsum),
    torch.max: largest(torch.max, pointwise(torch.maximum)),
    torch.min: largest(torch.min, pointwise(torch.minimum)),
    F.pad: pad,
    F.glu: glu,
    torch.stack: stack,
    **dict.fromkeys((torch.cat, torch.concat), cat),
    operator.matmul: matmul,
    torch.einsum: einsum,
    operator.getitem: getitem,
    F.scaled_dot_product_attention: attention,
    F.embedding: functional_embedding,
    F.linear: functional_linear,
    torch.zeros_like: filled(0),
    torch.ones_like: filled(1),
}
METHODS: dict[str, Handler] = {
    **{
        name: unary(getattr(torch, name))
        for name in ("tanh", "sigmoid", "exp", "abs", "sqrt", "square", "clamp", "log", "rsqrt", "sin", "cos", "clone")
    },
    **{
        name: pointwise(getattr(torch, name))
        for name in ("add", "sub", "mul", "div", "pow", "masked_fill", *_COMPARISONS)
    },
    **{f"{name}_": pointwise(getattr(torch, name)) for name in ("add", "sub", "mul", "div", "masked_fill")},
    **dict.fromkeys(("relu", "relu_"), _build_relu),
    **_SHAPES,
    "view": reshape,
    "expand": expand,
    "repeat": repeat,
    **{name: reduction(getattr(torch, name)) for name in ("mean", "sum", "amax", "amin")},
    **{name: along(getattr(torch, name)) for name in ("softmax", "log_softmax", "cumsum")},
    **{name: largest(getattr(torch, name), FUNCTIONS[getattr(torch, f"{name}imum")]) for name in ("max", "min")},
    **dict.fromkeys(("to", "float", "double", "long", "int", "bool", "type_as"), cast_type),
    "new_zeros": filled(0),
    "new_ones": filled(1),
    "contiguous": _build_contiguous,
}
