"""A copy of a store, as it is at one moment."""

import sqlite3
from pathlib import Path

from ..errors import StoreError
from ._file import ANOTHER, open_to_read


def copy_store(path: Path, place: Path) -> None:
    """Write what a store holds by now to another file, whole; a run may go on writing the store. Raises StoreError."""
    source, _ = open_to_read(path)
    target = sqlite3.connect(place)
    try:
        source.backup(target)
    except sqlite3.Error as error:
        raise StoreError(f"cannot copy {path} to {place}: {error}; free some space, or {ANOTHER}") from None
    finally:
        target.close()
        source.close()
