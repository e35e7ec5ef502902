"""The lock of the one process that writes a store, and the note in it that says who that is."""

import json
import os
import platform
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import StoreError, shortened, visible
from ._file import ANOTHER

LONGEST = 120  # characters of a command that are shown


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


def _holder_words(place: Path) -> str:
    """Who holds a lock that is held, in words; "" where the note is none, or is of a process that has ended."""
    try:
        note = json.loads(place.read_text(encoding="utf-8"))
        host, process, command, since = (note[name] for name in ("host", "process", "command", "since"))
        if not isinstance(process, int) or (host == platform.node() and not _is_running(process)):
            return ""
    except (OSError, ValueError, TypeError, KeyError):
        return ""
    told = visible(shortened(str(command), LONGEST))
    return f" (process {process} on {visible(str(host))}, {told}, since {visible(str(since))})"


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
