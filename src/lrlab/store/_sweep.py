"""What nobody needs any more, taken out of a store, and the rest made small."""

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import StoreError
from ..spec import counted
from ._lock import StoreLock
from ._pack import DEFLATED, LONG, RAW, SHARED, deflate
from ._rows import INSERT_CONTENT, digest
from ._sqlite import Store

AT_ONCE = 500  # rows that are packed as one: whoever is stopped goes on there
# Notes that say nothing any more: of trials that have ended, and of stacks that no trial belongs to.
SPENT = (
    "delete from failure where trial in (select key from record)",
    "delete from member where trial in (select key from record)",
    "delete from stack where key not in (select stack from member) and plan not like '%\"rung\":%'",
    f"delete from content where digest not in (select npy from array where form = {SHARED})",
)


class StoreSweep(NamedTuple):
    """What was taken out of a store, or would be.

    path: the store. trials: keys of records that no study refers to. files: checkpoints that nobody goes on from.
    before, after: bytes of the file; after is None where nothing was done. stays: how many records of no study are as
    those of `find` and `decays`, which note none. unfinished: how many checkpoints and folders stay of trials that were
    begun, and that no run asks for as its task was last run. versions: how many records stay that are of another
    version of a class of the user's own, so that nobody can tell which study they are of.
    """

    path: Path
    trials: tuple[str, ...]
    files: tuple[Path, ...]
    before: int
    after: int | None
    stays: int = 0
    unfinished: int = 0
    versions: int = 0

    def __str__(self) -> str:
        what = (
            f"{counted(len(self.trials), 'record')} of no study and {counted(len(self.files), 'checkpoint')} of no run"
        )
        kept = f"; {counted(self.stays, 'record')} as of find and decays stay" * bool(self.stays)
        if self.versions:
            kept += f"; {counted(self.versions, 'record')} of other versions of your classes kept"
        if self.unfinished:
            stay = "stays" if self.unfinished == 1 else "stay"
            kept += (
                f"; {counted(self.unfinished, 'checkpoint')} {stay}, of no run, or of one whose program or data a "
                f"later run of that task does not have; --abandoned drops them"
            )
        size = f"{self.path} has {_words_of_size(self.before)}"
        if self.after is None:
            return f"{what} can go{kept}; {size}, nothing was changed"
        return f"{what} are gone{kept}; {size.replace(' has ', ' had ')}, has {_words_of_size(self.after)} now"


def sweep_store(store: Store, keep: Collection[str], tell: Callable[[str], object]) -> tuple[str, ...]:
    """Take out what is not among the trials to keep, pack what lies as it is, and give the room back.

    tell: is told how far it is, of a large store. Stopped in the middle, a store is whole, and the next call goes on.
    Raises StoreError. Returns the keys that went.
    """
    wanted = set(keep)
    gone = tuple(key for key in store.record_keys() if key not in wanted)
    store.remove(*gone)
    for statement in SPENT:
        store.change(lambda database, statement=statement: database.execute(statement))
    pack_rows(store, tell)
    return gone


def pack_rows(store: Store, tell: Callable[[str], object]) -> None:
    """Pack records and arrays that an earlier version wrote as they are, a few hundred at a time."""
    for pack, what in ((_pack_records, "records"), (_pack_arrays, "arrays")):
        done = 0
        while count := _changed(store, pack):
            done += count
            tell(f"{done} {what} packed")


def _changed(store: Store, pack: Callable[[sqlite3.Connection], int]) -> int:
    counts: list[int] = []
    store.change(lambda database: counts.append(pack(database)))
    return counts[-1]


def _pack_records(database: sqlite3.Connection) -> int:
    rows = _raw_rows(database, "select rowid, record from record where form = ? limit ?")
    packed = [(deflate(text.encode()), DEFLATED, place) for place, text in rows if isinstance(text, str)]
    database.executemany("update record set record = ?, form = ? where rowid = ?", packed)
    return _all_of(packed, rows)


def _pack_arrays(database: sqlite3.Connection) -> int:
    rows = _raw_rows(database, "select rowid, npy from array where form = ? limit ?")
    packed: list[tuple[Any, ...]] = []
    for place, npy in rows:
        if isinstance(npy, bytes) and len(npy) >= LONG:
            database.execute(INSERT_CONTENT, (digest(npy), deflate(npy)))
            packed.append((digest(npy), SHARED, place))
        elif isinstance(npy, bytes):
            packed.append((deflate(npy), DEFLATED, place))
    database.executemany("update array set npy = ?, form = ? where rowid = ?", packed)
    return _all_of(packed, rows)


def _raw_rows(database: sqlite3.Connection, query: str) -> list[tuple[int, object]]:
    return database.execute(query, (RAW, AT_ONCE)).fetchall()


def _all_of(packed: list[tuple[Any, ...]], rows: list[tuple[int, object]]) -> int:
    if len(packed) < len(rows):
        raise StoreError("a row of the store is not what was written; `lrlab store check --repair` first")
    return len(packed)


def vacuum(path: Path) -> None:
    """Give the room of what is gone back to the system. Raises StoreError."""
    lock = StoreLock(path)
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("vacuum")
            database.execute("pragma wal_checkpoint(truncate)")
    except sqlite3.Error as error:
        raise StoreError(f"cannot make {path} smaller: {error}; it is whole; free some space, and try again") from None
    finally:
        lock.release()


def _words_of_size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
