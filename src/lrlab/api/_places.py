"""Where records lie unless the user says."""

import os
from pathlib import Path

from ..store import follow_link

DEFAULT_STORE = Path("lrlab-results/records.db")


def store_place(store: Path | str | None) -> Path:
    """The file records are kept in, where links lead: the one named, LRLAB_STORE, or `lrlab-results/records.db`."""
    named = os.environ.get("LRLAB_STORE", "").strip() if store is None else str(store)
    return follow_link(Path(named).expanduser() if named else DEFAULT_STORE)


def writable_folder(folder: Path) -> Path:
    """The folder, whether it is there or not; the current one where it is there and takes no files."""
    as_who = os.access in os.supports_effective_ids
    return folder if not folder.exists() or os.access(folder, os.W_OK, effective_ids=as_who) else Path()
