"""Questions to a node of a traced graph, and to a layer made of it."""

from typing import Any

import torch
from torch import fx

from ._abi import Layer, NetImage

RESHAPES = ("view", "reshape")
FLATTENS = (torch.flatten, "flatten")


def covers(layer: Layer, image: NetImage) -> bool:
    """Whether a convolution is a linear layer: its kernel is as large as the image."""
    kernel, padding, groups = layer.number[:2], layer.number[4:6], layer.number[8]
    return kernel == [image.height, image.width] and padding == [0, 0] and groups == 1


def flattens(node: fx.Node) -> bool:
    """Whether a function or method makes (B, numbers) of images."""
    if node.target in FLATTENS:
        return (argument(node, 1, "start_dim", 0), argument(node, 2, "end_dim", -1)) == (1, -1)
    return node.target in RESHAPES and len(node.args) == 3 and node.args[-1] in (-1, (-1,))


def pair(number: Any) -> tuple[int, int]:
    """One number for both axes, or two."""
    return (number, number) if isinstance(number, int) else (number[0], number[1])


def argument(node: fx.Node, place: int, name: str, default: Any) -> Any:
    """An argument of a node, given by its place or its name; the default where it is not given."""
    return node.args[place] if len(node.args) > place else node.kwargs.get(name, default)
