"""The layouts by name."""

from collections.abc import Callable, Sequence

from torch import nn

from ...errors import UnknownName
from .._noise import Noise
from ._base import Layout
from ._channels_last import ChannelsLast
from ._compiled import CompiledGrouped, CompiledLoop
from ._grouped import Grouped
from ._loop import Loop
from ._vmap import Vmap

_MAKERS: dict[str, Callable[[Sequence[nn.Module], Sequence[int], Noise], Layout]] = {
    "grouped": Grouped,
    "vmap": Vmap,
    "channels_last": ChannelsLast,
    "loop": Loop,
    "grouped_compiled": CompiledGrouped,
    "loop_compiled": CompiledLoop,
}
COMPILED = ("grouped_compiled", "loop_compiled")  # what takes a minute to begin
LAYOUTS = tuple(name for name in _MAKERS if name not in COMPILED)  # the fastest first, as a rule; the last takes any


def make_layout(name: str, models: Sequence[nn.Module], which: Sequence[int], noise: Noise) -> Layout:
    """K models with their initial weights, dropout keyed (`key_dropout`), as one. The models belong to the layout then.

    name: one of `LAYOUTS` or `COMPILED`. which: the seed of each trial, as a position in `noise.seeds` and in the
    inputs; trials of one seed are best put side by side. Raises UnknownName, and Unstackable for a model that the
    layout cannot run.
    """
    if name not in _MAKERS:
        raise UnknownName("layout", name, _MAKERS)
    return _MAKERS[name](models, which, noise)
