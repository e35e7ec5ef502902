"""A store of every version of the file: read as it is, brought up when it is written, whole or not at all.

Versions 5 to 7 lie in `data` as they were written; 1 to 4 with the tables and columns that these had.
"""

import shutil
import sqlite3
from pathlib import Path

import pytest

import lrlab
from lrlab.errors import StoreError
from lrlab.spec import Setup
from lrlab.store import Store, check_store
from lrlab.store import _rows as rows

DATA = Path(__file__).parent / "data"
VERSIONS = range(1, 8)


@pytest.fixture(params=VERSIONS)
def path(request, tmp_path):
    return Path(shutil.copyfile(DATA / f"version-{request.param}.db", tmp_path / "records.db"))


def held(path):
    with Store(path) as store:
        records = store.get(store.record_keys())
        arrays = {(key, name): store.array(key, name) for key in records for name in store.array_names(key)}
        return records, arrays, store.studies()


def version(path):
    database = sqlite3.connect(path)
    try:
        return database.execute("pragma user_version").fetchone()[0]
    finally:
        database.close()


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    return held(Path(shutil.copyfile(DATA / "version-7.db", tmp_path_factory.mktemp("newest") / "records.db")))


def as_measured(record):
    return record.model_copy(update={"train_seconds": 0.0, "evaluate_seconds": 0.0})


def test_it_holds_what_the_newest_holds(path, newest):
    before = path.read_bytes()
    records, arrays, studies = held(path)
    assert path.read_bytes() == before
    assert {key: as_measured(record) for key, record in records.items()} == {
        key: as_measured(record) for key, record in newest[0].items()
    }
    assert arrays.keys() == newest[1].keys()
    assert studies == newest[2]
    assert check_store(path).faults == ()


def test_it_is_brought_up_and_packed_and_holds_the_same(path):
    before = held(path)
    with Store(path, write=True) as store:
        store.add_setup("other", Setup(layout="loop"))
    assert version(path) == VERSIONS[-1]
    assert held(path) == before
    assert check_store(path).faults == ()
    with Store(path, write=True) as store:
        rows_before = len(store)
    lrlab.check_store(path, repair=True)
    from lrlab.store._sweep import pack_rows

    with Store(path, write=True) as store:
        pack_rows(store, lambda _: None)
        assert len(store) == rows_before
    assert held(path) == before


def test_stopped_in_the_middle_it_is_as_it_was(path, monkeypatch):
    was, before = version(path), held(path)
    if was == VERSIONS[-1]:
        pytest.skip("nothing to bring up")

    last = VERSIONS[-2]
    monkeypatch.setitem(rows.STEPS, last, f"{rows.STEPS[last]} select nothing from nowhere;")
    with pytest.raises(StoreError, match=r"cannot open the store .*; mend that, or give another"):
        Store(path, write=True)
    monkeypatch.undo()
    assert version(path) == was
    assert held(path) == before
