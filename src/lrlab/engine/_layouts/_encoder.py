"""Stacked counterparts of torch's encoder layers, made of attention, linear layers, norms and dropout."""

from typing import cast

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from ._attention import multihead
from ._builder import Builder, Operation, refuse
from ._elements import ELEMENTWISE, dropout, elementwise, relu
from ._packing import PackedValue
from ._products import linear
from ._tokens import layer_norm


def encoder(
    b: Builder,
    op: Operation,
    x: PackedValue,
    mask: PackedValue | None = None,
    src_key_padding_mask: PackedValue | None = None,
    is_causal: bool | None = None,
) -> PackedValue:
    """nn.TransformerEncoder: its layers one after another."""
    layers = cast(nn.TransformerEncoder, op.module)
    if src_key_padding_mask is not None and getattr(layers, "use_nested_tensor", False):
        refuse(op.where, "sets padded positions to zero in evaluation alone (give it enable_nested_tensor=False)")
    for number in range(layers.num_layers):
        x = encoder_layer(b, op.inside(f"layers.{number}"), x, mask, src_key_padding_mask, bool(is_causal))
    if layers.norm is None:
        return x
    if not isinstance(layers.norm, nn.LayerNorm):
        refuse(op.where, f"({type(layers.norm).__name__}) has no stacked counterpart")
    return layer_norm(b, op.inside("norm"), x)


def encoder_layer(
    b: Builder,
    op: Operation,
    x: PackedValue,
    src_mask: PackedValue | None = None,
    src_key_padding_mask: PackedValue | None = None,
    is_causal: bool = False,
) -> PackedValue:
    """nn.TransformerEncoderLayer, with its norms first or last."""
    layer = cast(nn.TransformerEncoderLayer, op.module)
    if is_causal and src_mask is None:
        refuse(op.where, "is called causal without a mask")

    def attend(x: PackedValue) -> PackedValue:
        inner = op.inside("self_attn")
        mixed, _ = multihead(b, inner, x, x, x, src_key_padding_mask, attn_mask=src_mask)
        return dropout(b, op.inside("dropout1"), mixed)

    def work(x: PackedValue) -> PackedValue:
        wide = op.inside("linear1", (*x.shape[:2], layer.linear1.out_features))
        inner = dropout(b, op.inside("dropout", wide.shape), _activated(b, op, linear(b, wide, x)))
        return dropout(b, op.inside("dropout2"), linear(b, op.inside("linear2"), inner))

    for part, norm in ((attend, "norm1"), (work, "norm2")):
        if layer.norm_first:
            x = b.broadcast(torch.add, [x, part(layer_norm(b, op.inside(norm), x))], op.shape)
        else:
            x = layer_norm(b, op.inside(norm), b.broadcast(torch.add, [x, part(x)], op.shape))
    return x


def _activated(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """The layer's activation, a function or a layer."""
    activation = cast(nn.TransformerEncoderLayer, op.module).activation
    inner = Operation(op.where, op.target, None, x.shape, False, op.dtype)
    if activation in (F.relu, torch.relu) or isinstance(activation, nn.ReLU):
        return relu(b, inner, x)
    if activation is F.gelu:
        return b.add(F.gelu, x, shape=x.shape)
    if type(activation) not in ELEMENTWISE:
        refuse(op.where, "has an activation that has no stacked counterpart")
    return elementwise(b, op.inside("activation", x.shape), x)
