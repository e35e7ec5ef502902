"""The file of a store: where one may lie, how it is opened, and whether it still lies there."""

import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from ..errors import LabWarning, StoreError, shortened
from ._rows import APPLICATION, SCHEMA, make_tables

BUSY = 5.0  # seconds sqlite waits by itself for a file that another program holds locked
PATIENCE = 180.0  # seconds such a file is waited for, after a word about it
ANOTHER = "give another --store"
CHECK = "`lrlab store check --repair` saves what is whole"
SHORT_LOOK, LONG_LOOK = 8_000_000, 200_000_000  # bytes of a file whose pages are looked at when it is opened
SAVE = "put a copy of it in its place, let sqlite3's .recover save what can be saved"
LOG = ("-wal", "-shm")  # what sqlite adds to the name of a file for its log, and for the log's index
ActionResult = TypeVar("ActionResult")


class Identity(NamedTuple):
    """Which file it is, by device and inode, and how long it is."""

    device: int
    inode: int
    size: int


def usable_path(path: Path | str) -> Path:
    """Where a store may lie, the end of a link. Raises StoreError for what is no place for a file, or another thing."""
    if str(path) in ("", ".", ":memory:"):
        raise StoreError(
            f"a store is a file, but got {str(path)!r}, which would keep nothing; name one, as in --store my.db"
        )
    path = Path(path)
    try:
        if path.is_dir():
            raise StoreError(
                f"{path} is a folder, and a store is a file; name one in it, as in --store {path}/records.db"
            )
        if path.exists() and not path.is_file():
            raise StoreError(f"{path} is no ordinary file, so no store; {ANOTHER}")
    except (OSError, ValueError) as error:  # a name too long, a loop of links, a byte that no name can have
        raise StoreError(f"cannot open the store {str(path)!r}: {error}; {ANOTHER}") from None
    return follow_link(path)


def follow_link(path: Path) -> Path:
    """The file that a symbolic link leads to; any other path as it is.

    What lies beside a store, its lock and its log first of all, lies beside the file itself, whatever it is called.
    """
    try:
        return path.resolve() if path.is_symlink() else path
    except (OSError, ValueError, RuntimeError):  # links in a circle lead to no file
        return path


def identity(path: Path) -> Identity | None:
    """Which file lies there; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Identity(status.st_dev, status.st_ino, status.st_size)


def log_identity(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Which files lie beside a store while it is open, its log and the log's index, by device and inode."""
    files = (identity(Path(f"{path}{end}")) for end in LOG)
    return tuple(file and (file.device, file.inode) for file in files)


def count_in(path: Path) -> int:
    """How many records the file itself holds, whatever is in its log. Raises sqlite3.Error."""
    database = sqlite3.connect(f"file:{quote(os.fsencode(path.absolute()))}?immutable=1", uri=True)
    try:
        return database.execute("select count(*) from record").fetchone()[0]
    finally:
        database.close()


def free_path(path: Path) -> Path:
    """A name beside this one that no file has: records-2.db for records.db."""
    number = 2
    while path.with_name(f"{path.stem}-{number}{path.suffix}").exists():
        number += 1
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def try_patiently(path: Path, action: Callable[[], ActionResult], seconds: float | None = None) -> ActionResult:
    """What the action gives; it is tried for so many seconds (PATIENCE) while another program has the file locked."""
    until = monotonic() + (PATIENCE if seconds is None else seconds)
    while True:
        try:
            return action()
        except UnicodeDecodeError:  # sqlite names a table whose name is no text any more
            raise sqlite3.DatabaseError("what says which tables there are is damaged") from None
        except sqlite3.OperationalError as error:
            if not is_locked(error) or monotonic() >= until:
                raise
            warnings.warn(
                f"{path} is locked by another program; waiting for it, up to {PATIENCE:.0f} s", LabWarning, stacklevel=2
            )


def is_locked(error: sqlite3.Error) -> bool:
    """Whether another program holds the file."""
    return _error_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_damaged(error: sqlite3.Error) -> bool:
    """Whether the file itself is not what it should be."""
    return _error_code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def open_to_write(path: Path) -> sqlite3.Connection:
    """The store, made where there is none and brought to the newest version. Raises StoreError."""
    try:
        database = sqlite3.connect(path, timeout=BUSY)
    except (OSError, sqlite3.Error) as error:
        raise _cannot_open(path, error) from None

    def prepare() -> None:
        if try_patiently(path, lambda: _file_head(database))[0] == APPLICATION:
            _look_at_pages(database, path)
        try_patiently(path, lambda: _prepare_tables(database))

    return _check_store(database, path, prepare)


def open_to_read(path: Path) -> tuple[sqlite3.Connection, int]:
    """The store, unchanged, and its version. Raises StoreError."""
    database = connect_to_read(path)
    try:
        _look_at_pages(database, path)
    except BaseException:
        database.close()
        raise
    return database, database.execute("pragma user_version").fetchone()[0]


def connect_to_read(path: Path) -> sqlite3.Connection:
    """The store, unchanged, whose pages nobody has looked at. Raises StoreError."""
    if not path.exists():
        raise StoreError(f"there is no store at {path}; `lrlab run demo` makes one, or {ANOTHER}")
    try:
        database = sqlite3.connect(path, timeout=BUSY)
        try:
            try_patiently(path, lambda: database.execute("select count(*) from sqlite_master").fetchone())
        except sqlite3.OperationalError as error:
            database.close()
            if is_locked(error):
                raise
            database = _open_untouched(path)
    except (OSError, sqlite3.Error) as error:
        raise _cannot_open(path, error) from None
    return _check_store(database, path, lambda: None)


def _look_at_pages(database: sqlite3.Connection, path: Path) -> None:
    """Raise a StoreError where pages are damaged. Of a large file only after it was not closed as it should be."""
    largest = LONG_LOOK if Path(f"{path}{LOG[0]}").exists() else SHORT_LOOK
    if path.stat().st_size > largest:
        return
    try:
        verdict = try_patiently(path, lambda: database.execute("pragma quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        raise _cannot_open(path, error) from None
    if verdict != "ok":
        raise StoreError(f"{path} is damaged: {' '.join(verdict.split())}; {CHECK}, or {ANOTHER}")


def _open_untouched(path: Path) -> sqlite3.Connection:
    """A store in a folder where nothing may be written, as sqlite would beside a file that it reads."""
    log = Path(f"{path}-wal")
    if not log.exists() or not log.stat().st_size:
        return sqlite3.connect(f"file:{quote(os.fsencode(path.absolute()))}?immutable=1", uri=True)
    # What was written last is in the log alone, which is read only together with its file.
    memory = sqlite3.connect(":memory:")
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "store.db"
        shutil.copyfile(path, copied)
        shutil.copyfile(log, f"{copied}-wal")
        copy = sqlite3.connect(copied)
        try:
            copy.backup(memory)
        finally:
            copy.close()
    return memory


def _prepare_tables(database: sqlite3.Connection) -> None:
    """Make the tables in a new file, and those that one of an earlier version lacks."""
    application, schema, tables = _file_head(database)
    if application == 0 and tables == 0:
        database.execute("pragma journal_mode = wal")
        make_tables(database)
    elif application == APPLICATION and 1 <= schema < SCHEMA:
        make_tables(database, schema)
    database.execute("pragma synchronous = normal")


def _check_store(database: sqlite3.Connection, path: Path, prepare: Callable[[], None]) -> sqlite3.Connection:
    """The opened file, prepared. Raises StoreError, and closes it, where it is not ours."""
    database.text_factory = _decode
    try:
        try_patiently(path, lambda: _refuse_programs(database, path))
        prepare()
        application, schema, _ = _file_head(database)
        if application != APPLICATION:
            raise StoreError(f"{path} is not a store of lrlab, but another program's file; {ANOTHER}")
        if not 1 <= schema <= SCHEMA:
            raise StoreError(
                f"{path} has store version {schema}, this lrlab reads 1 to {SCHEMA}; use another --store or lrlab"
            )
    except BaseException as error:
        database.close()
        if isinstance(error, sqlite3.Error | UnicodeDecodeError):
            raise _cannot_open(path, error) from None
        raise
    return database


def _decode(text: bytes) -> str:
    """A text as it was written; one that is none by now is another, as its digest says, and no error of sqlite's."""
    return text.decode(errors="replace")


def _refuse_programs(database: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError where a store has views or triggers: what is read and written would be what these make of it."""
    if database.execute("pragma application_id").fetchone()[0] != APPLICATION:
        return
    query = "select type, name from sqlite_master where type in ('view', 'trigger')"
    found = database.execute(query).fetchone()
    if found is not None:
        raise StoreError(
            f"{path} has a {found[0]}, {shortened(repr(found[1]), 60)}, which no store of lrlab has; drop it if it is "
            f"yours, or {ANOTHER}"
        )


def _file_head(database: sqlite3.Connection) -> tuple[int, int, int]:
    """Whose file it is, its version, and how many tables it has."""
    application = database.execute("pragma application_id").fetchone()[0]
    schema = database.execute("pragma user_version").fetchone()[0]
    return application, schema, database.execute("select count(*) from sqlite_master").fetchone()[0]


def _cannot_open(path: Path, error: Exception) -> StoreError:
    if isinstance(error, sqlite3.Error) and _error_code(error) == sqlite3.SQLITE_NOTADB:
        return StoreError(f"{path} is not a store of lrlab: {error}; {ANOTHER}")
    if isinstance(error, sqlite3.Error) and _error_code(error) == sqlite3.SQLITE_CORRUPT:
        return StoreError(f"{path} is damaged: {error}; {CHECK}, or {ANOTHER}")
    if isinstance(error, sqlite3.Error) and is_locked(error):
        return StoreError(f"{path} is locked by another program: {error}; end that program, or {ANOTHER}")
    return StoreError(f"cannot open the store {path}: {error}; mend that, or {ANOTHER}")


def _error_code(error: sqlite3.Error) -> int:
    """Sqlite's primary code of an error; 0 where Python itself raised it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
