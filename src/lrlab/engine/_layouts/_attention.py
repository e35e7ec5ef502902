"""Stacked counterparts of attention: torch's function, its layer, and the encoder layers made of it."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ._builder import Builder, Operation, refuse
from ._packing import BATCH, SHARED, PackedValue, widened
from ._products import affine, linear

DROPS = "drops attention by numbers from torch's global generator (give it dropout 0; nn.Dropout as a module is fine)"


def attention(
    b: Builder,
    op: Operation,
    query: PackedValue,
    key: PackedValue,
    value: PackedValue,
    attn_mask: PackedValue | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **options: Any,
) -> PackedValue:
    """F.scaled_dot_product_attention over K times the batch."""
    if dropout_p != 0:
        refuse(op.where, DROPS)
    values = [query, key, value]
    if any(each.axis != 0 or len(each.shape) < 3 for each in values):
        refuse(op.where, "is called in a way not known here: the batch must come first")
    options["is_causal"], whole = is_causal, (b.size, *op.shape)
    masks = [] if attn_mask is None else [attn_mask]
    if all(each.packing == SHARED for each in (*values, *masks)):
        return b.add(lambda *x: _attend(x, options), *values, *masks, shape=op.shape)
    packed = [b.packed(each, BATCH) for each in values]
    if attn_mask is not None:
        return _masked(b, op, packed, attn_mask, options)
    return b.add(lambda *x: _attend([y.flatten(0, 1) for y in x], options).view(whole), *packed, shape=op.shape)


def _masked(
    b: Builder, op: Operation, values: list[PackedValue], mask: PackedValue, options: dict[str, Any]
) -> PackedValue:
    """Attention with a mask: one for all examples as it is, one for each repeated for each trial without a copy."""
    whole, lead = (b.size, *op.shape), (b.size, *op.shape[:-2])
    alone = mask.packing == SHARED and mask.axis is None and len(mask.shape) == 2

    def step(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
        if not alone:
            own = mask if mask_packing == BATCH else mask[None]
            mask = widened(own, len(lead) + 1).expand(*lead, *mask.shape[-2:]).flatten(0, 1)
        return _attend([each.flatten(0, 1) for each in (query, key, value)] + [mask], options).view(whole)

    mask_packing = mask.packing
    return b.add(step, *values, mask, shape=op.shape)


def _attend(tensors: Any, options: dict[str, Any]) -> Tensor:
    query, key, value, *masks = tensors
    mask = masks[0] if masks else None
    if mask is not None and mask.dtype != torch.bool:
        mask = mask.to(query.dtype)
    return F.scaled_dot_product_attention(query, key, value, mask, 0.0, **options)


def multihead(
    b: Builder,
    op: Operation,
    query: PackedValue,
    key: PackedValue,
    value: PackedValue,
    key_padding_mask: PackedValue | None = None,
    need_weights: bool = True,  # noqa: ARG001
    attn_mask: PackedValue | None = None,
    average_attn_weights: bool = True,  # noqa: ARG001
    is_causal: bool = False,  # noqa: ARG001
) -> tuple[PackedValue, None]:
    """nn.MultiheadAttention: its outputs; the weights are refused where they are read."""
    layer = cast(nn.MultiheadAttention, op.module)
    _check_multihead(op, layer, query)
    if not layer.batch_first:
        query, key, value = (_swapped(b, each) for each in (query, key, value))
    projected = _project(b, op, layer, (query, key, value))
    mask = _join_masks(b, key_padding_mask, attn_mask, layer.num_heads)
    shape = projected[0].shape
    mixed = attention(b, _shaped(op, shape), *projected, attn_mask=mask)
    joined = (b.size, shape[0], shape[2], layer.embed_dim)
    flat = b.add(lambda x: x.transpose(2, 3).reshape(joined), mixed, shape=joined[1:])
    out = linear(b, op.inside("out_proj", joined[1:]), flat)
    return (out if layer.batch_first else _swapped(b, out)), None


def _check_multihead(op: Operation, layer: nn.MultiheadAttention, query: PackedValue) -> None:
    if layer.dropout != 0:
        refuse(op.where, DROPS)
    if op.used - {0}:
        refuse(op.where, "is asked for its weights")
    odd = layer.bias_k is not None or layer.add_zero_attn or layer.in_proj_weight is None
    if odd or len(query.shape) != 3 or query.axis != int(not layer.batch_first):
        refuse(op.where, "is made or called in a way not known here (kdim, vdim, add_bias_kv, add_zero_attn, no batch)")


def _project(
    b: Builder, op: Operation, layer: nn.MultiheadAttention, values: tuple[PackedValue, PackedValue, PackedValue]
) -> list[PackedValue]:
    """Queries, keys and values of every head, (B, heads, L, width): one product where they are of one value."""
    weight, bias = cast(Tensor, b.tensor(op, "in_proj_weight")), b.tensor(op, "in_proj_bias")
    dim, heads = layer.embed_dim, layer.num_heads
    if len(set(values)) == 1:
        wide = affine(b, _shaped(op, (*values[0].shape[:2], 3 * dim)), values[0], weight, bias)
        return [_heads_of(b, wide, place, 3, heads) for place in range(3)]
    rows = [slice(place * dim, (place + 1) * dim) for place in range(3)]
    own = [_rows_of(b, value, (weight, bias), each) for value, each in zip(values, rows, strict=True)]
    return [_heads_of(b, value, 0, 1, heads) for value in own]


def _heads_of(b: Builder, value: PackedValue, place: int, parts: int, heads: int) -> PackedValue:
    """One of the parts of a value (B, L, parts * D), cut into heads: (B, heads, L, D / heads)."""
    batch, length, wide = value.shape
    width = wide // parts // heads
    split = b.size, batch, length, parts, heads, width
    step = lambda x: x.view(split)[:, :, :, place].transpose(2, 3)  # noqa: E731
    return b.add(step, value, shape=(batch, heads, length, width))


def _rows_of(b: Builder, value: PackedValue, tensors: tuple[Tensor, Tensor | None], rows: slice) -> PackedValue:
    """A linear layer of some rows of a weight, taken again in every pass so that the weight has its gradient."""
    weight, bias = tensors
    shape, width = (*value.shape[:2], rows.stop - rows.start), value.shape[-1]

    def step(x: Tensor) -> Tensor:
        x, own = x.reshape(b.size, -1, width), weight[:, rows].transpose(1, 2)
        y = torch.bmm(x, own) if bias is None else torch.baddbmm(bias[:, None, rows], x, own)
        return y.view(b.size, *shape)

    return b.add(step, b.packed(value, BATCH), shape=shape)


def _join_masks(b: Builder, padding: PackedValue | None, mask: PackedValue | None, heads: int) -> PackedValue | None:
    """One mask that is added, or says where to look, from torch's two, which say where not to look."""
    if padding is not None:
        shape = (padding.shape[0], 1, 1, padding.shape[1])
        padding = b.add(lambda x: _added(x)[..., None, None, :], padding, shape=shape)
    if mask is not None:
        shape = mask.shape if len(mask.shape) == 2 else (mask.shape[0] // heads, heads, *mask.shape[1:])
        if len(mask.shape) == 2:
            mask = b.add(_added, mask, shape=shape)
        elif mask.packing == SHARED:
            mask = b.add(lambda x: _added(x).view(shape), mask, shape=shape, axis=0)
        else:
            mask = b.add(lambda x: _added(x).view(x.shape[0], *shape), b.packed(mask, BATCH), shape=shape, axis=0)
    if padding is None or mask is None:
        return padding if mask is None else mask
    return b.broadcast(torch.add, [padding, mask], torch.broadcast_shapes(padding.shape, mask.shape))


def _added(mask: Tensor) -> Tensor:
    """A mask as torch's layer takes it, as what is added to the scores."""
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=torch.get_default_dtype(), device=mask.device).masked_fill_(mask, -torch.inf)


def _swapped(b: Builder, x: PackedValue) -> PackedValue:
    """The first two dimensions exchanged."""
    shape = (x.shape[1], x.shape[0], *x.shape[2:])
    axis = {0: 1, 1: 0}.get(cast(int, x.axis), x.axis)
    first = int(x.packing != SHARED)
    x = x if x.packing == SHARED else b.packed(x, BATCH)
    return b.add(lambda x: x.transpose(first, first + 1), x, shape=shape, axis=axis)


def _shaped(op: Operation, shape: tuple[int, ...]) -> Operation:
    return Operation(op.where, op.target, op.module, shape, False, op.dtype)
