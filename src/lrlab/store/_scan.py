"""Every row of a table that can be read, though pages of the file are damaged."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

Row = tuple[Any, ...]
MOST_ON_PAGE = 100  # rows; so many numbers are looked for beyond the last, for each page of the file


def readable_rows(database: sqlite3.Connection, table: str, columns: str, known: Iterable[str] = ()) -> Iterator[Row]:
    """The rows of a table, each once: from its beginning, from its end, and one by one in between.

    known: of a table without row numbers, values of its first column that are looked for one by one.
    """
    place = "rowid" if table != "content" else "digest"
    seen = set[object]()
    for order in ("", " desc"):
        whole = True
        rows = _rows_until_fault(database, f"select {place}, {columns} from {table} order by {place}{order}")
        for row in rows:
            if row is None:
                whole = False
            elif row[0] not in seen:
                seen.add(row[0])
                yield row[1:]
        if whole:
            return
    query = f"select {columns} from {table} where {place} = ?"
    yield from _rows_at(database, query, known if place == "digest" else _numbers(database, seen), seen)


def _numbers(database: sqlite3.Connection, seen: set[object]) -> Iterator[int]:
    """Row numbers that may be there: up to the last that was seen, and beyond it as many as the file has room for."""
    last = max((number for number in seen if isinstance(number, int)), default=0)
    pages = database.execute("pragma page_count").fetchone()[0]
    yield from range(1, last + MOST_ON_PAGE * pages)


def _rows_at(database: sqlite3.Connection, query: str, places: Iterable[object], seen: set[object]) -> Iterator[Row]:
    for place in places:
        if place not in seen:
            seen.add(place)
            yield from (row for row in _rows_until_fault(database, query, place) if row is not None)


def _rows_until_fault(database: sqlite3.Connection, query: str, *values: object) -> Iterator[Row | None]:
    """The rows up to where a page cannot be read, and then None."""
    try:
        yield from database.execute(query, values)
    except (sqlite3.Error, OverflowError, UnicodeDecodeError):
        yield None
