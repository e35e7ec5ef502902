"""Records on disk: one SQLite file, written by one process."""

from ._sqlite import Plan as Plan
from ._sqlite import Store as Store

__all__ = [
    "Plan",
    "Store",
]
