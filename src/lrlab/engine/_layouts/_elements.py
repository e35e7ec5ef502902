"""Stacked counterparts of layers that treat every number alone: activations, dropout."""

import copy
from typing import cast

import torch
from torch import Tensor, nn

from .._noise import KeyedDropout
from ._builder import Builder, Operation
from ._packing import BATCH, CHANNELS, SHARED, PackedValue

ELEMENTWISE: tuple[type[nn.Module], ...] = (
    *(nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus, nn.Softsign),
    *(nn.Sigmoid, nn.LogSigmoid, nn.Tanh, nn.Tanhshrink, nn.Hardtanh, nn.Hardsigmoid, nn.Hardswish),
    *(nn.Hardshrink, nn.Softshrink, nn.Threshold),
)


def dropout(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """The mask of each trial's seed; drawn once where all trials have one seed."""
    layer = cast(KeyedDropout, op.module)
    if not b.train or layer.p == 0:
        return x._replace(fresh=False)
    call = b.calls[layer.layer] = b.calls.get(layer.layer, -1) + 1
    noise, mask_shape = b.stacked.noise, layer.mask_shape(x.shape)
    which = list(b.stacked.which)
    rows = which[:1] if len(set(which)) == 1 else which

    def masks(x: Tensor) -> Tensor:  # (1 or K, B, ...)
        every = noise.mask(layer.layer, layer.p, mask_shape, x.dtype, x.device, call)
        return every[rows[0] : rows[0] + 1] if len(rows) == 1 else every[rows]

    if x.packing == SHARED:
        if len(rows) == 1:
            return b.add(lambda x: x * masks(x)[0], x, shape=x.shape)
        x = b.packed(x, CHANNELS if len(x.shape) > 2 else BATCH)
    if x.packing == BATCH:
        return b.add(lambda x: x * masks(x), x, shape=x.shape)
    split = x.shape[0], b.size, *x.shape[1:]
    return b.add(lambda x: (x.view(split) * masks(x).transpose(0, 1)).flatten(1, 2), x, shape=x.shape)


def relu(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """In place where nothing else reads the input: the same numbers, less memory."""
    return b.add(torch.relu_ if x.fresh and op.alone else torch.relu, x, shape=op.shape)


def elementwise(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """The plain layer itself, in whatever packing. Never in place: a packed value may be seen by several trials."""
    layer = copy.copy(cast(nn.Module, op.module))
    if getattr(layer, "inplace", False):
        layer.inplace = False  # type: ignore[assignment]
    return b.add(layer.forward, x, shape=op.shape)


def identity(b: Builder, op: Operation, x: PackedValue) -> PackedValue:  # noqa: ARG001
    """The value itself; it has two names now, so neither may be overwritten."""
    return x._replace(fresh=False)
