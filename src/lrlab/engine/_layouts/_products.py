"""Stacked counterparts of matrix products: linear layers, matmul, einsum."""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ._builder import Builder, Operation, refuse
from ._packing import BATCH, CHANNELS, SHARED, PackedValue, widened


def linear(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """K linear layers as one batched matrix product; of shared inputs, one product with K times the outputs."""
    return affine(b, op, x, cast(Tensor, b.tensor(op, "weight")), b.tensor(op, "bias"))


def affine(b: Builder, op: Operation, x: PackedValue, weight: Tensor, bias: Tensor | None) -> PackedValue:
    """X W' + b for stacked weights (K, outputs, inputs) and biases (K, outputs)."""
    if x.axis == len(x.shape) - 1:
        refuse(op.where, "works across the examples of a batch")
    if x.packing == SHARED and len(x.shape) == 2 and x.axis == 0:

        def wide(x: Tensor) -> Tensor:
            return F.linear(x, weight.flatten(0, 1), None if bias is None else bias.flatten())

        return b.add(wide, x, shape=op.shape, packing=CHANNELS, fresh=True)
    shared, rows = x.packing == SHARED, x.shape[-1]
    flat, out = not shared and len(x.shape) == 2, (b.size, *op.shape)

    def step(x: Tensor) -> Tensor:
        if shared:
            x = x.reshape(-1, rows).expand(b.size, -1, -1)
        x, transposed = x if flat else x.reshape(b.size, -1, rows), weight.transpose(1, 2)
        y = torch.bmm(x, transposed) if bias is None else torch.baddbmm(bias.unsqueeze(1), x, transposed)
        return y if flat else y.view(out)

    return b.add(step, x if shared else b.packed(x, BATCH), shape=op.shape, packing=BATCH, fresh=flat)


def functional_linear(b: Builder, op: Operation, x: Any, weight: Any, bias: Any = None) -> PackedValue:
    """F.linear with weights that are values."""
    order = list(range(len(weight.shape)))
    flipped = b.add(
        lambda w: w.transpose(-1, -2), weight, shape=(*weight.shape[:-2], weight.shape[-1], weight.shape[-2])
    )
    product = matmul(b, op, x, flipped) if len(order) == 2 else refuse(op.where, "is called in a way not known here")
    return product if bias is None else b.broadcast(torch.add, [product, bias], op.shape)


def matmul(b: Builder, op: Operation, x: PackedValue, y: PackedValue) -> PackedValue:
    """Matrix products of each trial's own; dimensions before the last two broadcast."""
    if min(len(x.shape), len(y.shape)) < 2:
        refuse(op.where, f"multiplies {x.shape} by {y.shape}")
    axis = _axis_of_product(op, x, y)
    if x.packing == y.packing == SHARED:
        return b.add(torch.matmul, x, y, shape=op.shape, axis=axis)
    x, y = (value if value.packing == SHARED else b.packed(value, BATCH) for value in (x, y))
    if len(y.shape) == 2 and y.packing == BATCH:
        return b.add(_by_one_matrix(b, x, (b.size, *op.shape)), x, y, shape=op.shape, packing=BATCH, axis=axis)
    dims, wide = len(op.shape), [value.packing == BATCH for value in (x, y)]

    def step(*tensors: Tensor) -> Tensor:
        return torch.matmul(*[widened(t, dims) if own else t for t, own in zip(tensors, wide, strict=True)])

    return b.add(step, x, y, shape=op.shape, packing=BATCH, axis=axis)


def _by_one_matrix(b: Builder, x: PackedValue, out: tuple[int, ...]) -> Callable[[Tensor, Tensor], Tensor]:
    shared, rows = x.packing == SHARED, x.shape[-1]

    def step(x: Tensor, y: Tensor) -> Tensor:
        x = x.reshape(-1, rows).expand(b.size, -1, -1) if shared else x.reshape(b.size, -1, rows)
        return torch.bmm(x, y).view(out)

    return step


def _axis_of_product(op: Operation, x: PackedValue, y: PackedValue) -> int | None:
    """Where the examples lie in a product. Refuses one that adds over them."""
    dims, axes = len(op.shape), set()
    if x.axis == len(x.shape) - 1 or y.axis == len(y.shape) - 2:
        refuse(op.where, "works across the examples of a batch")
    for value in (x, y):
        if value.axis is not None:
            axes.add(dims - len(value.shape) + value.axis)
    if len(axes) > 1:
        refuse(op.where, "works across the examples of a batch")
    return next(iter(axes), None)


def einsum(b: Builder, op: Operation, equation: str, *values: Any) -> PackedValue:
    """The same sum with a letter more, the trial's, for the values that have one."""
    values = tuple(values[0]) if len(values) == 1 and not isinstance(values[0], PackedValue) else values
    equation = equation.replace(" ", "")
    if "->" not in equation or "." in equation or not all(isinstance(value, PackedValue) for value in values):
        refuse(op.where, "is called in a way not known here")
    sides, out = equation.split("->")
    terms = sides.split(",")
    batch = {term[value.axis] for term, value in zip(terms, values, strict=True) if value.axis is not None}
    if len(batch) > 1 or not batch <= set(out):
        refuse(op.where, "works across the examples of a batch")
    axis = out.index(next(iter(batch))) if batch else None
    packed = [value if value.packing == SHARED else b.packed(value, BATCH) for value in values]
    own = [value.packing == BATCH for value in packed]
    if not any(own):
        return b.add(lambda *x: torch.einsum(equation, *x), *packed, shape=op.shape, axis=axis)
    trial = next(letter for letter in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if letter not in equation)
    named = ",".join(trial * mine + term for term, mine in zip(terms, own, strict=True)) + f"->{trial}{out}"
    return b.add(lambda *x: torch.einsum(named, *x), *packed, shape=op.shape, packing=BATCH, axis=axis)
