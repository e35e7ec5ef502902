"""Inputs of one or several arrays: a tensor, or a tuple or dict of tensors with as many examples each.

A model is called with them as `model(x)`, `model(*xs)` or `model(**xs)`. Nothing here loads torch before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor, nn

    Inputs: TypeAlias = Tensor | tuple[Tensor, ...] | dict[str, Tensor]
else:
    Inputs: TypeAlias = Any


def named_leaves(inputs: Any) -> Iterator[tuple[str, Any]]:
    """Every tensor with its name: "" of one alone, its number in a tuple, its key in a dict."""
    if isinstance(inputs, dict):
        yield from inputs.items()
    elif isinstance(inputs, tuple):
        yield from ((str(place), tensor) for place, tensor in enumerate(inputs))
    else:
        yield "", inputs


def leaves_of(inputs: Any) -> list[Any]:
    """Every tensor, in order."""
    return [tensor for _, tensor in named_leaves(inputs)]


def first_leaf(inputs: Any) -> Any:
    """The first tensor, which says how many examples there are, and where they lie."""
    return next(tensor for _, tensor in named_leaves(inputs))


def rebuild(inputs: Any, leaves: Sequence[Any]) -> Any:
    """What has the form of these inputs, and such leaves in the place of its tensors."""
    if isinstance(inputs, dict):
        return dict(zip(inputs, leaves, strict=True))
    return tuple(leaves) if isinstance(inputs, tuple) else leaves[0]


def map_inputs(change: Callable[[Any], Any], inputs: Any) -> Any:
    """The same form, each tensor changed; of arrays alike."""
    return rebuild(inputs, [change(tensor) for tensor in leaves_of(inputs)])


def take_examples(inputs: Inputs, index: Tensor | slice | int) -> Inputs:
    """These examples, along the first axis. index: positions, a slice, or one place, which takes the axis away."""
    if isinstance(index, slice | int):
        return map_inputs(lambda tensor: tensor[index], inputs)
    return map_inputs(lambda tensor: tensor.index_select(0, index), inputs)


def chunks_of(inputs: Inputs, size: int) -> Iterator[Inputs]:
    """All examples in order, so many at a time; fewer in the last."""
    for parts in zip(*(tensor.split(size) for tensor in leaves_of(inputs)), strict=True):
        yield rebuild(inputs, parts)


def stack_inputs(parts: Sequence[Inputs]) -> Inputs:
    """Inputs of one form, one for each seed, as one with an axis (S,) before; of one alone a view."""
    import torch

    if len(parts) == 1:
        return map_inputs(lambda tensor: tensor[None], parts[0])
    columns = zip(*(leaves_of(part) for part in parts), strict=True)
    return rebuild(parts[0], [torch.stack(column) for column in columns])


def shapes_of(inputs: Inputs) -> Any:
    """The shape of each tensor without the examples' axis, in the form of the inputs."""
    return map_inputs(lambda tensor: tuple(tensor.shape[1:]), inputs)


def call_model(model: nn.Module | Callable[..., Any], inputs: Inputs) -> Any:
    """`model(x)`, `model(*xs)` or `model(**xs)`."""
    if isinstance(inputs, dict):
        return model(**inputs)
    return model(*inputs) if isinstance(inputs, tuple) else model(inputs)
