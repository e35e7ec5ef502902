"""One style per schedule, the same in every figure: colour, line and mark, told apart by any eye and in grey."""

from collections.abc import Iterable
from typing import NamedTuple

# After Okabe and Ito, each at least 3:1 against a white and against a dark page: neither too light nor too dark.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#B65C91", "#9A6A00", "#7C5CC4", "#757575")
LINES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")  # as many as have no factor with the colours
MARKS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "hexagon")
NEUTRAL = "#7F7F7F"


class LabelStyle(NamedTuple):
    """A colour as #RRGGBB; a line and a mark by their names in LINES and MARKS."""

    color: str
    line: str
    mark: str


def label_styles(labels: Iterable[str]) -> dict[str, LabelStyle]:
    """A style for each label: colour, line and mark change from one to the next, and 42 have no line and mark alike.

    >>> label_styles(["constant", "cosine"])["cosine"]
    LabelStyle(color='#D55E00', line='dash', mark='square')
    """
    return {
        label: LabelStyle(COLORS[i % len(COLORS)], LINES[i % len(LINES)], MARKS[i % len(MARKS)])
        for i, label in enumerate(labels)
    }


def contrast(color: str, ground: str = "#FFFFFF") -> float:
    """How far apart two colours are in light, 1 to 21, as the Web Content Accessibility Guidelines count it.

    >>> round(contrast("#000000"), 1), round(contrast("#757575"), 2)
    (21.0, 4.61)
    """
    lighter, darker = sorted((_luminance(color), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """The light of a colour #RRGGBB, 0 to 1."""
    shares = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
