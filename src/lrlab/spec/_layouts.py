"""The layouts there are, in what a driver has to know of them.

What only this machine tells is in `engine`: `is_available(layout)`, whether it can run the layout, and
`block_size(layout, precision)`, how many trials fill it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

LayoutName = Literal[
    "reference", "loop", "channels_last", "vmap", "grouped", "lanes", "grouped_compiled", "loop_compiled"
]


@dataclass(frozen=True)
class LayoutKind:
    """One layout.

    stacked: trials run as one batched model; else one after the other. plain: each by the plain loop (`TrainTrial`),
    without a stack or a plan worth following.
    any_model: it trains whatever can be trained; a model that fails here fails everywhere.
    portable: a plan with it can be run on any machine. cards: it runs on graphics cards too. recorded: its updates can
    be recorded once as a graph and replayed there. own_threads: the threads it works with are not torch's.
    compiling: the seconds, about, that `torch.compile` takes to make its program as a stack begins; 0: none does.
    sizes, card_sizes: trials a stack that are worth a measurement, on a processor and on a graphics card.
    """

    stacked: bool = False
    plain: bool = False
    any_model: bool = False
    portable: bool = True
    cards: bool = True
    recorded: bool = False
    compiling: float = 0.0
    own_threads: bool = False
    sizes: tuple[int, ...] = (1,)
    card_sizes: tuple[int, ...] = (1,)


SIZES = (4, 8, 16, 32)  # on a processor nothing was ever gained beyond 32
CARD_SIZES = (8, 32, 64, 128, 256)  # on a graphics card, which is wider
COMPILING = 60.0  # a small GPT took 90 s on one core of a processor, where it then was 1.2 times as fast
LANE_SIZES = (8, 16, 32)  # fewer trials than a vector has take as long

# The fastest first, as a rule.
LAYOUT_KINDS: Mapping[str, LayoutKind] = {
    "lanes": LayoutKind(stacked=True, portable=False, cards=False, own_threads=True, sizes=LANE_SIZES, card_sizes=()),
    "grouped": LayoutKind(stacked=True, recorded=True, sizes=SIZES, card_sizes=CARD_SIZES),
    "vmap": LayoutKind(stacked=True, recorded=True, sizes=SIZES, card_sizes=CARD_SIZES),
    "channels_last": LayoutKind(recorded=True),
    "loop": LayoutKind(any_model=True, recorded=True),
    "grouped_compiled": LayoutKind(stacked=True, recorded=True, compiling=COMPILING),
    "loop_compiled": LayoutKind(recorded=True, compiling=COMPILING),
    "reference": LayoutKind(any_model=True, plain=True),
}
PLAIN_LOOP: LayoutName = "reference"
ONE_BY_ONE: LayoutName = "loop"  # what other layouts are measured against, and where trials go that a stack failed
