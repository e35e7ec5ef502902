"""Records on disk: one SQLite file, written by one process."""

from ._check import StoreCheck as StoreCheck
from ._check import check_store as check_store
from ._check import repair_store as repair_store
from ._contents import StoreFault as StoreFault
from ._copy import copy_store as copy_store
from ._file import follow_link as follow_link
from ._lock import StoreHolder as StoreHolder
from ._lock import holder_of as holder_of
from ._merge import StoreMerge as StoreMerge
from ._merge import merge_stores as merge_stores
from ._noted_studies import UnreadStudy as UnreadStudy
from ._sqlite import Store as Store
from ._sqlite import StoredFailure as StoredFailure
from ._sqlite import StoredStudy as StoredStudy
from ._sweep import StoreSweep as StoreSweep
from ._sweep import sweep_store as sweep_store
from ._sweep import vacuum as vacuum

__all__ = [
    "Store",
    "StoreCheck",
    "StoreFault",
    "StoreHolder",
    "StoreMerge",
    "StoreSweep",
    "StoredFailure",
    "StoredStudy",
    "UnreadStudy",
    "check_store",
    "copy_store",
    "follow_link",
    "holder_of",
    "merge_stores",
    "repair_store",
    "sweep_store",
    "vacuum",
]
