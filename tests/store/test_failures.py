"""Failures are noted beside the records, and go once the trial has ended."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from lrlab.errors import LabWarning
from lrlab.spec import Standing
from lrlab.store import Store

BEFORE = Path(__file__).parent / "data" / "before.db"


@pytest.fixture
def keys(records):
    return [record.trial.key for record in records]


def test_a_failure_is_kept_until_the_trial_has_ended(path, records, keys):
    with Store(path, write=True) as store:
        store.add_failure(keys[:2], "ValueError: no", "Traceback: here")
        store.add_failure(keys[1:2], "it took longer than 3 s")
        store.add(records[0], {})
    with Store(path) as store:
        (failure,) = store.failures(keys).items()
    assert failure[0] == keys[1]
    assert failure[1][:2] == ("it took longer than 3 s", "")
    assert failure[1].date.startswith("20")


def test_a_trial_that_came_to_a_rung_after_all_is_no_failure(path, records, keys):
    with Store(path, write=True) as store:
        store.add_failure(keys[:2], "no room")
        store.add_standings([Standing.of_record(records[0])])
        assert list(store.failures(keys)) == [keys[1]]


def test_they_come_in_the_order_asked_for(path, keys):
    with Store(path, write=True) as store:
        store.add_failure(keys[:2], "no")
        assert list(store.failures([keys[1], "unknown", keys[0]])) == [keys[1], keys[0]]


def test_a_trial_that_ended_while_the_disk_was_full_is_no_failure(path, records, keys, monkeypatch):
    with Store(path, write=True) as store:
        store.add_failure(keys, "no")
        monkeypatch.setattr(store._disk, "_write_to_file", refused)
        with pytest.warns(LabWarning, match="held in memory"):
            store.add(records[0], {})
        assert keys[0] not in store.failures(keys)
        monkeypatch.undo()
    with Store(path) as store:
        assert list(store.failures(keys)) == keys[1:]


def refused(change):
    raise sqlite3.OperationalError("disk is full")


@pytest.mark.parametrize("write", [False, True])
def test_a_store_of_an_earlier_version_notes_none(tmp_path, write):
    path = tmp_path / "records.db"
    shutil.copyfile(BEFORE, path)
    with Store(path, write=write) as store:
        keys = store.record_keys()
        assert store.failures(keys) == {}
        if write:
            store.add_failure(["another"], "no")
            assert store.failures(["another"])["another"].message == "no"
