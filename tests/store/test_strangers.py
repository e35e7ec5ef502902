"""Stores that somebody else made: what would run is refused, and what goes round in circles ends."""

import sqlite3
from contextlib import closing

import pytest

from lrlab.errors import StoreError
from lrlab.spec import Setup, StackPlan
from lrlab.store import Store
from lrlab.store._rows import INSERT_STACK, digest


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("create view more as select 1", "a view, 'more'"),
        ("create trigger more after insert on record begin delete from record; end", "a trigger, 'more'"),
    ],
)
@pytest.mark.parametrize("write", [False, True])
def test_what_would_run_at_each_look_is_refused(tmp_path, made, named, write):
    path = tmp_path / "s.db"
    Store(path, write=True).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(made)
    with pytest.raises(StoreError, match=f"has {named}, which no store of lrlab has; drop it if it is yours, or give"):
        Store(path, write=write)


def test_stacks_that_begin_from_one_another_are_looked_at_once(tmp_path):
    keys = ["0" * 16, "1" * 16]
    with Store(tmp_path / "s.db", write=True) as store:
        for key, other in (keys, keys[::-1]):
            plan = StackPlan(trials=("a" * 16,), setup=Setup(layout="loop"), begin_from=(other,)).to_json()
            values = (key, plan, "2026-01-01", digest(key, plan))
            store.change(lambda database, values=values: database.execute(INSERT_STACK, values))
        assert store.wanted(keys[0]) is False
