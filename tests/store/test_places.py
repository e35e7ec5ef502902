"""Where a store may lie: not in memory, no folder or pipe; in a folder where nothing may be written it can be read."""

import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest

from lrlab.engine import train
from lrlab.errors import StoreError
from lrlab.store import Store
from lrlab.store._file import count_in
from support.tasks import blobs, trial

LARGE = random.Random(0).randbytes(200_000)


@pytest.fixture(scope="module")
def record():
    task = blobs()
    return train(trial(task, budget="1 epochs"), task).record


def kept(path, record):
    """Whether a store holds the record, with its array."""
    with Store(path) as store:
        key = record.trial.key
        return store.get([key]) == {key: record} and store.array(key, "rates") == LARGE


@pytest.fixture
def read_only():
    """Makes a folder read-only, for the superuser too, who is another user for a while."""
    folders, user = [], os.geteuid()

    def make(folder):
        folders.append(folder)
        folder.chmod(0o555)
        if user == 0:
            os.seteuid(65534)

    yield make
    os.seteuid(user)
    for folder in folders:
        folder.chmod(0o755)


@pytest.fixture
def open_folder():
    """A folder that any user may enter, which those of tests are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_store_lies_in_a_folder_whose_name_is_no_text(tmp_path, record):
    folder = tmp_path / os.fsdecode(b"caf\xe9 ?#%")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this system takes names in UTF-8 alone")
    path = folder / "records.db"
    with Store(path, write=True) as store:
        store.add(record, {"rates": LARGE})
    assert count_in(path) == 1
    assert kept(path, record)


@pytest.mark.parametrize("log", [False, True], ids=["closed", "with what a killed run left in its log"])
def test_a_store_in_a_read_only_folder_can_be_read(open_folder, record, read_only, log):
    path = open_folder / "my ?#% records.db"
    with Store(path, write=True) as store:
        store.add(record, {"rates": LARGE})
        if log:
            for end in ("", "-wal"):
                shutil.copyfile(f"{path}{end}", f"{path.with_name('copy.db')}{end}")
    path = path.with_name("copy.db") if log else path
    names = {one.name for one in open_folder.iterdir()}
    read_only(open_folder)
    assert kept(path, record)
    with pytest.raises(StoreError, match=r"cannot open the store .*; give another --store"):
        Store(open_folder / "other.db", write=True)
    assert {one.name for one in open_folder.iterdir()} == names


@pytest.mark.parametrize("name", ["", ".", ":memory:"])
@pytest.mark.parametrize("write", [False, True])
def test_what_keeps_nothing_is_no_store(name, write):
    with pytest.raises(StoreError, match=r"a store is a file, but got .*, which would keep nothing; name one"):
        Store(name, write=write)


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    "place",
    [
        lambda folder: folder / "notes.txt" / "records.db",
        lambda folder: folder / ("x" * 300),
        lambda folder: folder / "loop",
        lambda folder: f"{folder}/a\0b.db",
        lambda folder: folder / "pipe",
        lambda folder: "/dev/null",
        lambda folder: folder,
    ],
    ids=["under a file", "too long", "a loop of links", "a null byte", "a pipe", "a device", "a folder"],
)
def test_what_is_no_place_for_a_file_is_refused_in_words(tmp_path, place, write):
    (tmp_path / "notes.txt").write_text("my notes")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StoreError, match=r"give another --store|name one in it"):
        Store(place(tmp_path), write=write)
