"""A table as lines of text that fit a terminal: numbers are never cut, the least important columns leave first."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len

from ..errors import visible
from ..measures import MEASURES
from ._words import TextTable, join_names

GAP = "  "
STAY = 3  # the first columns never leave: who, at what peak, how good
LEAVE = ("seconds", "precision", "recall", "f1", "loss")  # in this order; then the others, from the right
SHORTEST, LONGEST = 16, 20  # characters of a column of words for which other columns leave
LINES = 4  # of a name, before it is cut
CUT = "…"
BREAK = re.compile(r"(?<=[\s,+=/])(?![\s,+=/])|(?<=\w\()")
WORD = re.compile(r"\b(?!edge|diverged|none|chosen)[^\W\d_]{3,}")  # numbers have "to" and "of" beside them, and notes
DIGITS = "0123456789."


class TableColumn(NamedTuple):
    """The cells, the heading first; whether they are words; the width they need at the least, and to be unbroken."""

    cells: tuple[str, ...]
    words: bool
    least: int
    full: int


class FittedTable(NamedTuple):
    """The lines; the columns that found no room; whether a name was cut."""

    lines: tuple[str, ...]
    left_out: tuple[str, ...]
    cut: bool


def fit_table(table: TextTable, width: int | None) -> FittedTable:
    """The table within so many columns of characters; None: as wide as it is, each row on a line.

    Words and headings are broken where they must; a wide character counts as two.
    """
    grid = [tuple(map(visible, line)) for line in (table.header, *table.rows)]
    columns = [_measure_column(cells) for cells in zip(*grid, strict=True)]
    left, leaving = list(range(len(columns))), _leaving_order(columns)
    while width is not None and leaving and _total_width([columns[place].least for place in left]) > width:
        left.remove(leaving.pop(0))
    kept = [columns[place] for place in left]
    sizes = _column_widths(kept, width)
    folded = [[fold_text(cell, size) for cell in column.cells] for column, size in zip(kept, sizes, strict=True)]
    head, *body = zip(*folded, strict=True)
    lines = [*_row_lines(head, kept, sizes, low=True), GAP.join("-" * size for size in sizes)]
    for row in body:
        lines += _row_lines([cut_name(cell, size) for cell, size in zip(row, sizes, strict=True)], kept, sizes)
    left_out = tuple(column.cells[0] for place, column in enumerate(columns) if place not in left)
    return FittedTable(tuple(lines), left_out, any(len(cell) > LINES for row in body for cell in row))


def left_out_note(fit: FittedTable) -> str:
    """What a narrow table does not show, and where it is; "" where it shows everything."""
    left = f"No room for {join_names(fit.left_out)}. " if fit.left_out else ""
    cut = f"Names that end in {CUT} are longer. " if fit.cut else ""
    return f"{left}{cut}A wider terminal, the page and --json show all of it." if left or cut else ""


def _measure_column(cells: tuple[str, ...]) -> TableColumn:
    """A column of names or words, which may be broken, or of numbers, which may not; its heading may be."""
    heading, body = cells[0], cells[1:]
    longest = max(map(cell_len, body), default=0)
    full = max(longest, cell_len(heading))
    words = any(WORD.search(cell) for cell in body)
    if words:
        least = min(full, max(SHORTEST, min(LONGEST, full // (LINES - 1))))
    else:
        least = max(longest, min(max(map(cell_len, heading.split()), default=0), 12))
    return TableColumn(cells, words, least, full)


def _leaving_order(columns: Sequence[TableColumn]) -> list[int]:
    """The places of the columns that may leave, the first to leave first: those that say the same in each row."""
    headings = [MEASURES[name].column(in_percent=False) for name in LEAVE]

    def rank(place: int) -> tuple[bool, int, int]:
        heading, *body = columns[place].cells
        known = next((number for number, name in enumerate(headings) if heading.startswith(name)), len(headings))
        return len(set(body)) > 1, known, -place

    return sorted(range(STAY, len(columns)), key=rank)


def _total_width(sizes: Sequence[int]) -> int:
    return sum(sizes) + len(GAP) * (len(sizes) - 1)


def _column_widths(columns: Sequence[TableColumn], width: int | None) -> list[int]:
    """The width of each column: what is left over goes to the words that lack most, then to headings."""
    if width is None:
        return [column.full for column in columns]
    sizes = [column.least for column in columns]
    for _ in range(width - _total_width(sizes)):
        lacking = [(column.words, column.full - size) for column, size in zip(columns, sizes, strict=True)]
        place = max(range(len(sizes)), key=lambda place: (lacking[place][1] > 0, *lacking[place]))
        sizes[place] += lacking[place][1] > 0
    return sizes


def _row_lines(
    cells: Sequence[Sequence[str]], columns: Sequence[TableColumn], sizes: Sequence[int], *, low: bool = False
) -> Iterator[str]:
    """Cells of several lines side by side, words to the left, numbers to the right. low: short cells at the bottom."""
    height = max(map(len, cells))
    full = [[""] * (height - len(cell)) + [*cell] if low else [*cell] for cell in cells]
    for line in zip_longest(*full, fillvalue=""):
        parts = zip(line, columns, sizes, strict=True)
        padded = [
            part + " " * (size - cell_len(part)) if column.words else " " * (size - cell_len(part)) + part
            for part, column, size in parts
        ]
        yield GAP.join(padded).rstrip()


def cut_name(name: Sequence[str], size: int) -> Sequence[str]:
    """At most so many lines of a name; what was cut shows."""
    if len(name) <= LINES:
        return name
    last = name[LINES - 1]
    while cell_len(last) + 1 > size:
        last = last[:-1]
    return [*name[: LINES - 1], last + CUT]


def fold_text(text: str, size: int) -> list[str]:
    """The text in lines of at most `size` characters, broken between words, or behind signs; numbers stay whole."""
    lines, line, size = [], "", max(size, 2)  # a wide character must find room
    for piece in BREAK.split(text):
        if cell_len((line + piece).rstrip()) > size and line:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while cell_len(line.rstrip()) > size:
            end = _break_place(line, size)
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _break_place(word: str, size: int) -> int:
    """How many characters of a word too long for a line stand on it: not the first half of a number, if it can be."""
    fits = [n for n in range(len(word) - 1, 0, -1) if cell_len(word[:n]) <= size] or [1]
    return next((n for n in fits if not (word[n - 1] in DIGITS and word[n] in DIGITS)), fits[0])
