"""Records on disk: one SQLite file, written by one process."""

from ._sqlite import Store as Store
from ._sqlite import StoredFailure as StoredFailure
from ._sqlite import StoredStudy as StoredStudy

__all__ = [
    "Store",
    "StoredFailure",
    "StoredStudy",
]
