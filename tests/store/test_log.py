"""A store whose log (-wal, -shm) is deleted while it is used, and the count of its records at the end."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lrlab.errors import StoreError
from lrlab.store import Store
from lrlab.store import _disk as disk
from lrlab.store import _file as file

from .conftest import kept, large, told


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
            store.add(record, large(record))
        beside(path, *ends)
        if looked:
            assert look(path) == 2
        for record in records[2 : 2 + more]:
            store.add(record, large(record))
        assert len(store) == 2 + more
        if more:
            assert look(path) == 2 + more
    assert len(words) == 1
    assert kept(path, records) == records[: 2 + more]
    assert {one.name for one in path.parent.iterdir()} == {"records.db", "records.db.lock"}


def test_a_log_that_is_deleted_again_and_again(path, records):
    with told("left without its log") as words, Store(path, write=True) as store:
        for record in records:
            store.add(record, large(record))
            beside(path, "-wal")
            look(path)
    assert len(words) == len(records)
    assert kept(path, records) == records


def test_another_log_in_its_place(path, records):
    with told("left without its log"), Store(path, write=True) as store:
        store.add(records[0], large(records[0]))
        log = Path(f"{path}-wal")
        log.with_name("new").write_bytes(log.read_bytes())
        log.with_name("new").replace(log)
        store.add(records[1], large(records[1]))
    assert kept(path, records) == records[:2]


def test_the_file_alone_holds_what_was_written(path, records):
    with Store(path, write=True) as store:
        for number, record in enumerate(records, 1):
            store.add(record, large(record))
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
        store.add(records[0], large(records[0]))
        other = reading(path)
        store.add(records[1], large(records[1]))
        assert file.count_in(path) == 1
        beside(path, "-wal")
        if more:
            store.add(records[2], large(records[2]))
        other.close()
    assert kept(path, records) == records[: 3 if more else 2]


def test_a_reader_at_the_end_is_no_loss(path, records):
    with told() as words, Store(path, write=True) as store:
        store.add(records[0], large(records[0]))
        other = reading(path)
        store.add(records[1], large(records[1]))
    other.close()
    assert words == []
    assert kept(path, records) == records[:2]


def test_records_another_program_deleted_are_counted(path, records):
    store = Store(path, write=True)
    for record in records[:2]:
        store.add(record, large(record))
    other = sqlite3.connect(path)
    with other:
        other.execute("delete from record where key = ?", (records[0].trial.key,))
    other.close()
    with pytest.raises(StoreError, match=r"1 of the 2 records that were in .* the same command measures them again"):
        store.close()
    assert kept(path, records) == records[1:2]


def test_a_file_damaged_before_the_end_is_told(path, records):
    store = Store(path, write=True)
    store.add(records[0], large(records[0]))
    content = path.read_bytes()
    path.write_bytes(bytes(len(content)))
    with pytest.raises(StoreError, match=r"cannot be read from .*records\.db: .*; put a copy of it in its place"):
        store.close()
    with Store(path.with_name("next.db"), write=True):  # the lock is given back
        pass


def test_a_store_without_its_log_that_can_not_be_written_again_is_rescued_whole(path, records, no_room_beside):
    with told(r"left without its log .*, and cannot be written again .*No space"), Store(path, write=True) as store:
        store.add(records[0], large(records[0]))
        beside(path, "-wal")
        store.add(records[1], large(records[1]))
        assert len(store) == 2
    (place,) = no_room_beside.glob("lrlab-*/records-rescued.db")
    assert kept(place, records) == records[:2]


def test_what_is_removed_is_not_missed(path, records):
    with told() as words, Store(path, write=True) as store:
        for record in records[:2]:
            store.add(record, large(record))
        store.remove(records[0].trial.key)
    assert words == []
    assert kept(path, records) == records[1:2]


def test_a_file_that_lacks_what_is_open_is_written_again(path, records, monkeypatch):
    with told("changed by another program during the run; all that it held, 2"), Store(path, write=True) as store:
        for record in records[:2]:
            store.add(record, large(record))
        monkeypatch.setattr(disk, "count_in", lambda _: 1)
    assert kept(path, records) == records[:2]
