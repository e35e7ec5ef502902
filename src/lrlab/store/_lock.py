"""The lock of the one process that writes a store, and the note in it that says who that is."""

import json
import os
import platform
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from ..errors import StoreError, shortened, visible
from ._file import ANOTHER

LONGEST = 120  # characters of a command that are shown


class StoreHolder(NamedTuple):
    """Who writes a store: a process of a machine, the command that it is, and since when, in ISO 8601 and UTC."""

    host: str
    process: int
    command: str
    since: str


class StoreLock:
    """Held from here to `release`. Raises StoreError where another process holds it, which is named, or none can."""

    def __init__(self, path: Path) -> None:
        self._place = Path(f"{path}.lock")
        self._lock = FileLock(self._place)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise StoreError(
                f"{path} is being written by another run{_holder_words(self._place)}; wait for it, or {ANOTHER}"
            ) from None
        except (OSError, NotImplementedError, ValueError) as error:
            raise StoreError(f"cannot open the store {path}: {error}; {ANOTHER}") from None
        self._write_note(_own_note())

    def release(self) -> None:
        """Let others write. The file stays, empty: who removed it could take it from under one that waits."""
        if self._lock.is_locked:
            self._write_note("")
        self._lock.release()

    def _write_note(self, text: str) -> None:
        with suppress(OSError):  # the lock holds without a note
            self._place.write_text(text, encoding="utf-8")


def _own_note() -> str:
    note = {
        "host": platform.node(),
        "process": os.getpid(),
        "command": " ".join(sys.argv)[: 10 * LONGEST],
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(note)


def holder_of(path: Path) -> StoreHolder | None:
    """Who writes the store that lies there; None where nobody does, as far as can be told."""
    return _read_holder(Path(f"{path}.lock"))


def _read_holder(place: Path) -> StoreHolder | None:
    """Who holds a lock by its note; None where the note is none, or is of a process that has ended."""
    try:
        note = json.loads(place.read_text(encoding="utf-8"))
        host, process, command, since = (note[name] for name in ("host", "process", "command", "since"))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(process, int) or (host == platform.node() and not _is_running(process)):
        return None
    return StoreHolder(str(host), process, str(command), str(since))


def _holder_words(place: Path) -> str:
    """Who holds a lock that is held, in words; "" where that is not known."""
    holder = _read_holder(place)
    if holder is None:
        return ""
    told = visible(shortened(holder.command, LONGEST))
    return f" (process {holder.process} on {visible(holder.host)}, {told}, since {visible(holder.since)})"


def _is_running(process: int) -> bool:
    if os.name != "posix":  # signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is another user's
        return True
    return True
