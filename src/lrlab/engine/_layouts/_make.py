"""The layouts by name."""

from collections.abc import Callable, Sequence

from torch import nn

from ...errors import UnknownName
from .._noise import Noise
from ._base import Layout
from ._channels_last import ChannelsLast
from ._grouped import Grouped
from ._loop import Loop
from ._vmap import Vmap

_MAKERS: dict[str, Callable[[Sequence[nn.Module], Sequence[int], Noise], Layout]] = {
    "grouped": Grouped,
    "vmap": Vmap,
    "channels_last": ChannelsLast,
    "loop": Loop,
}
LAYOUTS = tuple(_MAKERS)  # the fastest first, as a rule; the last takes any module


def make_layout(name: str, models: Sequence[nn.Module], which: Sequence[int], noise: Noise) -> Layout:
    """K models with their initial weights, dropout keyed (`key_dropout`), as one. The models belong to the layout then.

    name: one of `LAYOUTS`. which: the seed of each trial, as a position in `noise.seeds` and in the inputs; trials of
    one seed are best put side by side. Raises UnknownName, and Unstackable for a model that the layout cannot run.
    """
    if name not in _MAKERS:
        raise UnknownName("layout", name, LAYOUTS)
    return _MAKERS[name](models, which, noise)
