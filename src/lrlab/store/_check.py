"""Whether a store holds what was written: pages, then every row against its digest; and what can be saved of it."""

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import StoreError
from ..spec import counted
from ._contents import Contents, StoreFault
from ._file import ANOTHER, LOG, SAVE, connect_to_read, free_path, usable_path
from ._lock import StoreLock


class StoreCheck(NamedTuple):
    """What a check of a store found.

    path: the store. records: those that are whole, with all that is kept beside them. faults: what is not. lost: the
    keys of trials that are to be run again. kept_as: of a repair, where the damaged file lies now; None where none was.
    """

    path: Path
    records: int
    faults: tuple[StoreFault, ...]
    kept_as: Path | None = None

    @property
    def lost(self) -> tuple[str, ...]:
        """The keys of the trials whose records are damaged, each once."""
        return tuple(dict.fromkeys(fault.trial for fault in self.faults if fault.trial))

    def __str__(self) -> str:
        whole = f"{counted(self.records, 'record')} in {self.path}"
        if not self.faults:
            return f"{whole}, all as they were written"
        lines = [f"{whole} are as they were written; {counted(len(self.faults), 'fault')}:"]
        lines += [f"- {fault.what}" for fault in self.faults]
        if self.kept_as is not None:
            lines.append(f"The store was written again without them; the damaged file is {self.kept_as}.")
            lines.append("The same command as before trains what was lost, and nothing else.")
        return "\n".join(lines)


def check_store(path: Path | str) -> StoreCheck:
    """Look at every page and every row of a store, and change nothing. Raises StoreError where it is none."""
    path = usable_path(path)
    try:
        with closing(connect_to_read(path)) as database:
            contents = Contents(database)
    except sqlite3.Error as error:
        raise StoreError(f"cannot read {path}: {error}; {SAVE}, or {ANOTHER}") from None
    return StoreCheck(path, len(contents.records), tuple(contents.faults))


def repair_store(path: Path | str) -> StoreCheck:
    """As `check_store`; where anything is damaged, put a file of all that is whole in its place.

    The damaged file is kept beside it. Raises StoreError where it is no store, is being written, or cannot be.
    """
    path = usable_path(path)
    if not path.exists():
        raise StoreError(f"there is no store at {path}; {ANOTHER}")
    lock, part = StoreLock(path), _new_path(path, "repaired")
    try:
        with closing(connect_to_read(path)) as database:
            contents = Contents(database)
            if not contents.faults:
                return StoreCheck(path, len(contents.records), ())
            contents.write(part)
        kept = _new_path(path, "damaged")
        _replace_file(path, part, kept)
    except (OSError, sqlite3.Error, UnicodeDecodeError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise StoreError(f"cannot repair {path}: {error}; free some space, or {ANOTHER}") from None
    finally:
        lock.release()
    return StoreCheck(path, len(contents.records), tuple(contents.faults), kept)


def _new_path(path: Path, what: str) -> Path:
    """A name beside a store that says what lies there, with a number where that is taken."""
    place = path.with_name(f"{path.stem}-{what}{path.suffix}")
    return free_path(place) if place.exists() else place


def _replace_file(path: Path, part: Path, kept: Path) -> None:
    """Put a new file in the place of a damaged one, which is kept with its log. Raises OSError."""
    for end in ("", LOG[0]):
        there = Path(f"{path}{end}")
        if there.exists():
            shutil.copyfile(there, f"{kept}{end}")
    for end in LOG:  # else sqlite writes the old log into the new file
        Path(f"{path}{end}").unlink(missing_ok=True)
    part.replace(path)
    with suppress(OSError):
        shutil.copystat(kept, path)
