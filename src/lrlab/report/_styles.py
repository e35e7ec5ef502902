"""One style per schedule, the same in every figure: colour, line and mark, told apart by any eye and in grey."""

from collections.abc import Iterable
from typing import NamedTuple

# Okabe and Ito's colours without black and yellow, which vanish on a dark and on a white page.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
LINES = ("solid", "dash", "dot", "dashdot")
MARKS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "hexagon")
NEUTRAL = "#7F7F7F"


class LabelStyle(NamedTuple):
    """A colour as #RRGGBB; a line and a mark by their Plotly names."""

    color: str
    line: str
    mark: str


def label_styles(labels: Iterable[str]) -> dict[str, LabelStyle]:
    """A style for each label: another colour first, then another line where the colours begin again.

    >>> label_styles(["constant", "cosine"])["cosine"]
    LabelStyle(color='#D55E00', line='solid', mark='square')
    """
    return {
        label: LabelStyle(COLORS[i % len(COLORS)], LINES[i // len(COLORS) % len(LINES)], MARKS[i % len(MARKS)])
        for i, label in enumerate(labels)
    }
