"""What is asked of a store: first what is held back from its file, if anything is, then the file."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from ..errors import StoreError
from ._file import ANOTHER, CHECK, SAVE, is_damaged, try_patiently

Row = tuple[Any, ...]
AT_ONCE = 500  # keys in one question; sqlite takes 999 values and more


class Source(Protocol):
    """Databases, opened, and where they lie by now."""

    @property
    def path(self) -> Path: ...
    @property
    def databases(self) -> list[sqlite3.Connection]: ...


class OpenedFile:
    """A store that is only read."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path, self.databases = path, [database]


class Questions:
    """Questions to the databases of a store. Raises StoreError where one cannot be read.

    source: the path, as errors name it, and the databases, in the order in which rows are looked for.
    """

    def __init__(self, source: "Source") -> None:
        self._source = source

    def first(self, query: str, *values: object, of: str = "") -> Row | None:
        """The first row that is found."""
        found = self.first_in(query, *values, of=of)
        return None if found is None else found[1]

    def first_in(self, query: str, *values: object, of: str = "") -> tuple[sqlite3.Connection, Row] | None:
        """The first row that is found, and the database that it is in."""
        for database in self._source.databases:
            rows = self._ask(database, query, values, of)
            if rows:
                return database, rows[0]
        return None

    def all(self, query: str, *values: object) -> list[list[Row]]:
        """The rows that are found in what is held back, and those in the file."""
        return [self._ask(database, query, values, "") for database in self._source.databases]

    def by_key(self, query: str, keys: Iterable[str]) -> Iterator[Row]:
        """The rows of these keys, a few hundred at a time: of each key those of the first database that has any.

        query: with `in (?)` where the keys go; its first column is the key.
        """
        for _, row in self.by_key_in(query, keys):
            yield row

    def by_key_in(self, query: str, keys: Iterable[str], *before: object) -> Iterator[tuple[sqlite3.Connection, Row]]:
        """As `by_key`, each row with the database that it is in. before: values that come before the keys."""
        remaining = iter(keys)
        while some := list(islice(remaining, AT_ONCE)):
            yield from self._by_some(query, some, before)

    def _by_some(
        self, query: str, keys: Sequence[str], before: Sequence[object]
    ) -> Iterator[tuple[sqlite3.Connection, Row]]:
        found = set[str]()
        for database in self._source.databases:
            asked = [key for key in keys if key not in found]
            if asked:
                marks = query.replace("(?)", f"({','.join('?' * len(asked))})")
                rows = self._ask(database, marks, [*before, *asked], f" of trial {asked[0]}" if len(asked) == 1 else "")
                found.update(row[0] for row in rows)
                yield from ((database, row) for row in rows)

    def _ask(self, database: sqlite3.Connection, query: str, values: Sequence[object], of: str) -> list[Row]:
        path = self._source.path
        try:
            return try_patiently(path, lambda: database.execute(query, values).fetchall())
        except sqlite3.Error as error:
            way = CHECK if is_damaged(error) else SAVE
            raise StoreError(f"cannot read {path}{of}: {error}; {way}, or {ANOTHER}") from None
