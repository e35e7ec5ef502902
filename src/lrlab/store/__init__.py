"""Records on disk: one SQLite file, written by one process; and kept results of published studies, to be committed."""

from ._kept import RECORDS as RECORDS
from ._kept import Kept as Kept
from ._kept import import_kept as import_kept
from ._kept import read_kept as read_kept
from ._kept import write_kept as write_kept
from ._sqlite import Store as Store
from ._sqlite import StoredStudy as StoredStudy

__all__ = ["RECORDS", "Kept", "Store", "StoredStudy", "import_kept", "read_kept", "write_kept"]
