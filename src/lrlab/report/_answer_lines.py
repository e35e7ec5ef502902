"""The answer's table as lines that fit a terminal: words stay whole where they can, the least telling columns leave."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import cell_len

from ..errors import visible
from ._answer_marks import BLOCKS, LETTERS, Marks, interval_marks, shape_marks, spell_text, tick_marks
from ._columns import CUT, GAP, LINES, LONGEST, SHORTEST, cut_name, fold_text
from ._study_answer import StudyAnswer
from ._words import join_names

SHAPE, WIDE_SHAPE, LEAST_BAR, BAR, WIDE_BAR = 8, 12, 9, 20, 40  # characters
FEW_LINES = 28  # characters, in which most names are few lines
NARROWEST = 8  # characters of names where nothing else can leave
LEAVE = ("detail", "shape", "interval", "difference", "peak")  # what leaves first, where there is no room
NAMES = {"interval": "intervals", "difference": "differences", "peak": "peaks"}  # of the others, words tell


class AnswerColumn(NamedTuple):
    """A column about to be laid out. least, full: the characters it needs, and those with which nothing is folded."""

    name: str
    heading: str
    cells: tuple[str, ...]
    right: bool
    least: int
    full: int


def answer_lines(shown: StudyAnswer, width: int | None, unicode: bool = True) -> list[str]:
    """The table in lines of at most so many characters, a space before each; and what found no room.

    width: None: as wide as it is.
    """
    marks = BLOCKS if unicode else LETTERS
    columns, left_out = _fitting_columns(list(_answer_columns(shown, unicode)), width)
    sizes = _sizes_within(columns, width)
    drawn = [_drawn_column(column, size, shown, marks) for column, size in zip(columns, sizes, strict=True)]
    lines = [*_header_lines(drawn, sizes, shown), "", *_body_lines(drawn, sizes)]
    notes = _notes_below(shown, left_out, any(CUT in line for line in lines))
    rule = GAP.join(("─" if unicode else "-") * size for size in sizes)
    ruled = [line or rule for line in lines]
    folded = [line for note in notes for line in ([note] if width is None else fold_text(note, width - 1))]
    return [spell_text(f" {line}", unicode) for line in (*ruled, *folded)]


def _answer_columns(shown: StudyAnswer, unicode: bool) -> Iterator[AnswerColumn]:
    rows, heads = shown.rows, shown.headings
    labels = tuple(visible(row.label) for row in rows)
    longest = max(map(cell_len, labels))
    yield AnswerColumn("name", "schedule", labels, False, min(longest, _least_of(longest)), max(longest, 8))
    if any(row.shape for row in rows):
        yield AnswerColumn("shape", "shape", ("",) * len(rows), False, SHAPE, WIDE_SHAPE)
    peaks = tuple(visible(row.shown.peak) for row in rows)
    widest = max(map(cell_len, peaks))
    worded = any(row.setting for row in rows)
    yield AnswerColumn(
        "peak", heads.peak, peaks, not worded, max(4, _least_of(widest) if worded else widest), max(widest, 4)
    )
    yield _plain_column("score", heads.score, tuple(row.shown.score for row in rows))
    if shown.axis is not None:
        yield AnswerColumn("interval", heads.interval, ("",) * len(rows), False, LEAST_BAR, BAR)
    pairs = [(spell_text(row.shown.difference, unicode), spell_text(row.shown.between, unicode)) for row in rows]
    if any(difference for difference, _ in pairs):
        sizes = [max(cell_len(pair[place]) for pair in pairs) for place in (0, 1)]
        cells = tuple(f"{one:>{sizes[0]}}{GAP}{two:>{sizes[1]}}" if one else "" for one, two in pairs)
        yield _plain_column("difference", heads.against, cells)
    yield _plain_column("verdict", heads.verdict, tuple(row.shown.verdict for row in rows), right=False)
    details = tuple(spell_text(row.shown.detail, unicode) for row in rows)
    if any(details):
        full = max(map(cell_len, details))
        yield AnswerColumn("detail", "", details, False, min(full, LONGEST), full)


def _least_of(longest: int) -> int:
    """The least characters of a column of names of which the longest has so many."""
    return min(longest, max(SHORTEST, min(LONGEST, longest // (LINES - 1))))


def _plain_column(name: str, heading: str, cells: tuple[str, ...], right: bool = True) -> AnswerColumn:
    """A column whose cells are never folded; its heading is."""
    longest = max(map(cell_len, cells))
    least = max(longest, min(max(map(cell_len, heading.split()), default=0), 12))
    return AnswerColumn(name, heading, cells, right, least, least)


def _fitting_columns(columns: list[AnswerColumn], width: int | None) -> tuple[list[AnswerColumn], list[str]]:
    """The columns that find room, and the names of those that left."""
    left_out = []
    for name in LEAVE:
        if width is None or _total_of([column.least for column in columns]) < width:
            break
        left_out += [NAMES[name] for column in columns if column.name == name and name in NAMES]
        columns = [column for column in columns if column.name != name]
    return columns, left_out


def _total_of(sizes: list[int]) -> int:
    return sum(sizes) + len(GAP) * (len(sizes) - 1)


def _sizes_within(columns: list[AnswerColumn], width: int | None) -> list[int]:
    """The width of each column: what is left over unfolds names, then draws intervals larger."""
    if width is None:
        return [column.full for column in columns]
    sizes = [column.least for column in columns]
    lacking = max(_total_of(sizes) - (width - 1), 0)
    sizes[0] -= min(lacking, max(sizes[0] - NARROWEST, 0))
    room = max(width - 1 - _total_of(sizes), 0)
    for wanted in _wanted_sizes(columns):
        for place, most in enumerate(wanted):
            taken = min(max(most - sizes[place], 0), room)
            sizes[place] += taken
            room -= taken
    return sizes


def _wanted_sizes(columns: list[AnswerColumn]) -> Iterator[list[int]]:
    """What the columns would like, the most urgent first: names in few lines, pictures, whole names, large pictures."""
    yield [min(column.full, FEW_LINES) if column.name == "name" else column.least for column in columns]
    yield [column.least if column.name == "name" else column.full for column in columns]
    yield [column.full for column in columns]
    yield [WIDE_BAR if column.name == "interval" else column.full for column in columns]


def _drawn_column(column: AnswerColumn, size: int, shown: StudyAnswer, marks: Marks) -> AnswerColumn:
    """The column with its pictures drawn at this width."""
    if column.name == "shape":
        return column._replace(cells=tuple(shape_marks(row.shape, size, marks) for row in shown.rows))
    if column.name == "interval" and shown.axis is not None:
        axis = shown.axis
        return column._replace(cells=tuple(interval_marks(row, axis, size, marks) for row in shown.rows))
    return column


def _header_lines(columns: list[AnswerColumn], sizes: list[int], shown: StudyAnswer) -> Iterator[str]:
    heads = []
    for column, size in zip(columns, sizes, strict=True):
        lines = fold_text(column.heading, size)
        heads.append([*lines, tick_marks(shown.axis, size)] if column.name == "interval" and shown.axis else lines)
    height = max(map(len, heads))
    yield from _side_by_side([[""] * (height - len(head)) + head for head in heads], columns, sizes)


def _body_lines(columns: list[AnswerColumn], sizes: list[int]) -> Iterator[str]:
    for cells in zip(*(column.cells for column in columns), strict=True):
        parts = []
        for cell, column, size in zip(cells, columns, sizes, strict=True):
            folds = column.name in ("name", "peak", "detail")
            parts.append(list(cut_name(fold_text(cell, size), size)) if folds else [cell])
        height = max(map(len, parts))
        yield from _side_by_side([part + [""] * (height - len(part)) for part in parts], columns, sizes)


def _side_by_side(cells: list[list[str]], columns: list[AnswerColumn], sizes: list[int]) -> Iterator[str]:
    """Cells of as many lines each, next to each other."""
    for line in zip(*cells, strict=True):
        padded = [
            " " * (size - cell_len(part)) + part if column.right else part + " " * (size - cell_len(part))
            for part, column, size in zip(line, columns, sizes, strict=True)
        ]
        yield GAP.join(padded).rstrip()


def _notes_below(shown: StudyAnswer, left_out: list[str], cut: bool) -> Iterator[str]:
    if any(row.at_edge for row in shown.rows):
        yield "* the edge of the peaks tried: a better one may lie beyond."
    if left_out:
        yield f"No room for {join_names(left_out)}: a wider terminal, the page and --json show all of it."
    if cut:
        yield f"Names that end in {CUT} are longer; the page and --json show all of it."
