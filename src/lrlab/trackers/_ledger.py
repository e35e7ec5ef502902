"""Which trials a tracker was given: a line each in a file beside the store, so that none is written twice."""

from pathlib import Path
from threading import Lock

ENDING = ".tracked"


class Ledger:
    """The file of a store. It may be lost: trials that are asked for again are written again, then."""

    def __init__(self, store: Path) -> None:
        self._file = store.with_name(store.name + ENDING)
        self._lock = Lock()  # each tracker has a thread
        self._lines: set[str] | None = None

    def has(self, tracker: str, study: str, key: str) -> bool:
        """Whether a trial of a study was written to a tracker. A file that cannot be read holds none."""
        if self._lines is None:
            try:
                self._lines = set(self._file.read_text(encoding="utf-8").splitlines())
            except (OSError, ValueError):
                self._lines = set()
        return f"{key} {study} {tracker}" in self._lines

    def add(self, tracker: str, study: str, key: str) -> None:
        """Note a trial as written. Raises OSError."""
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(f"{key} {study} {tracker}\n")
