"""A schedule's shape and a score's interval, drawn with characters."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ._study_answer import AnswerAxis, AnswerRow


class Marks(NamedTuple):
    """The characters that an output has.

    heights: of a shape, from low to high. Of an interval: its left and right end, what lies between, its mean, the mean
    of what is recommended, and what lies beyond the axis to the left and right.
    """

    heights: str
    left: str
    right: str
    line: str
    mean: str
    used: str
    before: str
    behind: str


BLOCKS = Marks("▁▂▃▄▅▆▇█", "├", "┤", "─", "○", "●", "◂", "▸")
LETTERS = Marks("_.-~'", "|", "|", "-", "o", "*", "<", ">")
SPELLED = {"≥": ">=", "−": "-", "…": "...", "·": "-"}


def spell_text(text: str, unicode: bool) -> str:
    """The text in the letters of an output; without Unicode, our own signs in ASCII."""
    if unicode:
        return text
    for sign, letters in SPELLED.items():
        text = text.replace(sign, letters)
    return text


def shape_marks(shape: Sequence[float], width: int, marks: Marks = BLOCKS) -> str:
    """A shape as so many characters, each as high as the shape is in its middle; "" where there is none.

    >>> shape_marks([0.0, 0.5, 1.0], 5)
    '▂▃▅▆▇'
    """
    if not shape:
        return ""
    middles = (np.arange(width) + 0.5) / width
    last = len(marks.heights) - 1
    heights = np.interp(middles, np.linspace(0, 1, len(shape)), shape) * last
    return "".join(marks.heights[int(np.clip(height + 0.5, 0, last))] for height in heights)


def interval_marks(row: AnswerRow, axis: AnswerAxis, width: int, marks: Marks = BLOCKS) -> str:
    """A score and its interval on the common axis; where it lies beyond, an arrow to there.

    width: in characters.
    """
    if row.score is None or row.low is None or row.high is None:
        return ""
    low, mean, high = (round(axis.place(value) * (width - 1)) for value in (row.low, row.score, row.high))
    signs = [" "] * width
    for place in range(max(low, 0), min(high, width - 1) + 1):
        signs[place] = marks.line
    if 0 <= low < width:
        signs[low] = marks.left
    if 0 <= high < width:
        signs[high] = marks.right
    if mean < 0 or mean >= width:
        signs[0 if mean < 0 else -1] = marks.before if mean < 0 else marks.behind
    else:
        signs[mean] = marks.used if row.verdict == "recommended" else marks.mean
    return "".join(signs).rstrip()


def tick_marks(axis: AnswerAxis, width: int) -> str:
    """The axis' ticks at their places, those that find room without touching.

    >>> tick_marks(AnswerAxis(low=0.9, high=1.0, ticks=((0.92, "92"), (0.96, "96"))), 11)
    '  92  96'
    """
    signs, free = [" "] * width, 0
    for value, text in axis.ticks:
        start = min(round(axis.place(value) * (width - 1)) - (len(text) - 1) // 2, width - len(text))
        if start >= free:
            signs[start : start + len(text)] = text
            free = start + len(text) + 1
    return "".join(signs).rstrip()
