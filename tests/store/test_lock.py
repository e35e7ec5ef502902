"""The note in a lock: who writes; and what is not such a note misleads nobody."""

import json
import os
import platform
import subprocess
import sys

import pytest

from lrlab.errors import StoreError
from lrlab.store import Store


@pytest.fixture
def place(tmp_path):
    return tmp_path / "records.db.lock"


def refused(path):
    with pytest.raises(StoreError, match=r"is being written by another run.*; wait for it, or give another") as e:
        Store(path, write=True)
    return str(e.value)


def test_the_holder_is_named_and_the_lock_is_empty_when_it_is_free(tmp_path, place):
    path = tmp_path / "records.db"
    with Store(path, write=True):
        note = json.loads(place.read_text())
        assert (note["host"], note["process"]) == (platform.node(), os.getpid())
        assert f"(process {os.getpid()} on {platform.node()}, " in refused(path)
    assert place.read_text() == ""


def test_a_link_to_a_store_has_no_lock_of_its_own(tmp_path, place):
    path, link, chain = tmp_path / "records.db", tmp_path / "link.db", tmp_path / "sub" / "chain.db"
    chain.parent.mkdir()
    link.symlink_to(path)  # which is yet to be made
    chain.symlink_to(link)
    with Store(chain, write=True) as store:
        assert store.path == path
        assert place.read_text()
        for other in (path, link, chain):
            refused(other)
    with Store(path, write=True):
        refused(link)
    assert not list(tmp_path.rglob("link.db?*")) + list(tmp_path.rglob("chain.db?*"))
    assert link.is_symlink()


def ended_process():
    return subprocess.Popen([sys.executable, "-c", ""])


@pytest.mark.parametrize(
    "note",
    ["", "no note", "[]", "{}", '{"host": 1, "process": "x", "command": 1, "since": 2}', "\xff" * 9],
)
def test_what_is_no_note_is_not_shown(tmp_path, place, note):
    path = tmp_path / "records.db"
    with Store(path, write=True):
        place.write_text(note)
        assert "another run;" in refused(path)


def test_a_note_of_a_process_that_has_ended_is_not_shown(tmp_path, place):
    path = tmp_path / "records.db"
    process = ended_process()
    process.wait()
    with Store(path, write=True):
        note = {"host": platform.node(), "process": process.pid, "command": "lrlab run", "since": "today"}
        place.write_text(json.dumps(note))
        assert "another run;" in refused(path)
        place.write_text(json.dumps(note | {"host": "other\x1b[2J"}))
        assert "on other\\x1b[2J, lrlab run, since today" in refused(path)


def test_a_lock_file_that_was_taken_away_stops_nobody_afterwards(tmp_path, place):
    path = tmp_path / "records.db"
    with Store(path, write=True) as store:
        place.unlink()
        assert store.record_keys() == []
    with Store(path, write=True):
        assert json.loads(place.read_text())["process"] == os.getpid()
        refused(path)
