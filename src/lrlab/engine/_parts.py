"""The batches that one update is made from, where it is made from several (`Optimizer.accumulate`)."""

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor

from ..tasks import Inputs, map_inputs


class Part(NamedTuple):
    """One batch of an update. number: counted from 0."""

    number: int
    inputs: Inputs
    labels: Tensor


def parts_of_update(inputs: Inputs, labels: Tensor, many: int, axis: int = 0) -> Iterator[Part]:
    """The examples of an update as so many batches of one size, in order.

    axis: along which examples lie, of inputs and labels.
    """
    if many == 1:
        yield Part(0, inputs, labels)
        return
    size = labels.shape[axis] // many
    for number in range(many):
        part = map_inputs(lambda tensor, start=number * size: tensor.narrow(axis, start, size), inputs)
        yield Part(number, part, labels.narrow(axis, number * size, size))
