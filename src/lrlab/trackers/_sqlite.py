"""SQLite files of trackers, opened for reading alone, also while another process writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..errors import RunsError

START = b"SQLite format 3\0"


@contextmanager
def open_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, read only. What a writer has committed is seen, also where it is in its log only.

    Raises RunsError: broken, locked, or not to be read.
    """
    address = path.resolve().as_uri()
    try:
        with closing(_connect(address)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise RunsError(
            f"{path}: {error}; check that it is whole, or copy it with `sqlite3 {path.name} .backup`"
        ) from error


def list_tables(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """The tables, and the columns of each."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')] for name in names}


def _connect(address: str) -> sqlite3.Connection:
    """A connection; where the folder may not be written, one that takes the file for finished."""
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=10)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True, timeout=10)
    return connection
