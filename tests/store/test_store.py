import json
import os
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from lrlab.engine import train
from lrlab.errors import StoreError
from lrlab.spec import Study
from lrlab.store import Store, StoredStudy
from lrlab.store._rows import insert_study
from support.tasks import blobs, study, trial


@pytest.fixture(scope="module")
def records():
    task = blobs()
    return [train(trial(task, seed=seed, budget="1 epochs"), task).record for seed in range(3)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sub" / "records.db"


def test_what_goes_in_comes_out_also_after_closing(path, records):
    with Store(path, write=True) as store:
        store.add(records[0], {"rates": b"abc"})
        assert len(store) == 1
    with Store(path) as store:
        key = records[0].trial.key
        assert store.get([key, "unknown"]) == {key: records[0]}
        assert store.array(key, "rates") == b"abc"
        with pytest.raises(StoreError, match=r"holds no array 'test'"):
            store.array(key, "test")


def test_a_trial_is_written_once(path, records):
    with Store(path, write=True) as store:
        store.add(records[0], {})
        with pytest.raises(StoreError, match=r"already in .*; a result is written once"):
            store.add(records[0].model_copy(update={"train_seconds": 9.0}), {"rates": b"x"})
        assert store.get([records[0].trial.key])[records[0].trial.key] == records[0]


def test_a_record_is_written_whole_or_not_at_all(path, records):
    with Store(path, write=True) as store:
        with pytest.raises(StoreError, match=r"what was written before stands"):
            store.add(records[0], {"rates": object()})
        assert len(store) == 0


def test_the_newest_study_is_last_and_none_is_there_twice(path):
    one, two = study("a:task"), study("b:task", name="other")
    with Store(path, write=True) as store:
        for stored in (StoredStudy(one, "d", "r"), StoredStudy(two, "d", ""), StoredStudy(one, "d", "r")):
            store.add_study(stored)
        assert [each[:3] for each in store.studies()] == [(two, "d", ""), (one, "d", "r")]
        assert isinstance(store.studies()[0].study, Study)


def test_of_two_notes_of_one_run_in_other_words_the_newest_counts(path):
    one, other = study("a:task"), study("b:task", name="other")
    early = json.dumps(one.to_dict())  # as a version of lrlab wrote it that had another order
    with Store(path, write=True) as store:
        store.change(lambda database: insert_study(database, ("small", early, "d", "first", "2020-02-29")))
        store.add_study(StoredStudy(other, "d", ""))
        store.add_study(StoredStudy(one, "d", "second"))
        assert [each[:3] for each in store.studies()] == [(other, "d", ""), (one, "d", "second")]
        store.add_study(StoredStudy(one, "e", "third"))
        assert [each.request for each in store.studies()] == ["", "second", "third"]


def test_a_study_says_when_it_was_last_run(path):
    first = StoredStudy(study("a:task"), "d", "", "2020-02-29T12:00:00+00:00")
    with Store(path, write=True) as store:
        store.add_study(first)
        assert store.studies() == [first]
        before = datetime.now(UTC).replace(microsecond=0)
        store.add_study(first._replace(date=""))
        (again,) = store.studies()
    assert before <= datetime.fromisoformat(again.date) <= datetime.now(UTC)


def test_only_one_process_writes(path):
    with Store(path, write=True):
        code = f"from lrlab.store import Store; Store({str(path)!r}, write=True)"
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        who = rf"is being written by another run \(process {os.getpid()} on .*, since .*\); wait for it, or"
        assert re.search(who, other.stderr)
        with Store(path) as reader:
            assert len(reader) == 0
    with Store(path, write=True):
        pass


def test_a_writer_that_is_killed_leaves_what_it_wrote_and_no_lock(path, records):
    with Store(path, write=True):
        pass
    code = (
        "import os, sys; from lrlab.store import Store; from lrlab.spec import Record;"
        f"store = Store({str(path)!r}, write=True); store.add(Record.from_json(sys.stdin.read()), {{'rates': b'x'}});"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], input=records[1].to_json(), text=True, check=False)
    with Store(path, write=True) as store:
        assert list(store.get([records[1].trial.key]).values()) == [records[1]]


def test_what_is_no_store_is_refused_and_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("these are my notes, and they are long enough to be no header\n" * 20)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as database:
        database.execute("create table t (x)")
    for path in (text, other):
        before = path.read_bytes()
        for write in (False, True):
            with pytest.raises(StoreError, match=r"is not a store of lrlab.*give another --store"):
                Store(path, write=write)
        assert path.read_bytes() == before
    with pytest.raises(StoreError, match=r"is a folder, and a store is a file; name one in it"):
        Store(tmp_path, write=True)


def test_a_missing_store_says_how_to_make_one(tmp_path):
    with pytest.raises(StoreError, match=r"there is no store at .*`lrlab run demo` makes one"):
        Store(tmp_path / "none.db")
    assert not list(tmp_path.iterdir())


def test_a_store_of_a_later_version_is_refused(path):
    with Store(path, write=True):
        pass
    with sqlite3.connect(path) as database:
        database.execute("pragma user_version = 99")
    database.close()
    with pytest.raises(StoreError, match=r"store version 99, this lrlab reads 1 to 7"):
        Store(path)
