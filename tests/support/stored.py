"""What a store holds, for tests that look at all of it."""

import sqlite3
from contextlib import closing

from lrlab.store import Store


def stored_records(path):
    """Every record of a store."""
    with Store(path) as store:
        return list(store.get(store.record_keys()).values())


def keys_by_now(path):
    """The keys of a store's records, which another process may be writing; none before it is a store."""
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return [key for (key,) in database.execute("select key from record")]
        except sqlite3.Error:
            return []
