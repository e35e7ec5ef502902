"""Stacked counterparts of what gives a value another shape: reshapes, permutations, slices, parts."""

import math
from typing import Any

import torch
from torch import Tensor

from ._builder import Builder, Operation, refuse, shifted
from ._packing import BATCH, SHARED, PackedValue, widened


def reshape(b: Builder, op: Operation, x: PackedValue, *_: Any, **__: Any) -> PackedValue:
    """Flatten, view and reshape, within each example."""
    return _reshaped(b, op, x, op.shape)


def _reshaped(b: Builder, op: Operation, x: PackedValue, shape: tuple[int, ...]) -> PackedValue:
    axis = _axis_after_reshape(b, op, x, shape)
    if x.packing == SHARED:
        return b.add(lambda x: x.reshape(shape), x, shape=shape, axis=axis)
    whole = (b.size, *shape)
    return b.add(lambda x: x.reshape(whole), b.packed(x, BATCH), shape=shape, axis=axis)


def _axis_after_reshape(b: Builder, op: Operation, x: PackedValue, shape: tuple[int, ...]) -> int | None:
    """Where the examples lie afterwards. Refuses a shape in which they are not the outer part of one dimension."""
    if x.axis is None:
        return None
    before = math.prod(x.shape[: x.axis])
    for axis, length in enumerate(shape):
        if math.prod(shape[:axis]) == before and length % b.batch == 0:
            return axis
    refuse(op.where, f"reshapes across the examples of a batch, {x.shape} to {shape}")
    return None


def unsqueeze(b: Builder, op: Operation, x: PackedValue, dim: int) -> PackedValue:
    """A dimension of one more."""
    place = dim % len(op.shape)
    moved = _reshaped(b, op, x._replace(axis=None), op.shape)
    return moved._replace(axis=None if x.axis is None else x.axis + (place <= x.axis))


def permute(b: Builder, op: Operation, x: PackedValue, *dims: Any) -> PackedValue:
    """The dimensions in another order."""
    given = dims[0] if len(dims) == 1 and isinstance(dims[0], tuple | list) else dims
    return _permuted(b, op, x, [dim % len(x.shape) for dim in given])


def transpose(b: Builder, op: Operation, x: PackedValue, first: int = 0, second: int = 1) -> PackedValue:
    """Two dimensions exchanged."""
    order = list(range(len(x.shape)))
    first, second = first % len(order), second % len(order)
    order[first], order[second] = order[second], order[first]
    return _permuted(b, op, x, order)


def _permuted(b: Builder, op: Operation, x: PackedValue, order: list[int]) -> PackedValue:
    axis = None if x.axis is None else order.index(x.axis)
    if x.packing == SHARED:
        return b.add(lambda x: x.permute(order), x, shape=op.shape, axis=axis)
    whole = [0, *[dim + 1 for dim in order]]
    return b.add(lambda x: x.permute(whole), b.packed(x, BATCH), shape=op.shape, axis=axis)


def expand(b: Builder, op: Operation, x: PackedValue, *_: Any) -> PackedValue:
    """Repeated without a copy; what had no batch and now begins with one has it there."""
    shape = op.shape
    axis = None if x.axis is None else x.axis + len(shape) - len(x.shape)
    if axis is None and shape[0] == b.batch and (len(shape) > len(x.shape) or x.shape[0] == 1):
        axis = 0
    if x.packing == SHARED:
        return b.add(lambda x: x.expand(shape), x, shape=shape, axis=axis)
    step = lambda x: widened(x, len(shape)).expand(b.size, *shape)  # noqa: E731
    return b.add(step, b.packed(x, BATCH), shape=shape, axis=axis)


def repeat(b: Builder, op: Operation, x: PackedValue, *times: Any) -> PackedValue:
    """Repeated in memory, other dimensions than the batch's."""
    given = tuple(times[0]) if isinstance(times[0], tuple | list) else times
    axis = None if x.axis is None else x.axis + len(given) - len(x.shape)
    if axis is not None and given[axis] != 1:
        refuse(op.where, "repeats the examples of a batch")
    if axis is None and given[0] == b.batch and op.shape[0] == b.batch:
        axis = 0
    if x.packing == SHARED:
        return b.add(lambda x: x.repeat(given), x, shape=op.shape, axis=axis)
    step = lambda x: widened(x, len(given)).repeat(1, *given)  # noqa: E731
    return b.add(step, b.packed(x, BATCH), shape=op.shape, axis=axis)


def getitem(b: Builder, op: Operation, x: Any, index: Any) -> Any:
    """A part of a value, by numbers, slices, None and `...`; or one of several values."""
    if not isinstance(x, PackedValue):
        return x[index]
    places = list(index) if isinstance(index, tuple) else [index]
    if any(isinstance(place, PackedValue | Tensor | list) for place in places):
        refuse(op.where, "takes parts by a tensor or a list")
    taken = sum(place is not None and place is not ... for place in places)
    if ... in places:
        rest = places.index(...)
        places[rest : rest + 1] = [slice(None)] * (len(x.shape) - taken)
    axis = _axis_after_index(op, x, places)
    if x.packing == SHARED:
        return b.add(lambda x: x[tuple(places)], x, shape=op.shape, axis=axis)
    whole = (slice(None), *places)
    return b.add(lambda x: x[whole], b.packed(x, BATCH), shape=op.shape, axis=axis)


def _axis_after_index(op: Operation, x: PackedValue, places: list[Any]) -> int | None:
    """Where the examples lie in a part of a value. Refuses one that leaves examples out."""
    if x.axis is None:
        return None
    before, after = 0, 0  # dimensions passed of the value, and of its part
    for place in places:
        if place is not None and before == x.axis:
            if not isinstance(place, slice) or len(range(*place.indices(x.shape[x.axis]))) != x.shape[x.axis]:
                refuse(op.where, "takes some examples of a batch")
            return after
        before += place is not None
        after += place is None or isinstance(place, slice)
    return after + x.axis - before


def chunk(b: Builder, op: Operation, x: PackedValue, chunks: int, dim: int = 0) -> tuple[PackedValue, ...]:
    """So many parts along a dimension."""
    return split(b, op, x, -(-x.shape[dim] // chunks), dim)


def split(b: Builder, op: Operation, x: PackedValue, sizes: Any, dim: int = 0) -> tuple[PackedValue, ...]:
    """Parts along a dimension, of one length or of lengths given."""
    moved, length = shifted(dim, x, op.where), x.shape[dim]
    if isinstance(sizes, int):
        sizes = [min(sizes, length - start) for start in range(0, length, sizes)]
    x = x if x.packing == SHARED else b.packed(x, BATCH)
    along = moved - (x.packing == SHARED)
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    shapes = [(*x.shape[: moved - 1], size, *x.shape[moved:]) for size in sizes]
    return tuple(
        b.add(lambda x, start=start, size=size: x.narrow(along, start, size), x, shape=shape)
        for start, size, shape in zip(starts, sizes, shapes, strict=True)
    )


def unbind(b: Builder, op: Operation, x: PackedValue, dim: int = 0) -> tuple[PackedValue, ...]:
    """Every part along a dimension, without it."""
    moved = shifted(dim, x, op.where)
    x = x if x.packing == SHARED else b.packed(x, BATCH)
    along, shape = moved - (x.packing == SHARED), (*x.shape[: moved - 1], *x.shape[moved:])
    axis = None if x.axis is None else x.axis - (moved - 1 < x.axis)
    return tuple(
        b.add(lambda x, place=place: x.select(along, place), x, shape=shape, axis=axis)
        for place in range(x.shape[moved - 1])
    )


def stack(b: Builder, op: Operation, tensors: Any, dim: int = 0) -> PackedValue:
    """Values side by side along a dimension of its own."""
    place = dim % len(op.shape)
    axes = {value.axis for value in tensors}
    if len(axes) > 1:
        refuse(op.where, "joins values whose examples lie along two axes")
    first = tensors[0].axis
    axis = None if first is None else first + (place <= first)
    packing = SHARED if all(value.packing == SHARED for value in tensors) else BATCH
    values = [b.packed(value, packing) for value in tensors]
    along = place + (packing == BATCH)
    return b.add(lambda *x: torch.stack(x, along), *values, shape=op.shape, axis=axis)
