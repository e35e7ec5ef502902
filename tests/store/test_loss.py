"""A store that is full, locked, deleted, renamed, replaced or in a read-only folder while it is used."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from lrlab.errors import StoreError
from lrlab.spec import Setup, StackPlan
from lrlab.store import Store, StoredStudy
from lrlab.store import _disk as disk
from lrlab.store import _file as file
from support.tasks import study

from .conftest import kept, keys, large, told


@pytest.fixture
def no_patience(monkeypatch):
    monkeypatch.setattr(file, "BUSY", 0.01)
    monkeypatch.setattr(file, "PATIENCE", 0.2)


def fill(store, spare=0):
    """As a full disk: no page beyond those there are, and a few; SQLITE_FULL comes from sqlite itself."""
    pages = store._disk._file.execute("pragma page_count").fetchone()[0]
    store._disk._file.execute(f"pragma max_page_count = {pages + spare}")


def clear(store):
    store._disk._file.execute("pragma max_page_count = 1000000")


def fill_up_to_here(store, records):
    store.add(records[0], large(records[0]))
    fill(store)
    with told(r"cannot write to .*full.* held in memory, and written as soon as") as words:
        store.add(records[1], large(records[1]))
        store.add(records[2], large(records[2]))
        store.add_study(StoredStudy(study("a:task", title="x" * 9000), "d", "r"))
        store.add_setup("machine", Setup(layout="loop", why="x" * 9000))
        store.add_stacks([StackPlan(trials=tuple(keys(records)), setup=Setup(layout="loop", why="x" * 9000))])
    assert len(words) == 1


def test_a_full_disk_is_told_once_and_nothing_is_missing(path, records):
    with Store(path, write=True) as store:
        fill_up_to_here(store, records)
        assert list(store.get(keys(records))) == keys(records[:3])
        assert store.array(records[2].trial.key, "rates") == large(records[2])["rates"]
        assert store.has_array(records[2].trial.key, "rates")
        assert len(store) == 3
        assert [plan.request for plan in store.studies()] == ["r"]
        assert store.setup("machine").layout == "loop"
        assert len(store.stacks(keys(records))) == 1
        assert kept(path, records) == records[:1]
        clear(store)
        store.add(records[3], large(records[3]))
        assert kept(path, records) == records
    with Store(path) as store:
        assert len(store) == 4
        assert [plan.request for plan in store.studies()] == ["r"]
        assert store.setup("machine").layout == "loop"
        assert len(store.stacks(keys(records))) == 1


def test_room_that_comes_late_is_used_at_the_end(path, records):
    with Store(path, write=True) as store:
        fill_up_to_here(store, records)
        clear(store)
    assert kept(path, records) == records[:3]


def test_what_can_not_be_written_at_the_end_lies_beside_and_the_next_run_takes_it(path, records):
    with (
        told(r"What was measured since is in .*records-rescued\.db: the next run takes it"),
        Store(path, write=True) as store,
    ):
        fill_up_to_here(store, records)
    assert kept(path, records) == records[:1]
    with Store(path, write=True) as store:
        assert len(store) == 3
        store.add(records[3], large(records[3]))
    assert kept(path, records) == records
    assert not path.with_name("records-rescued.db").exists()


def test_a_rescued_store_that_stays_is_taken_in_again_and_changes_nothing(path, records, monkeypatch):
    with told("the next run takes it"), Store(path, write=True) as store:
        fill_up_to_here(store, records)

    def refuse(place, **_):
        raise PermissionError(1, "not this one", str(place))

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", refuse)
            store = Store(path, write=True)
        store.close()
    assert kept(path, records) == records[:3]


def test_a_folder_that_takes_nothing_leaves_it_in_the_temporary_one(path, records, no_room_beside):
    with (
        told(r"is in .*records-rescued\.db; move it to .*sub: the next run takes it"),
        Store(path, write=True) as store,
    ):
        fill_up_to_here(store, records)
    (place,) = no_room_beside.glob("lrlab-*/records-rescued.db")
    shutil.move(place, path.parent)
    with Store(path, write=True):
        pass
    assert kept(path, records) == records[:3]


def test_two_projects_whose_folders_take_nothing_keep_both(tmp_path, records, monkeypatch, no_room_beside):
    copy = disk._copy_store

    def refused(source, place, more=None):
        if place.parent.name in ("one", "two"):
            raise OSError(28, "No space left on device")
        copy(source, place, more)

    monkeypatch.setattr(disk, "_copy_store", refused)
    for project in ("one", "two"):
        with told("the next run takes it"), Store(tmp_path / project / "records.db", write=True) as store:
            fill_up_to_here(store, records)
    found = list(tmp_path.glob("lrlab-*/records-rescued.db"))
    assert [kept(one, records) for one in found] == [records[1:3]] * 2


def test_a_rescue_that_nobody_may_touch_is_passed_over(path, records, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with told(r"is in .*lrlab-.*records-rescued\.db; move it to"), Store(path, write=True) as store:
        fill_up_to_here(store, records)
        path.with_name("records-rescued.db.part").mkdir()  # neither written nor unlinked
    (place,) = tmp_path.glob("lrlab-*/records-rescued.db")
    assert kept(place, records) == records[1:3]


def test_a_rescue_that_fails_leaves_the_one_before(path, records, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with told("the next run takes it"), Store(path, write=True) as store:
        fill_up_to_here(store, records)
    place = path.with_name("records-rescued.db")
    with sqlite3.connect(":memory:") as empty, pytest.raises(sqlite3.Error):
        disk._copy_store(empty, place, empty)
    assert kept(place, records) == records[1:3]


def test_what_is_lost_is_counted(path, records, monkeypatch):
    def refused(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "_copy_store", refused)
    with (
        pytest.raises(
            StoreError, match=r"the last 2 records are lost, what was written before stands; free some space"
        ),
        Store(path, write=True) as store,
    ):
        fill_up_to_here(store, records)
    assert kept(path, records) == records[:1]


def test_a_trial_held_in_memory_is_written_once_too(path, records):
    with Store(path, write=True) as store:
        fill_up_to_here(store, records)
        with pytest.raises(StoreError, match="a result is written once"):
            store.add(records[1], {})
        clear(store)


@pytest.mark.parametrize("how", ["locked", "full"])
def test_what_cannot_be_forgotten_in_the_file_is_not_called_forgotten(path, records, no_patience, how):
    first = records[0].trial.key
    with Store(path, write=True) as store:
        for record in records[:2]:
            store.add(record, large(record))
        other = sqlite3.connect(path)
        if how == "locked":
            other.execute("begin immediate")
        else:
            store._disk._file.execute("pragma query_only = on")
        with pytest.raises(StoreError, match=r"cannot write .*; no trial is forgotten; end the program"):
            store.remove(first)
        with pytest.raises(StoreError, match=r"cannot write .*; what was written before stands"):
            store.change(lambda database: database.execute("delete from record"))
        assert not store.behind
        assert list(store.get([first])) == [first]
        other.close()
        store._disk._file.execute("pragma query_only = off")
        store.remove(first)
    assert kept(path, records) == records[1:2]


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path, records, monkeypatch):
    place, aside = tmp_path / "small", tmp_path / "aside"
    place.mkdir()
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    if (
        not shutil.which("mount")
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1000k", "tmpfs", place], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no file system can be mounted here")
    try:
        path = place / "records.db"
        with told("cannot write to .*full"), Store(path, write=True) as store:
            for record in records[:2]:
                store.add(record, large(record))
            with suppress(OSError):
                (place / "filler").write_bytes(bytes(1_000_000))
            for record in records[2:]:
                store.add(record, large(record))
            assert len(store) == 4
            (place / "filler").unlink()
        with Store(path) as store:
            found = len(store)
        aside = [*place.glob("records-rescued.db"), *tmp_path.glob("aside/lrlab-*/records-rescued.db")]
        found += sum(len(kept(one, records)) for one in aside)
        assert found == 4
    finally:
        subprocess.run(["umount", "-l", place], check=False)


def lose_by_deletion(path):
    path.unlink()


def lose_with_the_folder(path):
    shutil.rmtree(path.parent)


def lose_by_renaming(path):
    path.rename(path.with_name("other.db"))


def lose_by_renaming_the_folder(path):
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize(
    "lose", [lose_by_deletion, lose_with_the_folder, lose_by_renaming, lose_by_renaming_the_folder]
)
@pytest.mark.parametrize("more", [True, False], ids=["at the next record", "at the end"])
def test_a_store_that_is_gone_is_written_again(path, records, lose, more):
    with (
        told(r"was deleted or renamed during the run; all that it held, \d records, is in"),
        Store(path, write=True) as store,
    ):
        for record in records[:2]:
            store.add(record, large(record))
        lose(path)
        for record in records[2 : 4 if more else 2]:
            store.add(record, large(record))
    assert kept(path, records) == records[: 4 if more else 2]
    for other in (path.with_name("other.db"), path.parent.with_name("elsewhere") / path.name):
        if other.exists():
            assert kept(other, records) == records[:2]
    assert {one.name for one in path.parent.iterdir()} <= {"records.db", "records.db.lock", "other.db"}


def put_another_store(path, records):
    with Store(path.with_name("new.db"), write=True) as other:
        other.add(records[3], large(records[3]))
    path.with_name("new.db").replace(path)


def put_text(path, _):
    path.unlink()
    path.write_text("my notes")


def overwrite_with_a_store(path, records):
    with Store(path.with_name("new.db"), write=True) as other:
        other.add(records[3], large(records[3]))
    shutil.copyfile(path.with_name("new.db"), path)


def overwrite_with_text(path, _):
    path.write_text("my notes")


def cut_to_nothing(path, _):
    os.truncate(path, 0)


@pytest.mark.parametrize(
    "put", [put_another_store, put_text, overwrite_with_a_store, overwrite_with_text, cut_to_nothing]
)
def test_a_store_in_whose_place_another_file_is_goes_on_beside_it(path, records, put):
    with (
        told(r"replaced or overwritten during the run; all that it held, 2 .*records-2\.db"),
        Store(path, write=True) as store,
    ):
        for record in records[:2]:
            store.add(record, large(record))
        put(path, records)
        there = path.read_bytes()
        store.add(records[2], large(records[2]))
        assert store.path == path.with_name("records-2.db")
    assert path.read_bytes() == there
    assert kept(path.with_name("records-2.db"), records) == records[:3]
    if there.startswith(b"SQLite"):
        assert kept(path, records) == records[3:]


def test_a_lost_store_that_can_not_be_written_again_is_rescued_whole(path, records, no_room_beside):
    with told(r"was deleted or renamed, and cannot be written again .*No space"), Store(path, write=True) as store:
        store.add(records[0], large(records[0]))
        path.unlink()
        store.add(records[1], large(records[1]))
        assert len(store) == 2
    (place,) = no_room_beside.glob("lrlab-*/records-rescued.db")
    assert kept(place, records) == records[:2]


def hold(path, how="immediate"):
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("pragma locking_mode = exclusive" if how == "exclusive" else "pragma user_version")
    other.execute(f"begin {how}")
    if how == "exclusive":
        other.execute("create table mine (x)")
    return other


def test_a_locked_store_is_waited_for_at_the_end(path, records, monkeypatch):
    monkeypatch.setattr(file, "BUSY", 0.01)
    with told() as words, Store(path, write=True) as store:
        other = hold(path)
        store.add(records[0], large(records[0]))
        assert len(store) == 1
        threading.Timer(0.3, other.rollback).start()
    other.close()
    assert "is locked. The run goes on: what is measured is held in memory" in words[0]
    assert "is locked by another program; waiting for it, up to 180 s" in words[1]
    assert kept(path, records) == records[:1]


def test_a_store_that_stays_locked_is_left_for_another_file(path, records, no_patience):
    with told() as words, Store(path, write=True) as store:
        other = hold(path)
        store.add(records[0], large(records[0]))
    other.close()
    assert "What was measured since is in" in words[-1]
    with Store(path, write=True):
        pass
    assert kept(path, records) == records[:1]


def test_after_an_interruption_a_locked_store_is_not_waited_for(path, records, monkeypatch):
    monkeypatch.setattr(file, "BUSY", 0.01)
    start = time.monotonic()
    with told() as words, suppress(KeyboardInterrupt), Store(path, write=True) as store:
        other = hold(path)
        store.add(records[0], large(records[0]))
        raise KeyboardInterrupt
    other.close()
    assert "records-rescued.db: the next run takes it from there" in words[-1]
    assert time.monotonic() - start < file.PATIENCE


@pytest.mark.parametrize("write", [False, True])
def test_a_store_locked_from_the_start_is_named(path, no_patience, write):
    with Store(path, write=True):
        pass
    other = hold(path, "exclusive")
    with (
        told("waiting for it"),
        pytest.raises(StoreError, match=r"is locked by another program: .*; end that program, or give another"),
    ):
        Store(path, write=write)
    other.close()
