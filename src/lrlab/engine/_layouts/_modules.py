"""Stacked counterparts of torch.nn's layers: one function each, from the plain layer to a step of the program."""

import copy
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .._noise import KeyedDropout
from ._bias import with_bias
from ._builder import Builder, Operation, refuse, shifted
from ._packing import BATCH, CHANNELS, SHARED, PackedValue, channels_last

Handler = Callable[..., PackedValue]

ELEMENTWISE: tuple[type[nn.Module], ...] = (
    *(nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish, nn.Softplus, nn.Softsign),
    *(nn.Sigmoid, nn.LogSigmoid, nn.Tanh, nn.Tanhshrink, nn.Hardtanh, nn.Hardsigmoid, nn.Hardswish),
    *(nn.Hardshrink, nn.Softshrink, nn.Threshold),
)
PER_CHANNEL = {  # the number of dimensions their inputs must have
    nn.MaxPool1d: 3,
    nn.AvgPool1d: 3,
    nn.AdaptiveAvgPool1d: 3,
    nn.AdaptiveMaxPool1d: 3,
    nn.MaxPool2d: 4,
    nn.AvgPool2d: 4,
    nn.AdaptiveAvgPool2d: 4,
    nn.AdaptiveMaxPool2d: 4,
    nn.ZeroPad2d: 4,
    nn.Upsample: 4,
}


def conv(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """K convolutions as one of K times the groups; of shared inputs, one dense one with K times the outputs."""
    layer = cast(nn.Conv1d | nn.Conv2d, op.module)
    if layer.padding_mode != "zeros":
        refuse(op.where, f"pads by {layer.padding_mode!r}")
    flat = isinstance(layer, nn.Conv1d)
    _expect_dimensions(op, x, 3 if flat else 4)
    convolve: Callable[..., Tensor] = F.conv1d if flat else F.conv2d
    weight, bias = cast(Tensor, b.tensor(op, "weight")), b.tensor(op, "bias")
    dense = x.packing == SHARED and layer.groups == 1
    groups = 1 if dense else b.size * layer.groups
    stride, thinned = layer.stride, thinning(layer, groups)
    if thinned:
        stride = (1,) * len(stride)
    settings = stride, layer.padding, layer.dilation, groups

    def step(x: Tensor) -> Tensor:
        x = channels_last(x[thinned]) if thinned else x
        if bias is None:
            return convolve(x, weight.flatten(0, 1), None, *settings)
        return with_bias(convolve(x, weight.flatten(0, 1), bias.detach().flatten(), *settings), bias)

    return b.add(step, x if dense else b.packed(x, CHANNELS), shape=op.shape, packing=CHANNELS, fresh=True)


def thinning(layer: nn.Conv1d | nn.Conv2d, groups: int) -> tuple[slice, ...]:
    """What a convolution of single points with a stride reads; empty where it can be left to torch.

    oneDNN's gradient of its weights writes past its memory on channels-last inputs of few channels (oneDNN issue 6035).
    """
    single = set(layer.kernel_size) == {1} and layer.padding in ("valid", "same", (0,) * len(layer.stride))
    if not single or max(layer.stride) == 1 or groups > 1 or layer.in_channels >= 16:
        return ()
    return (slice(None), slice(None), *(slice(None, None, step) for step in layer.stride))


def linear(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """K linear layers as one batched matrix product; of shared inputs, one product with K times the outputs."""
    weight, bias = cast(Tensor, b.tensor(op, "weight")), b.tensor(op, "bias")
    if x.packing == SHARED and len(x.shape) == 2:

        def wide(x: Tensor) -> Tensor:
            return F.linear(x, weight.flatten(0, 1), None if bias is None else bias.flatten())

        return b.add(wide, x, shape=op.shape, packing=CHANNELS, fresh=True)
    flat = len(x.shape) == 2
    rows, out = (b.size, -1, x.shape[-1]), (b.size, *op.shape)

    def step(x: Tensor) -> Tensor:
        x, transposed = x if flat else x.reshape(rows), weight.transpose(1, 2)
        y = torch.bmm(x, transposed) if bias is None else torch.baddbmm(bias.unsqueeze(1), x, transposed)
        return y if flat else y.view(out)

    return b.add(step, b.packed(x, BATCH), shape=op.shape, fresh=flat)


def batch_norm(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """K layers of C channels are one of K times C: nothing is averaged across channels."""
    layer = cast(nn.BatchNorm1d | nn.BatchNorm2d, op.module)
    if layer.momentum is None:
        refuse(op.where, "averages its statistics over all updates (momentum=None)")
    weight, bias, counted = (b.tensor(op, name) for name in ("weight", "bias", "num_batches_tracked"))
    mean, var = (None if t is None else t.view(-1) for t in (b.tensor(op, "running_mean"), b.tensor(op, "running_var")))
    batch_statistics = b.train or mean is None
    momentum, eps = layer.momentum, layer.eps

    def step(x: Tensor) -> Tensor:
        if b.train and counted is not None:
            counted.add_(1)
        scale, shift = (None if t is None else t.flatten() for t in (weight, bias))
        return F.batch_norm(x, mean, var, scale, shift, batch_statistics, momentum, eps)

    return b.add(step, b.packed(x, CHANNELS), shape=op.shape, fresh=True)


def group_norm(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """K times the groups."""
    layer = cast(nn.GroupNorm, op.module)
    weight, bias = b.tensor(op, "weight"), b.tensor(op, "bias")

    def step(x: Tensor) -> Tensor:
        scale, shift = (None if t is None else t.flatten() for t in (weight, bias))
        return F.group_norm(x, b.size * layer.num_groups, scale, shift, layer.eps)

    return b.add(step, b.packed(x, CHANNELS), shape=op.shape)


def layer_norm(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """Normalised without weights, then each trial's own are applied."""
    layer = cast(nn.LayerNorm, op.module)
    weight, bias = b.tensor(op, "weight"), b.tensor(op, "bias")
    normal, eps = tuple(layer.normalized_shape), layer.eps
    wide = (b.size, *[1] * (len(x.shape) - len(normal)), *normal)

    def step(x: Tensor) -> Tensor:
        y = F.layer_norm(x, normal, None, None, eps)
        y = y if weight is None else y * weight.view(wide)
        return y if bias is None else y + bias.view(wide)

    return b.add(step, b.packed(x, BATCH), shape=op.shape)


def prelu(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """One slope for each trial and channel."""
    weight, channels = cast(Tensor, b.tensor(op, "weight")), x.shape[1]
    step = lambda x: F.prelu(x, weight.expand(b.size, channels).reshape(-1))  # noqa: E731
    return b.add(step, b.packed(x, CHANNELS), shape=op.shape)


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


def per_channel(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """The plain layer itself, which treats every channel alone."""
    layer = cast(nn.Module, op.module)
    _expect_dimensions(op, x, PER_CHANNEL[type(layer)])
    if getattr(layer, "return_indices", False):
        refuse(op.where, "returns indices")
    x = x if x.packing == SHARED else b.packed(x, CHANNELS)
    return b.add(layer.forward, x, shape=op.shape, fresh=isinstance(layer, nn.MaxPool2d))


def reshape(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """Flatten, view and reshape, within each example."""
    if op.shape[:1] != x.shape[:1]:
        refuse(op.where, f"reshapes across the examples of a batch, {x.shape} to {op.shape}")
    if x.packing == SHARED:
        return b.add(lambda x: x.reshape(op.shape), x, shape=op.shape)
    whole = (b.size, *op.shape)
    return b.add(lambda x: x.reshape(whole), b.packed(x, BATCH), shape=op.shape)


def softmax(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """Softmax and LogSoftmax with a dimension given."""
    layer = cast(nn.Softmax | nn.LogSoftmax, op.module)
    if layer.dim is None:
        refuse(op.where, "does not say its dimension")
    dim = shifted(layer.dim, len(x.shape), op.where)
    function: Callable[..., Tensor] = torch.softmax if isinstance(layer, nn.Softmax) else torch.log_softmax
    return b.add(lambda x: function(x, dim), b.packed(x, BATCH), shape=op.shape)


def identity(b: Builder, op: Operation, x: PackedValue) -> PackedValue:  # noqa: ARG001
    """The value itself; it has two names now, so neither may be overwritten."""
    return x._replace(fresh=False)


def _expect_dimensions(op: Operation, x: PackedValue, dims: int) -> None:
    if len(x.shape) != dims:
        refuse(op.where, f"is given {len(x.shape)} dimensions {x.shape}, not {dims}")


SAME_MEMORY = (nn.Flatten, nn.Unflatten, nn.Identity, KeyedDropout)  # outputs may share their inputs' memory
MODULES: dict[type[nn.Module], Handler] = {
    nn.Conv1d: conv,
    nn.Conv2d: conv,
    nn.Linear: linear,
    nn.BatchNorm1d: batch_norm,
    nn.BatchNorm2d: batch_norm,
    nn.GroupNorm: group_norm,
    nn.LayerNorm: layer_norm,
    nn.PReLU: prelu,
    KeyedDropout: dropout,
    nn.ReLU: relu,
    nn.Flatten: reshape,
    nn.Unflatten: reshape,
    nn.Softmax: softmax,
    nn.LogSoftmax: softmax,
    nn.Identity: identity,
    **dict.fromkeys(ELEMENTWISE, elementwise),
    **dict.fromkeys(PER_CHANNEL, per_channel),
}
