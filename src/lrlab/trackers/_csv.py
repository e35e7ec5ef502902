"""Delimited text to rows: any delimiter, quotes, comments, lines counted as an editor counts them."""

import csv
import re
from collections import Counter

from ..errors import RunsError, shortened, visible
from ._raw_table import RawFile, RawTable, table_of_lines

DELIMITERS = ",;\t|"
FAST = 1 << 16  # characters from which a table is read as a whole, if it is plain
NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?%?")
RULE = re.compile(r"(?=.*---)[\s|:+-]+")  # between heading and rows of a table in Markdown
Row = tuple[int, list[str]]  # the line where it begins, and its cells


def read_csv(text: str, file: RawFile) -> RawTable:
    """Rows of delimited text, all cells as text, under its heading.

    Raises RunsError, with the line: no rows, no heading, a name twice, too few or too many cells, a quote left open.
    """
    import polars

    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (table := _read_plain(text, file)) is not None:
        return table
    lines, comments = _drop_comments(text)
    if not lines:
        raise RunsError(f"{file.name} is empty; it needs a heading, such as arm,seed,test_acc, and a row for each run")
    delimiter = _guess_delimiter(lines)
    rows = _split_rows(lines, delimiter, file.name)
    rows = _uncomment_heading(rows, comments, delimiter)
    (first, heading), body = rows[0], rows[1:]
    heading = [name.strip() for name in heading]
    _check_heading(heading, first, file.name)
    if body and _are_alike(line := delimiter.join(rows[0][1]), delimiter.join(body[0][1])):
        raise RunsError(
            f"{file.name}:{first}: {visible(shortened(line, 60))!r} is no heading; write a table, with names of "
            "columns such as step,val_loss above its rows"
        )
    repeated = [line for line, cells in body if [cell.strip() for cell in cells] == heading]
    body = [row for row in body if row[0] not in repeated]
    if not body:
        raise RunsError(f"{file.name}:{first}: a heading and no rows; it needs a row for each run")
    heading, columns = _drop_blank_columns(heading, _fit_rows(body, len(heading), file.name))
    _check_names(heading, first, file.name)
    frame = polars.DataFrame(dict(zip(heading, columns, strict=True)), schema=dict.fromkeys(heading, polars.String))
    table = table_of_lines(frame, [line for line, _ in body], file)
    note = f"{file.name}:{repeated[0]} is the heading again, and left out" if repeated else ""
    return table.with_frame(table.frame, *([note] if note else []))


def _read_plain(text: str, file: RawFile) -> RawTable | None:
    """A large table without quotes, comments and blank lines, read fast; None for any other, or one with a mistake."""
    import polars

    if len(text) < FAST or '"' in text or any(sign in text for sign in ("\n#", "\n\n", "\n|")) or text[0] in "#\n":
        return None
    first, *lines = text.rstrip("\n").split("\n")
    if not lines or first in lines or _are_alike(first, lines[0]):
        return None
    delimiter = _guess_delimiter(list(enumerate([first, *lines[:49]], start=1)))
    heading = [name.strip() for name in first.split(delimiter)]
    if delimiter == " " or not all(heading):
        return None
    _check_heading(heading, 1, file.name)
    _check_names(heading, 1, file.name)
    cells = polars.Series(lines, dtype=polars.String).str.split(delimiter)
    if (cells.list.len() != len(heading)).any():
        return None
    frame = polars.DataFrame([cells.list.get(number).alias(name) for number, name in enumerate(heading)])
    return table_of_lines(frame, range(2, len(lines) + 2), file)


def _drop_comments(text: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """The lines that hold something, each with its number, and those that are comments; an open quote joins lines."""
    kept: list[tuple[int, str]] = []
    comments: list[tuple[int, str]] = []
    inside = False
    for number, line in enumerate(text.split("\n"), start=1):
        if inside:
            kept[-1] = (kept[-1][0], f"{kept[-1][1]}\n{line}")
        elif line.lstrip().startswith("#"):
            comments.append((number, line))
            continue
        elif line.strip() and not RULE.fullmatch(line):
            kept.append((number, line))
        inside ^= line.count('"') % 2 == 1
    if kept and re.fullmatch(r"\s*sep=.\s*", kept[0][1]):  # Excel's hint
        kept = kept[1:]
    return kept, comments


def _guess_delimiter(lines: list[tuple[int, str]]) -> str:
    """The sign that splits most lines as it splits the heading, and splits them most; " " for columns by blanks."""
    some = [line for _, line in lines[:50]]
    best, most = "", (0.0, 0)
    for sign in DELIMITERS:
        counts = [_count_cells(line, sign) for line in some if "\n" not in line]
        if counts and counts[0] > 1:
            score = (sum(count == counts[0] for count in counts) / len(counts), counts[0])
            best, most = (sign, score) if score > most else (best, most)
    if best:
        return best
    by_blanks = {len(line.split()) for line in some}
    return " " if len(by_blanks) == 1 and by_blanks != {1} else ","


def _count_cells(line: str, sign: str) -> int:
    """How many cells a delimiter makes of a line."""
    try:
        return len(next(csv.reader([line], delimiter=sign), [])) if '"' in line else line.count(sign) + 1
    except csv.Error:  # a cell too long for the reader, which will say so
        return 0


def _split_rows(lines: list[tuple[int, str]], delimiter: str, name: str) -> list[Row]:
    """Each line as its cells."""
    if delimiter == " ":
        return [(number, line.split()) for number, line in lines]
    rows: list[Row] = []
    try:
        for cells in csv.reader((line for _, line in lines), delimiter=delimiter, strict=True):
            rows.append((lines[len(rows)][0], cells))
    except csv.Error as error:
        raise RunsError(
            f'{name}:{lines[len(rows)][0]}: {error}; close every " or double it, and leave out what is not a number'
        ) from error
    return rows


def _uncomment_heading(rows: list[Row], comments: list[tuple[int, str]], delimiter: str) -> list[Row]:
    """The rows, headed by the last comment before them where they have no heading and it has as many names."""
    first, cells = rows[0]
    before = [(number, line) for number, line in comments if number < first]
    if not before or not any(NUMBER.fullmatch(cell.strip()) for cell in cells):
        return rows
    number, line = before[-1]
    bare = line.strip().lstrip("#").strip()
    names = bare.split() if delimiter == " " else next(csv.reader([bare], delimiter=delimiter), [])
    return [(number, names), *rows] if len(names) == len(cells) else rows


def _are_alike(line: str, other: str) -> bool:
    """Whether two lines have the same words and other numbers, as sentences of a log do."""
    forms = {re.sub(r"\d+(\.\d+)?(e[+-]?\d+)?", "#", text) for text in (line, other)}
    return len(forms) == 1 and line != other and bool(re.search(r"[^\W\d_]{3}", line))


def _check_heading(heading: list[str], line: int, name: str) -> None:
    """Refuse a first row of values."""
    numbers = [cell for cell in heading if NUMBER.fullmatch(cell)]
    broken = [cell for cell in numbers if not cell.isdigit()]
    if len(heading) > 2 and heading[0] and not any(heading[1:]):
        raise RunsError(
            f"{name}:{line}: {visible(shortened(heading[0], 60))!r} is a title, not a heading; write # before it, or "
            "take it out"
        )
    if broken or (numbers and NUMBER.fullmatch(heading[0])) or any(count > 1 for count in Counter(numbers).values()):
        row = visible(shortened(",".join(heading), 60))
        raise RunsError(
            f"{name}:{line}: {row!r} is no heading; write names of the columns above it, such as arm,seed,test_acc"
        )


def _check_names(heading: list[str], line: int, name: str) -> None:
    """Refuse names that stand twice."""
    twice = [column for column, count in Counter(heading).items() if count > 1]
    if twice:
        raise RunsError(
            f"{name}:{line}: two columns are called {visible(twice[0])!r}; give each its own name, or leave one out"
        )


def _fit_rows(body: list[Row], width: int, name: str) -> list[list[str]]:
    """The columns under a heading of this width; empty cells beyond it are dropped."""
    cells = []
    for line, row in body:
        if len(row) != width:
            if len(row) < width or any(cell.strip() for cell in row[width:]):
                way = "quote cells that hold the delimiter, and write an empty cell for what is missing"
                way = "write # before lines above the heading" if width == 1 else way
                raise RunsError(f"{name}:{line}: {len(row)} cells where the heading has {width}; {way}")
            row = row[:width]
        cells.append(row)
    return [list(column) for column in zip(*cells, strict=True)]


def _drop_blank_columns(heading: list[str], columns: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Without columns that have neither a name nor a cell; others without a name are called by their number."""
    kept = [
        (name or f"column {number}", column)
        for number, (name, column) in enumerate(zip(heading, columns, strict=True), start=1)
        if name or any(cell.strip() for cell in column)
    ]
    return [name for name, _ in kept], [column for _, column in kept]
