"""A table as lines of text that fit a terminal: numbers are never cut, the least important columns leave first."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len

from ..errors import visible
from ._words import Table, listed

GAP = "  "
STAY = 3  # the first columns never leave: who, at what peak, how good
LEAVE = ("s per trial", "precision", "recall", "F1", "loss")  # in this order; then the others, from the right
NAME = 16  # characters of the first column that other columns leave for
LINES = 3  # of a name, before it is cut
CUT = "…"
BREAK = re.compile(r"(?<=[\s,+=/])(?![\s,+=/])|(?<=\w\()")
DIGITS = "0123456789."


class Fitted(NamedTuple):
    """The lines; the columns that found no room; whether a name was cut."""

    lines: tuple[str, ...]
    left_out: tuple[str, ...]
    cut: bool


def fitted(table: Table, width: int | None) -> Fitted:
    """The table within so many columns of characters; None: as wide as it is, each row on a line.

    Names and headings are broken where they must; a wide character counts as two.
    """
    header, *body = [tuple(map(visible, line)) for line in (table.header, *table.rows)]
    left = list(range(len(header)))
    leaving = _leaving(header, body)
    while width is not None and leaving and _least(header, body, left) > width:
        left.remove(leaving.pop(0))
    kept = [[line[place] for place in left] for line in (header, *body)]
    sizes = _sizes(kept, width)
    top = [_folded(cell, size) for cell, size in zip(kept[0], sizes, strict=True)]
    names = [_folded(line[0], sizes[0]) for line in kept[1:]]
    lines = [*_laid(top, sizes, low=True), GAP.join("-" * size for size in sizes)]
    for name, line in zip(names, kept[1:], strict=True):
        lines += _laid([_shortened(name, sizes[0]), *([cell] for cell in line[1:])], sizes)
    left_out = tuple(name for place, name in enumerate(header) if place not in left)
    return Fitted(tuple(lines), left_out, any(len(name) > LINES for name in names))


def note(found: Fitted) -> str:
    """What a narrow table does not show, and where it is; "" where it shows everything."""
    left = f"No room for {listed(found.left_out)}. " if found.left_out else ""
    cut = f"Names that end in {CUT} are longer. " if found.cut else ""
    return f"{left}{cut}A wider terminal, the page and --json show all of it." if left or cut else ""


def _leaving(header: Sequence[str], body: Sequence[Sequence[str]]) -> list[int]:
    """The places of the columns that may leave, the first to leave first: those that say the same in each row."""

    def rank(place: int) -> tuple[bool, int, int]:
        tells = len({row[place] for row in body}) > 1
        known = next((number for number, name in enumerate(LEAVE) if header[place].startswith(name)), len(LEAVE))
        return tells, known, -place

    return sorted(range(STAY, len(header)), key=rank)


def _least(header: Sequence[str], body: Sequence[Sequence[str]], places: Sequence[int]) -> int:
    """The width these columns need at the least."""
    name = min(NAME, max(cell_len(line[0]) for line in (header, *body)))
    others = [_number_width([header[place], *(row[place] for row in body)]) for place in places[1:]]
    return name + sum(len(GAP) + size for size in others)


def _number_width(column: Sequence[str]) -> int:
    """Of a column of numbers: that of its longest number, or of the longest word of its heading, if not far longer."""
    numbers = max((cell_len(cell) for cell in column[1:]), default=0)
    return max(numbers, min(max(map(cell_len, column[0].split()), default=0), 12))


def _sizes(kept: Sequence[Sequence[str]], width: int | None) -> list[int]:
    """The width of each column; the first takes what the others leave, if it needs it."""
    columns = list(zip(*kept, strict=True))
    if width is None:
        return [max(map(cell_len, column)) for column in columns]
    numbers = [_number_width(column) for column in columns[1:]]
    room = width - sum(len(GAP) + size for size in numbers)
    sizes = [max(min(room, max(map(cell_len, columns[0]))), 1), *numbers]
    spare = width - sum(sizes) - len(GAP) * len(numbers)
    for place, column in enumerate(columns[1:], start=1):  # headings on one line where there is room
        more = min(max(cell_len(column[0]) - sizes[place], 0), max(spare, 0))
        sizes[place], spare = sizes[place] + more, spare - more
    return sizes


def _laid(cells: Sequence[Sequence[str]], sizes: Sequence[int], *, low: bool = False) -> Iterator[str]:
    """Cells of several lines side by side, the first to the left, the others to the right. low: down, not up."""
    height = max(map(len, cells))
    full = [[""] * (height - len(cell)) + [*cell] if low else [*cell] for cell in cells]
    for line in zip_longest(*full, fillvalue=""):
        pads = [" " * (size - cell_len(part)) for part, size in zip(line, sizes, strict=True)]
        numbers = [pad + part for pad, part in zip(pads[1:], line[1:], strict=True)]
        yield GAP.join([line[0] + pads[0], *numbers]).rstrip()


def _shortened(name: Sequence[str], size: int) -> Sequence[str]:
    """At most so many lines of a name; what was cut shows."""
    if len(name) <= LINES:
        return name
    last = name[LINES - 1]
    while cell_len(last) + 1 > size:
        last = last[:-1]
    return [*name[: LINES - 1], last + CUT]


def _folded(text: str, size: int) -> list[str]:
    """The text in lines of at most `size` characters, broken between words, or behind signs; numbers stay whole."""
    lines, line = [], ""
    for piece in BREAK.split(text):
        if cell_len((line + piece).rstrip()) > size and line:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while cell_len(line.rstrip()) > size:
            end = _end(line, size)
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _end(word: str, size: int) -> int:
    """How many characters of a word too long for a line stand on it: not the first half of a number, if it can be."""
    fits = [n for n in range(len(word) - 1, 0, -1) if cell_len(word[:n]) <= size] or [1]
    return next((n for n in fits if not (word[n - 1] in DIGITS and word[n] in DIGITS)), fits[0])
