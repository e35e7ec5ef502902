"""Stacked counterparts of torch.nn's layers: one function each, from the plain layer to a step of the program."""

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .._noise import KeyedDropout
from ._attention import multihead
from ._bias import with_bias
from ._builder import Builder, Handler, Operation, refuse, shifted
from ._elements import ELEMENTWISE, dropout, elementwise, identity, relu
from ._encoder import encoder, encoder_layer
from ._packing import BATCH, CHANNELS, SHARED, PackedValue, channels_last
from ._products import linear
from ._recurrent import recurrent
from ._shapes import reshape
from ._tokens import embedding, layer_norm, rms_norm

PER_CHANNEL: dict[type[nn.Module], int | None] = {  # the dimensions their inputs must have; None: any from 3
    nn.MaxPool1d: 3,
    nn.AvgPool1d: 3,
    nn.AdaptiveAvgPool1d: 3,
    nn.AdaptiveMaxPool1d: 3,
    nn.MaxPool2d: 4,
    nn.AvgPool2d: 4,
    nn.AdaptiveAvgPool2d: 4,
    nn.AdaptiveMaxPool2d: 4,
    nn.ZeroPad2d: 4,
    nn.ReflectionPad2d: 4,
    nn.ReplicationPad2d: 4,
    nn.Upsample: None,
    nn.UpsamplingNearest2d: 4,
    nn.UpsamplingBilinear2d: 4,
    nn.PixelShuffle: 4,
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


def transposed_conv(b: Builder, op: Operation, x: PackedValue, output_size: Any = None) -> PackedValue:
    """K transposed convolutions as one of K times the groups."""
    layer = cast(nn.ConvTranspose1d | nn.ConvTranspose2d, op.module)
    flat = isinstance(layer, nn.ConvTranspose1d)
    _expect_dimensions(op, x, 3 if flat else 4)
    if output_size is not None:
        refuse(op.where, "is told the size of its output")
    convolve: Callable[..., Tensor] = F.conv_transpose1d if flat else F.conv_transpose2d
    weight, bias = cast(Tensor, b.tensor(op, "weight")), b.tensor(op, "bias")
    settings = layer.stride, layer.padding, layer.output_padding, b.size * layer.groups, layer.dilation

    def step(x: Tensor) -> Tensor:
        if bias is None:
            return convolve(x, weight.flatten(0, 1), None, *settings)
        return with_bias(convolve(x, weight.flatten(0, 1), bias.detach().flatten(), *settings), bias)

    return b.add(step, b.packed(x, CHANNELS), shape=op.shape, packing=CHANNELS, fresh=True)


def thinning(layer: nn.Conv1d | nn.Conv2d, groups: int) -> tuple[slice, ...]:
    """What a convolution of single points with a stride reads; empty where it can be left to torch.

    oneDNN's gradient of its weights writes past its memory on channels-last inputs of few channels (oneDNN issue 6035).
    """
    single = set(layer.kernel_size) == {1} and layer.padding in ("valid", "same", (0,) * len(layer.stride))
    if not single or max(layer.stride) == 1 or groups > 1 or layer.in_channels >= 16:
        return ()
    return (slice(None), slice(None), *(slice(None, None, step) for step in layer.stride))


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


def instance_norm(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """K layers of C channels are one of K times C."""
    layer = cast(nn.InstanceNorm1d | nn.InstanceNorm2d, op.module)
    _expect_dimensions(op, x, 3 if isinstance(layer, nn.InstanceNorm1d) else 4)
    if layer.track_running_stats:
        refuse(op.where, "keeps running statistics")
    weight, bias, eps = b.tensor(op, "weight"), b.tensor(op, "bias"), layer.eps

    def step(x: Tensor) -> Tensor:
        scale, shift = (None if t is None else t.flatten() for t in (weight, bias))
        return F.instance_norm(x, None, None, scale, shift, True, 0.1, eps)

    return b.add(step, b.packed(x, CHANNELS), shape=op.shape)


def prelu(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """One slope for each trial and channel."""
    weight, channels = cast(Tensor, b.tensor(op, "weight")), x.shape[1]
    step = lambda x: F.prelu(x, weight.expand(b.size, channels).reshape(-1))  # noqa: E731
    return b.add(step, b.packed(x, CHANNELS), shape=op.shape)


def per_channel(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """The plain layer itself, which treats every channel alone."""
    layer = cast(nn.Module, op.module)
    _expect_dimensions(op, x, PER_CHANNEL[type(layer)])
    if getattr(layer, "return_indices", False):
        refuse(op.where, "returns indices")
    x = x if x.packing == SHARED else b.packed(x, CHANNELS)
    return b.add(layer.forward, x, shape=op.shape, fresh=isinstance(layer, nn.MaxPool2d))


def softmax(b: Builder, op: Operation, x: PackedValue) -> PackedValue:
    """Softmax and LogSoftmax with a dimension given."""
    layer = cast(nn.Softmax | nn.LogSoftmax, op.module)
    if layer.dim is None:
        refuse(op.where, "does not say its dimension")
    dim = shifted(layer.dim, x, op.where)
    function: Callable[..., Tensor] = torch.softmax if isinstance(layer, nn.Softmax) else torch.log_softmax
    return b.add(lambda x: function(x, dim), b.packed(x, BATCH), shape=op.shape)


def _expect_dimensions(op: Operation, x: PackedValue, dims: int | None) -> None:
    if len(x.shape) != (dims or max(len(x.shape), 3)):
        refuse(op.where, f"is given {len(x.shape)} dimensions {x.shape}, not {dims}")


SAME_MEMORY = (nn.Flatten, nn.Unflatten, nn.Identity, KeyedDropout)  # outputs may share their inputs' memory
MODULES: dict[type[nn.Module], Handler] = {
    nn.Conv1d: conv,
    nn.Conv2d: conv,
    **dict.fromkeys((nn.ConvTranspose1d, nn.ConvTranspose2d), transposed_conv),
    nn.Linear: linear,
    nn.Embedding: embedding,
    **dict.fromkeys((nn.LSTM, nn.GRU, nn.RNN), recurrent),
    nn.MultiheadAttention: multihead,
    nn.TransformerEncoderLayer: encoder_layer,
    nn.TransformerEncoder: encoder,
    nn.BatchNorm1d: batch_norm,
    nn.BatchNorm2d: batch_norm,
    nn.GroupNorm: group_norm,
    nn.LayerNorm: layer_norm,
    nn.RMSNorm: rms_norm,
    **dict.fromkeys((nn.InstanceNorm1d, nn.InstanceNorm2d), instance_norm),
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
