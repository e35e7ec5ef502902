"""What a store holds, for tests that look at all of it."""

import sqlite3
from contextlib import closing

from lrlab.store import Store


def stored_records(path):
    """Every record of a store."""
    with closing(sqlite3.connect(path)) as database:
        keys = [key for (key,) in database.execute("select key from record")]
    with Store(path) as store:
        found = store.get(keys)
    return [found[key] for key in keys]
