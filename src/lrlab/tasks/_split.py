"""Split: examples of a task."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ._trees import Inputs, map_inputs, named_leaves, take_examples

if TYPE_CHECKING:
    from torch import Tensor

GOLDEN = (math.sqrt(5) - 1) / 2


class Split(NamedTuple):
    """Examples: inputs and labels.

    inputs: a tensor (N, ...), or a tuple or dict of such, of which the model is called with each. uint8 of shape
    (N, C, H, W) are images, grey values or colours from 0 to 255; tokens are int64, masks bool; all else is float32, or
    float16 as it was given.
    labels: (N,) int64 for classes, or (N, ...) float32.
    """

    inputs: Inputs
    labels: Tensor

    def take(self, index: Tensor | slice) -> Split:
        """These examples, by positions or as a slice."""
        return Split(take_examples(self.inputs, index), self.labels[index])

    def changed(self, change: Callable[[Tensor], Tensor]) -> Split:
        """The same form, each tensor changed."""
        return Split(map_inputs(change, self.inputs), change(self.labels))

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor with its name: "inputs", or "inputs.KEY" of several, and "labels"."""
        for name, tensor in named_leaves(self.inputs):
            yield f"inputs.{name}" if name else "inputs", tensor
        yield "labels", self.labels


class Sample(Split):
    """Some examples of a split: what holds for a whole one need not hold for them."""


def spread_positions(count: int, wanted: int) -> Tensor:
    """Positions of so many of `count` examples, evenly spread. Steps of one width would meet labels that repeat."""
    import torch

    if count <= wanted:
        return torch.arange(count)
    return ((torch.arange(wanted, dtype=torch.float64) * GOLDEN).frac() * count).long()
