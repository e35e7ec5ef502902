"""Rate curves drawn with characters. Suffix P: points; RC: rows and columns of characters; YX: of dots."""

import string
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._curves import CurveArrays
from ._numbers import rate
from ._styles import label_styles

BLANK = 0x2800  # the braille character without dots
BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])  # of the dot at [y, x] of a character
NAMES_PER_CURVE = 3


class Frame(NamedTuple):
    """What is drawn around the curves."""

    corner: str
    floor: str
    wall: str
    tick: str
    cut: str


BOX, ASCII = Frame("└", "─", "│", "┤", "…"), Frame("+", "-", "|", "+", "...")


class Axes(NamedTuple):
    """What is written at the axes: names, the values at top, middle and foot, and at the left and right end."""

    y: str
    x: str
    ticks: tuple[str, str, str]
    ends: tuple[str, str]


def terminal_picture(
    curves: Sequence[CurveArrays], width: int = 72, height: int = 16, *, unicode: bool = True, markup: bool = False
) -> str:
    """The curves over one another, axes and a legend, as lines of at most `width` characters.

    Of several curves, each is marked with its letter of the legend. height: lines without the legend. unicode: braille
    dots, else ASCII. markup: colours as Rich reads them, labels escaped; else plain text.
    """
    top = max(float(curve.rates.max()) for curve in curves) or 1.0
    last = max(int(curve.updates[-1]) for curve in curves)
    axes = Axes("rate", "updates", (rate(top), rate(top / 2), "0"), ("0", f"{last:,}"))
    return draw_in_frame(curves, axes, (last, top), width, height, unicode=unicode, markup=markup)


def draw_in_frame(
    curves: Sequence[CurveArrays],
    axes: Axes,
    largest: tuple[int, float],
    width: int,
    height: int,
    *,
    unicode: bool,
    markup: bool = False,
) -> str:
    """Curves from 0 to the largest (x, y), in a frame. The other arguments are those of `terminal_picture`."""
    gutter = max(len(axes.y), *map(len, axes.ticks)) + 1
    size = (max(height, 7) - 3, max(width, gutter + 22) - gutter - 1)
    characters_RC, owner_RC = _draw_characters(curves, *largest, size, unicode)
    frame, rows = BOX if unicode else ASCII, size[0]
    at = dict(zip((0, (rows - 1) // 2, rows - 1), axes.ticks, strict=True))
    colors = [style.color for style in label_styles(str(i) for i in range(len(curves))).values()] if markup else None
    lines = [axes.y.rjust(gutter - 1)]
    for row in range(rows):
        left = f"{at.get(row, ''):>{gutter - 1}} {frame.tick if row in at else frame.wall}"
        lines.append(left + _paint_line(characters_RC[row], owner_RC[row], colors))
    lines.append(" " * gutter + frame.corner + frame.floor * size[1])
    left, right = axes.ends
    lines.append(" " * (gutter + 1) + left + axes.x.center(size[1] - len(left) - len(right)) + right)
    return "\n".join(line.rstrip() for line in lines + _legend_lines(curves, gutter + 1, size[1], frame, colors))


def _draw_characters(
    curves: Sequence[CurveArrays], last: int, top: float, size: tuple[int, int], unicode: bool
) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """A character and the curve it belongs to (-1: none) at each place; the first curve lies on top."""
    rows, columns = size
    tall, wide = BITS.shape if unicode else (1, 1)
    characters_RC, owner_RC = np.full(size, " "), np.full(size, -1)
    bits_RC = np.zeros(size, dtype=np.int64)
    for number in reversed(range(len(curves))):
        y, x = _curve_dots(curves[number], last, top, rows * tall, columns * wide)
        owner_RC[y // tall, x // wide] = number
        if unicode:
            np.bitwise_or.at(bits_RC, (y // tall, x // wide), BITS[y % tall, x % wide])
        else:
            characters_RC[y, x] = _curve_letter(number) if len(curves) > 1 else "*"
    if unicode:
        characters_RC[bits_RC > 0] = [chr(BLANK + bits) for bits in bits_RC[bits_RC > 0]]
    for number, curve in enumerate(curves if len(curves) > 1 else ()):
        y, x = _curve_dots(curve, last, top, rows, columns)
        for part in range(NAMES_PER_CURVE):
            place = int(len(x) * (part + (number + 0.5) / len(curves)) / NAMES_PER_CURVE)
            characters_RC[y[place], x[place]], owner_RC[y[place], x[place]] = _curve_letter(number), number
    return characters_RC, owner_RC


def _curve_dots(
    curve: CurveArrays, last: int, top: float, height: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The dots of a curve as (y, x), y down, neighbours joined."""
    x_P = curve.updates / max(last, 1) * (width - 1)
    y_P = (1 - curve.rates / top) * (height - 1)
    steps = np.ceil(np.maximum(np.abs(np.diff(x_P)), np.abs(np.diff(y_P))))
    way_P = np.concatenate([[0], np.cumsum(steps)])
    along = np.arange(way_P[-1] + 1)
    y, x = (np.interp(along, way_P, values).round().astype(np.int64) for values in (y_P, x_P))
    return y, x


def _curve_letter(number: int) -> str:
    return string.ascii_letters[number % len(string.ascii_letters)]


def _paint_line(characters: NDArray[np.str_], owners: NDArray[np.int64], colors: Sequence[str] | None) -> str:
    if colors is None:
        return "".join(characters)
    runs = groupby(zip(characters, owners.tolist(), strict=True), key=lambda pair: pair[1])
    texts = ((owner, "".join(character for character, _ in run)) for owner, run in runs)
    return "".join(text if owner < 0 else f"[{colors[owner]}]{text}[/]" for owner, text in texts)


def _legend_lines(
    curves: Sequence[CurveArrays], indent: int, width: int, frame: Frame, colors: Sequence[str] | None
) -> list[str]:
    lines = []
    for number, curve in enumerate(curves):
        name = f"{_curve_letter(number)} " if len(curves) > 1 else ""
        room = width - len(name)
        label = curve.label if len(curve.label) <= room else curve.label[: room - len(frame.cut)] + frame.cut
        if colors is not None:
            from rich.markup import escape

            name, label = f"[{colors[number]}]{name}", f"{escape(label)}[/]"
        lines.append(" " * indent + name + label)
    return lines
