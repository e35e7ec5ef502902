"""Arrays read many at once are those read one by one."""

import sqlite3

import pytest

from lrlab.errors import StoreError
from lrlab.store import Store
from support.results import example_results

RECORDS = example_results().confirmed
KEYS = [record.trial.key for record in RECORDS]
LONG = bytes(range(256)) * 400  # kept once for all that are equal


def array_of(place):
    """Of every third none; of every second a long one."""
    return None if place % 3 == 2 else LONG if place % 2 else bytes([place])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "records.db"
    with Store(path, write=True) as store:
        for place, record in enumerate(RECORDS):
            array = array_of(place)
            store.add(record, {"rates": b"r"} | ({} if array is None else {"right": array}))
    return path


def one_by_one(store, keys):
    return [store.array(key, "right") if store.has_array(key, "right") else None for key in keys]


@pytest.mark.parametrize("at_once", [2, 500])
@pytest.mark.parametrize("write", [False, True])
def test_they_are_those_in_the_order_asked(path, monkeypatch, at_once, write):
    monkeypatch.setattr("lrlab.store._sqlite.AT_ONCE", at_once)
    asked = [*reversed(KEYS), "unknown"]
    with Store(path, write=write) as store:
        assert list(store.arrays(asked, "right")) == one_by_one(store, asked)
        assert list(store.arrays(KEYS, "right")) == [array_of(place) for place in range(len(KEYS))]
        assert list(store.arrays(KEYS[:1], "nothing's")) == [None]


@pytest.mark.parametrize("change", ["npy = x'00'", "digest = 'another'"])
def test_the_first_that_is_damaged_is_named_after_those_before_it(path, change):
    with sqlite3.connect(path) as database:
        database.execute(f"update array set {change} where name = 'right' and key in (?, ?)", (KEYS[3], KEYS[4]))
    with Store(path) as store:
        found = store.arrays(KEYS, "right")
        assert [next(found) for _ in range(3)] == [array_of(place) for place in range(3)]
        with pytest.raises(StoreError, match=rf"array 'right' of trial {KEYS[3]} .* is not what was written"):
            next(found)
