"""A store that is full, locked, deleted, renamed, replaced or in a read-only folder while it is used."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lrlab.engine import train
from lrlab.errors import LabWarning, StoreError
from lrlab.spec import Setup, StackPlan
from lrlab.store import Plan, Store
from lrlab.store import _disk as disk
from lrlab.store import _file as file
from lrlab.testing.tasks import blobs, study, trial

LARGE = bytes(200_000)


@pytest.fixture(scope="module")
def records():
    task = blobs()
    return [train(trial(task, seed=seed, budget="1 epochs"), task).record for seed in range(4)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sub" / "records.db"


@pytest.fixture
def no_patience(monkeypatch):
    monkeypatch.setattr(file, "BUSY", 0.01)
    monkeypatch.setattr(file, "PATIENCE", 0.2)


@contextmanager
def told(*patterns):
    """What is said in a block, a list that is filled at its end; each pattern must be found in it."""
    words = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield words
        finally:
            words += [str(one.message) for one in caught if one.category is LabWarning]
    for pattern in patterns:
        assert re.search(pattern, "\n".join(words))


def keys(records):
    return [record.trial.key for record in records]


def kept(path, records):
    """Which of the records a store holds, each with its array."""
    with Store(path) as store:
        found = store.get(keys(records))
        assert all(store.array(key, "rates") == LARGE for key in found)
        return [record for record in records if record.trial.key in found]


def fill(store, spare=0):
    """As a full disk: no page beyond those there are, and a few; SQLITE_FULL comes from sqlite itself."""
    pages = store._disk._file.execute("pragma page_count").fetchone()[0]
    store._disk._file.execute(f"pragma max_page_count = {pages + spare}")


def clear(store):
    store._disk._file.execute("pragma max_page_count = 1000000")


def fill_up_to_here(store, records):
    store.add(records[0], {"rates": LARGE})
    fill(store)
    with told(r"cannot write to .*full.* held in memory, and written as soon as") as words:
        store.add(records[1], {"rates": LARGE})
        store.add(records[2], {"rates": LARGE})
        store.add_plan(Plan(study("a:task", title="x" * 9000), "d", "r"))
        store.add_setup("machine", Setup(layout="loop", why="x" * 9000))
        store.add_stacks([StackPlan(trials=tuple(keys(records)), setup=Setup(layout="loop", why="x" * 9000))])
    assert len(words) == 1


def test_a_full_disk_is_told_once_and_nothing_is_missing(path, records):
    with Store(path, write=True) as store:
        fill_up_to_here(store, records)
        assert list(store.get(keys(records))) == keys(records[:3])
        assert store.array(records[2].trial.key, "rates") == LARGE
        assert store.has_array(records[2].trial.key, "rates")
        assert len(store) == 3
        assert [plan.request for plan in store.plans()] == ["r"]
        assert store.setup("machine").layout == "loop"
        assert len(store.stacks(keys(records))) == 1
        assert kept(path, records) == records[:1]
        clear(store)
        store.add(records[3], {"rates": LARGE})
        assert kept(path, records) == records
    with Store(path) as store:
        assert len(store) == 4
        assert [plan.request for plan in store.plans()] == ["r"]
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
        store.add(records[3], {"rates": LARGE})
    assert kept(path, records) == records
    assert not path.with_name("records-rescued.db").exists()


def test_a_folder_that_takes_nothing_leaves_it_in_the_temporary_one(path, records, monkeypatch, tmp_path):
    copy = disk._copy

    def refused(source, place, more=None):
        if place.parent == path.parent:
            raise OSError(28, "No space left on device")
        copy(source, place, more)

    monkeypatch.setattr(disk, "_copy", refused)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with (
        told(r"is in .*records-rescued\.db; move it to .*sub: the next run takes it"),
        Store(path, write=True) as store,
    ):
        fill_up_to_here(store, records)
    shutil.move(tmp_path / "records-rescued.db", path.parent)
    with Store(path, write=True):
        pass
    assert kept(path, records) == records[:3]


def test_what_is_lost_is_counted(path, records, monkeypatch):
    def refused(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "_copy", refused)
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


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path, records):
    place = tmp_path / "small"
    place.mkdir()
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
                store.add(record, {"rates": LARGE})
            with suppress(OSError):
                (place / "filler").write_bytes(bytes(1_000_000))
            for record in records[2:]:
                store.add(record, {"rates": LARGE})
            assert len(store) == 4
            (place / "filler").unlink()
        with Store(path) as store:
            found = len(store)
        rescued = [one for one in (place, Path(tempfile.gettempdir())) if (one / "records-rescued.db").exists()]
        for one in rescued:
            found += len(kept(one / "records-rescued.db", records))
            (one / "records-rescued.db").unlink()
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
            store.add(record, {"rates": LARGE})
        lose(path)
        for record in records[2 : 4 if more else 2]:
            store.add(record, {"rates": LARGE})
    assert kept(path, records) == records[: 4 if more else 2]
    for other in (path.with_name("other.db"), path.parent.with_name("elsewhere") / path.name):
        if other.exists():
            assert kept(other, records) == records[:2]
    assert {one.name for one in path.parent.iterdir()} <= {"records.db", "records.db.lock", "other.db"}


def beside(path, *ends):
    for end in ends:
        Path(f"{path}{end}").unlink()


def look(path):
    """As another program does; it makes a new log where there is none, and counts the records."""
    code = (
        "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('select count(*) from record').fetchone()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.parametrize("ends", [["-wal"], ["-shm"], ["-wal", "-shm"]], ids=" ".join)
@pytest.mark.parametrize("looked", [True, False], ids=["looked at since", "unseen"])
@pytest.mark.parametrize("more", [0, 1, 2])
def test_a_store_whose_log_is_deleted_keeps_everything(path, records, ends, looked, more):
    with (
        told(r"records\.db was left without its log .* all that it held, 2 records, is in .*records\.db now") as words,
        Store(path, write=True) as store,
    ):
        for record in records[:2]:
            store.add(record, {"rates": LARGE})
        beside(path, *ends)
        if looked:
            assert look(path) == 2
        for record in records[2 : 2 + more]:
            store.add(record, {"rates": LARGE})
        assert len(store) == 2 + more
        if more:
            assert look(path) == 2 + more
    assert len(words) == 1
    assert kept(path, records) == records[: 2 + more]
    assert {one.name for one in path.parent.iterdir()} == {"records.db", "records.db.lock"}


def test_a_log_that_is_deleted_again_and_again(path, records):
    with told("left without its log") as words, Store(path, write=True) as store:
        for record in records:
            store.add(record, {"rates": LARGE})
            beside(path, "-wal")
            look(path)
    assert len(words) == len(records)
    assert kept(path, records) == records


def test_another_log_in_its_place(path, records):
    with told("left without its log"), Store(path, write=True) as store:
        store.add(records[0], {"rates": LARGE})
        log = Path(f"{path}-wal")
        log.with_name("new").write_bytes(log.read_bytes())
        log.with_name("new").replace(log)
        store.add(records[1], {"rates": LARGE})
    assert kept(path, records) == records[:2]


def test_the_file_alone_holds_what_was_written(path, records):
    with Store(path, write=True) as store:
        for number, record in enumerate(records, 1):
            store.add(record, {"rates": LARGE})
            assert file.count_in(path) == number


def reading(path):
    """A program in the middle of reading, so that what is written stays in the log."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin")
    other.execute("select count(*) from record").fetchone()
    return other


@pytest.mark.parametrize("more", [True, False], ids=["at the next record", "at the end"])
def test_a_log_that_is_deleted_while_another_program_reads(path, records, more):
    with told("left without its log"), Store(path, write=True) as store:
        store.add(records[0], {"rates": LARGE})
        other = reading(path)
        store.add(records[1], {"rates": LARGE})
        assert file.count_in(path) == 1
        beside(path, "-wal")
        if more:
            store.add(records[2], {"rates": LARGE})
        other.close()
    assert kept(path, records) == records[: 3 if more else 2]


def test_a_reader_at_the_end_is_no_loss(path, records):
    with told() as words, Store(path, write=True) as store:
        store.add(records[0], {"rates": LARGE})
        other = reading(path)
        store.add(records[1], {"rates": LARGE})
    other.close()
    assert words == []
    assert kept(path, records) == records[:2]


def test_records_another_program_deleted_are_counted(path, records):
    store = Store(path, write=True)
    for record in records[:2]:
        store.add(record, {"rates": LARGE})
    other = sqlite3.connect(path)
    with other:
        other.execute("delete from record where key = ?", (records[0].trial.key,))
    other.close()
    with pytest.raises(StoreError, match=r"1 of the 2 records that were in .* the same command measures them again"):
        store.close()
    assert kept(path, records) == records[1:2]


def test_a_file_damaged_before_the_end_is_told(path, records):
    store = Store(path, write=True)
    store.add(records[0], {"rates": LARGE})
    content = path.read_bytes()
    path.write_bytes(bytes(len(content)))
    with pytest.raises(StoreError, match=r"cannot be read from .*records\.db: .*; put a copy of it in its place"):
        store.close()
    with Store(path.with_name("next.db"), write=True):  # the lock is given back
        pass


def test_a_store_without_its_log_that_can_not_be_written_again_is_rescued_whole(path, records, monkeypatch, tmp_path):
    copy = disk._copy

    def refused(source, place, more=None):
        if place.parent == path.parent:
            raise OSError(28, "No space left on device")
        copy(source, place, more)

    monkeypatch.setattr(disk, "_copy", refused)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with told(r"left without its log .*, and cannot be written again .*No space"), Store(path, write=True) as store:
        store.add(records[0], {"rates": LARGE})
        beside(path, "-wal")
        store.add(records[1], {"rates": LARGE})
        assert len(store) == 2
    assert kept(tmp_path / "records-rescued.db", records) == records[:2]


def test_what_is_removed_is_not_missed(path, records):
    with told() as words, Store(path, write=True) as store:
        for record in records[:2]:
            store.add(record, {"rates": LARGE})
        store.remove(records[0].trial.key)
    assert words == []
    assert kept(path, records) == records[1:2]


def test_a_file_that_lacks_what_is_open_is_written_again(path, records, monkeypatch):
    with told("changed by another program during the run; all that it held, 2"), Store(path, write=True) as store:
        for record in records[:2]:
            store.add(record, {"rates": LARGE})
        monkeypatch.setattr(disk, "count_in", lambda _: 1)
    assert kept(path, records) == records[:2]


def put_another_store(path, records):
    with Store(path.with_name("new.db"), write=True) as other:
        other.add(records[3], {"rates": LARGE})
    path.with_name("new.db").replace(path)


def put_text(path, _):
    path.unlink()
    path.write_text("my notes")


def overwrite_with_a_store(path, records):
    with Store(path.with_name("new.db"), write=True) as other:
        other.add(records[3], {"rates": LARGE})
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
            store.add(record, {"rates": LARGE})
        put(path, records)
        there = path.read_bytes()
        store.add(records[2], {"rates": LARGE})
        assert store.path == path.with_name("records-2.db")
    assert path.read_bytes() == there
    assert kept(path.with_name("records-2.db"), records) == records[:3]
    if there.startswith(b"SQLite"):
        assert kept(path, records) == records[3:]


def test_a_lost_store_that_can_not_be_written_again_is_rescued_whole(path, records, monkeypatch, tmp_path):
    copy = disk._copy

    def refused(source, place, more=None):
        if place.parent == path.parent:
            raise OSError(28, "No space left on device")
        copy(source, place, more)

    monkeypatch.setattr(disk, "_copy", refused)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with told(r"was deleted or renamed, and cannot be written again .*No space"), Store(path, write=True) as store:
        store.add(records[0], {"rates": LARGE})
        path.unlink()
        store.add(records[1], {"rates": LARGE})
        assert len(store) == 2
    assert kept(tmp_path / "records-rescued.db", records) == records[:2]


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
        store.add(records[0], {"rates": LARGE})
        assert len(store) == 1
        threading.Timer(0.3, other.rollback).start()
    other.close()
    assert "is locked. The run goes on: what is measured is held in memory" in words[0]
    assert "is locked by another program; waiting for it, up to 180 s" in words[1]
    assert kept(path, records) == records[:1]


def test_a_store_that_stays_locked_is_left_for_another_file(path, records, no_patience):
    with told() as words, Store(path, write=True) as store:
        other = hold(path)
        store.add(records[0], {"rates": LARGE})
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
        store.add(records[0], {"rates": LARGE})
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
