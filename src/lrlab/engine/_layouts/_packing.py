"""How a value of K trials lies in memory, and the ways from one packing to another.

A plain model's value has shape (B, ...). Of K trials it is one of
- SHARED (B, ...): the same for all trials, such as a batch all of them read;
- CHANNELS (B, K*C, ...): trial-major channels, what a grouped convolution eats; 4-dim in channels-last memory format;
- BATCH (K, B, ...): what a batched matrix product eats.

A value without a batch, such as a parameter or a table of positions, lies in BATCH (K, ...) or SHARED (...).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

SHARED, CHANNELS, BATCH = "shared", "channels", "batch"
TensorFunction = Callable[..., Tensor]


class PackedValue(NamedTuple):
    """A value of the running program: where it lies, its packing, the plain model's shape.

    fresh: nothing else, not even its own backward, reads it, so the next operation may overwrite it. axis: the
    dimension of the plain shape along which the examples of a batch lie, 0 as a rule; None of a value without a batch.
    """

    slot: int
    packing: str
    shape: tuple[int, ...]
    fresh: bool = False
    axis: int | None = 0


def conversion(start: str, end: str, size: int, shape: tuple[int, ...]) -> TensorFunction:
    """The function that takes a value of `size` trials from one packing to another.

    start, end: the packings. shape: of the value, as the plain model has it.
    """
    split = (shape[0], size, *shape[1:])
    merged = (shape[0], -1, *shape[2:])
    ways: dict[tuple[str, str], TensorFunction] = {
        (SHARED, BATCH): lambda x: x.expand(size, *shape),
        (SHARED, CHANNELS): lambda x: channels_last(torch.cat([x] * size, 1)),
        (CHANNELS, BATCH): lambda x: x.view(split).transpose(0, 1),
        (BATCH, CHANNELS): lambda x: channels_last(x.transpose(0, 1).reshape(merged)),
    }
    return ways[start, end]


def channels_last(x: Tensor) -> Tensor:
    """The same numbers; 4-dim ones in channels-last memory format."""
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x


def gather(which: Sequence[int], shape: tuple[int, ...], floating: bool = True) -> tuple[str, TensorFunction]:
    """How K trials read inputs (S, B, ...): the packing, and the function that makes it.

    floating: of inputs that are no whole numbers, such as tokens are.
    """
    if len(shape) > 2 and floating:
        return CHANNELS, lambda x: channels_last(torch.cat([x[row] for row in which], 1))
    index = torch.tensor(which)
    return BATCH, lambda x: x.index_select(0, index.to(x.device))


def widened(x: Tensor, dims: int) -> Tensor:
    """A BATCH value (K, ...) with `dims` dimensions after the first, by ones: it broadcasts as the plain one."""
    return x if x.dim() == dims + 1 else x.reshape(x.shape[0], *[1] * (dims + 1 - x.dim()), *x.shape[1:])
