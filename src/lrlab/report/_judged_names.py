"""Names of arms and metrics in a sentence of a judgement."""

from collections.abc import Sequence
from unicodedata import bidirectional

from ._words import join_names

FEW = 4  # names that a sentence holds
ISOLATE, POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def few_names(names: Sequence[str], others: str = "") -> str:
    """A few names in a sentence; more are counted.

    >>> few_names(["a", "b"]), few_names("abcdef"), few_names("abcde", others="arms")
    ('a and b', 'a, b, c and 3 more', '5 arms')
    """
    shown = [name_in_text(name) for name in names]
    if len(shown) <= FEW:
        return join_names(shown)
    return f"{len(shown)} {others}" if others else join_names([*shown[: FEW - 1], f"{len(shown) - FEW + 1} more"])


def name_in_text(name: str) -> str:
    """A name as a sentence holds it: one that is written from right to left does not turn what stands beside it."""
    return f"{ISOLATE}{name}{POP}" if any(bidirectional(sign) in ("R", "AL", "AN") for sign in name) else name
