"""Which trials a tracker was given: a line each in a file beside the store, so that none is written twice."""

from collections.abc import Collection
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
            self._lines = set(self._read())
        return f"{key} {study} {tracker}" in self._lines

    def add(self, tracker: str, study: str, key: str) -> None:
        """Note a trial as written. Raises OSError."""
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(f"{key} {study} {tracker}\n")

    def forget(self, keys: Collection[str]) -> None:
        """Take trials out, so that those trained again are written again. Raises OSError."""
        lines = self._read()
        staying = [line for line in lines if line.partition(" ")[0] not in keys]
        if len(staying) < len(lines):
            aside = self._file.with_name(f"{self._file.name}.new")
            aside.write_text("".join(f"{line}\n" for line in staying), encoding="utf-8")
            aside.replace(self._file)
            self._lines = None

    def take(self, other: "Ledger") -> None:
        """Note what another store's trials were written to as well: they come with them. Raises OSError."""
        known = set(self._read())
        new = [line for line in other._read() if line not in known]
        if new:
            with self._lock, self._file.open("a", encoding="utf-8") as file:
                file.write("".join(f"{line}\n" for line in new))
            self._lines = None

    def _read(self) -> list[str]:
        try:
            return self._file.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return []
