"""Stacked counterparts of the layers around tokens: embeddings, layer norm and RMS norm."""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ._builder import Builder, Operation, refuse
from ._packing import BATCH, SHARED, PackedValue


def embedding(b: Builder, op: Operation, ids: PackedValue) -> PackedValue:
    """One gather from K tables; of tokens that all trials share, the same rows of each."""
    layer = cast(nn.Embedding, op.module)
    if layer.max_norm is not None or layer.sparse or layer.scale_grad_by_freq:
        refuse(op.where, "changes its table or its gradient in a way of its own (max_norm, sparse, scale_grad_by_freq)")
    return look_up(b, op, ids, cast(Tensor, b.tensor(op, "weight")), layer.padding_idx)


def look_up(b: Builder, op: Operation, ids: PackedValue, table: Tensor, padding: int | None) -> PackedValue:
    """Rows of stacked tables (K, V, D). padding: the row that has no gradient."""
    size, entries, whole = b.size, table.shape[1], (b.size, *op.shape)

    def shared(ids: Tensor) -> Tensor:
        return _select_rows(table, ids.flatten(), 1, padding).view(whole)

    def own(ids: Tensor) -> Tensor:
        starts = torch.arange(size, device=ids.device).view(-1, *[1] * (ids.dim() - 1)) * entries
        return _select_rows(table, (ids + starts).flatten(), 0, padding).view(whole)

    if ids.packing == SHARED:
        return b.add(shared, ids, shape=op.shape, packing=BATCH)
    return b.add(own, b.packed(ids, BATCH), shape=op.shape)


def _select_rows(table: Tensor, rows: Tensor, axis: int, padding: int | None) -> Tensor:
    """Rows of stacked tables (K, V, D): of each table (K, N, D) where axis is 1, of all in one (N, D) where it is 0."""
    if padding is None:
        return (table if axis else table.flatten(0, 1)).index_select(axis, rows)
    return cast(Tensor, _SelectRows.apply(table, rows, axis, padding))


class _SelectRows(torch.autograd.Function):
    """Without a gradient of the row of padding. A mask over whole tables took two fifths of a small model's update."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, axis: int, padding: int) -> Tensor:
        ctx.save_for_backward(rows)
        ctx.shape, ctx.axis, ctx.padding = table.shape, axis, padding
        return _select_rows(table, rows, axis, None)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (rows,), (gradient,) = ctx.saved_tensors, gradients
        whole = gradient.new_zeros(ctx.shape)
        (whole if ctx.axis else whole.flatten(0, 1)).index_add_(ctx.axis, rows, gradient)
        whole[:, ctx.padding] = 0
        return whole, None, None, None


def functional_embedding(
    b: Builder, op: Operation, ids: PackedValue, weight: PackedValue, padding_idx: int | None = None, **options: Any
) -> PackedValue:
    """F.embedding with a table that is a parameter."""
    if any(options.values()) or padding_idx is not None or len(weight.shape) != 2:
        refuse(op.where, "is called in a way not known here")
    size, entries, whole = b.size, weight.shape[0], (b.size, *op.shape)

    def step(ids: Tensor, table: Tensor) -> Tensor:
        starts = torch.arange(size, device=ids.device).view(-1, *[1] * (ids.dim() - 1)) * entries
        return table.flatten(0, 1).index_select(0, (ids + starts).flatten()).view(whole)

    return b.add(step, b.packed(ids, BATCH), b.packed(weight, BATCH), shape=op.shape)


def layer_norm(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """Normalised without weights, then each trial's own are applied."""
    layer = cast(nn.LayerNorm, op.module)
    normal, eps = tuple(layer.normalized_shape), layer.eps
    return _normalised(b, op, x, lambda x: F.layer_norm(x, normal, None, None, eps), len(normal))


def rms_norm(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """Divided by the root of the mean square, then each trial's own weights are applied."""
    layer = cast(nn.RMSNorm, op.module)
    normal, eps = tuple(layer.normalized_shape), layer.eps
    return _normalised(b, op, x, lambda x: F.rms_norm(x, normal, None, eps), len(normal))


def _normalised(
    b: Builder, op: Operation, x: PackedValue, function: Callable[[Tensor], Tensor], dims: int
) -> PackedValue:
    weight, bias = b.tensor(op, "weight"), b.tensor(op, "bias")
    if x.axis is not None and x.axis >= len(x.shape) - dims:
        refuse(op.where, "works across the examples of a batch")
    between = [1] * (len(x.shape) - dims)

    def step(x: Tensor) -> Tensor:
        y = function(x)
        scale, shift = (None if t is None else t.view(t.shape[0], *between, *t.shape[1:]) for t in (weight, bias))
        if scale is not None and shift is not None:
            return torch.addcmul(shift, y, scale)
        return y if scale is None else y * scale

    return b.add(step, b.packed(x, BATCH), shape=op.shape)
