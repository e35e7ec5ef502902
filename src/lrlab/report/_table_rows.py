"""The rows of a table as HTML, a column at a time: a page lists every trial, and a template is slow at a cell each."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ._breaks import breakable
from ._words import TextTable

if TYPE_CHECKING:
    from markupsafe import Markup

AT_ONCE = 1000  # rows made at a time


def row_pieces(
    table: TextTable, numbers: bool, styles: Collection[str] = (), leader: str = "", out: Collection[str] = ()
) -> "Iterator[Markup]":
    """The rows, some hundred at a time. numbers: whether a remark in parentheses stands apart from its number.

    styles: names that have a sample of their line. leader: a name that is marked. out: names whose rows are greyed.
    """
    from markupsafe import Markup

    if not table.rows:
        return
    remaining = zip(*_columns_of(table, numbers, styles, leader, out), strict=True)
    while some := list(islice(remaining, AT_ONCE)):
        yield Markup("".join(["".join(cells) for cells in some]))


def _columns_of(
    table: TextTable, numbers: bool, styles: Collection[str], leader: str, out: Collection[str]
) -> list[Iterable[str]]:
    """The cells of each column, those that are equal made once; with what opens and closes a row."""
    first, *others = zip(*table.rows, strict=True)
    heads = {name: _head_cell(name, name in styles, name == leader, name in out) for name in set(first)}
    columns: list[Iterable[str]] = [map(heads.__getitem__, first)]
    for heading, column in zip(table.header[1:], others, strict=True):
        cells = {cell: _entry(cell, numbers, heading) for cell in set(column)}
        columns.append(map(cells.__getitem__, column))
    return [*columns, ["</tr>\n"] * len(first)]


def _head_cell(name: str, sampled: bool, leads: bool, greyed: bool) -> str:
    """What opens a row, with its first cell."""
    from markupsafe import escape

    text = escape(name)
    look = f'<svg class="look" data-sample="{text}" viewBox="0 0 22 14" aria-hidden="true"></svg>' if sampled else ""
    mark = " <small>leader</small>" if leads else ""
    row = '<tr role="row" class="out">' if greyed else '<tr role="row">'
    return f'{row}<th role="rowheader" scope="row">{look}<bdi class="name">{breakable(name)}</bdi>{mark}</th>'


def _entry(cell: str, number: bool, heading: str) -> str:
    from markupsafe import escape

    label, (value, bracket, remark) = escape(heading), cell.partition(" (")
    if number and bracket:
        parts = f"<span>{escape(value)}</span> <span>({escape(remark)}</span>"
        return f'<td role="cell" class="apart" data-label="{label}">{parts}</td>'
    return f'<td role="cell" data-label="{label}">{breakable(cell)}</td>'
