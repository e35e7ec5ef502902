import errno
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from lrlab.errors import TaskError
from lrlab.tasks import _cache
from lrlab.tasks._cache import cache_folder, cached_images
from lrlab.tasks._decode import Images
from lrlab.tasks._image_rows import read_images

from .conftest import picture, write


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    names = ["a", "b", "c"]
    return [
        write(tmp_path / f"train-{n}.parquet", [picture(rng) for _ in range(3)], [0, 1, 2], names=names)
        for n in range(2)
    ]


class Reads:
    """read_images, counted."""

    def __init__(self):
        self.count = 0

    def __call__(self, files, size):
        self.count += 1
        time.sleep(0.05)
        return read_images(files, size)


def same(a: Images, b: Images):
    return np.array_equal(a.pixels, b.pixels) and np.array_equal(a.labels, b.labels) and a.names == b.names


def entries(folder):
    return [path for path in folder.iterdir() if path.suffix != ".lock"]


def test_images_are_decoded_once(files, own_cache):
    read = Reads()
    first, second = cached_images(files, read), cached_images(files, read)
    assert read.count == 1
    assert same(first, read_images(files))
    assert same(first, second)
    assert isinstance(second.pixels, np.memmap)
    assert len(entries(own_cache)) == 1


def test_the_content_names_the_entry_and_not_the_place(files, tmp_path):
    read = Reads()
    cached_images(files, read)
    elsewhere = [file.rename(file.with_name(f"moved-{file.name}")) for file in files]
    cached_images(elsewhere, read)
    assert read.count == 1
    cached_images(elsewhere[::-1], read)
    assert read.count == 2
    write(elsewhere[0], [picture(np.random.default_rng(9))], [0], names=["a", "b", "c"])
    assert len(cached_images(elsewhere, read).labels) == 4
    assert read.count == 3


def test_what_was_decoded_by_other_rules_is_not_taken(files, own_cache, monkeypatch):
    read = Reads()
    cached_images(files, read)
    monkeypatch.setattr(_cache, "FORMAT", _cache.FORMAT + 1)
    cached_images(files, read)
    assert read.count == 2
    assert len(entries(own_cache)) == 2


def test_images_of_several_sizes_have_an_entry_for_each_size(tmp_path, own_cache):
    rng = np.random.default_rng(0)
    images = [picture(rng, height=8), picture(rng, height=12)]
    files, read = [write(tmp_path / "train.parquet", images, ["b", "a"])], Reads()
    for size, count in ((4, 1), (4, 1), (6, 2), (4, 2)):
        found = cached_images(files, read, size=size)
        assert found.pixels.shape == (2, 3, size, size)
        assert (found.names, found.by_value, found.shrunk_to) == (("a", "b"), True, size)
        assert read.count == count
    assert len(entries(own_cache)) == 2


def cut_off(file):
    file.write_bytes(file.read_bytes()[:-3])


def empty(file):
    file.write_bytes(b"")


def flip_a_bit(file):
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("name", ["pixels.npy", "labels.npy", "about.json"])
@pytest.mark.parametrize("damage", [flip_a_bit, cut_off, empty, Path.unlink])
def test_a_damaged_entry_is_made_anew(files, own_cache, name, damage):
    read = Reads()
    before = cached_images(files, read)
    copy = Images(before.pixels.copy(), before.labels, before.names)
    del before
    damage(entries(own_cache)[0] / name)
    assert same(cached_images(files, read), copy)
    assert read.count == 2
    assert same(cached_images(files, read), copy)
    assert read.count == 2


@pytest.mark.parametrize("written", [0, 1])
def test_a_full_disk_is_said_and_leaves_nothing(files, own_cache, monkeypatch, written):
    calls = []

    def full(place, array, **options):
        calls.append(place)
        if len(calls) > written:
            place.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(place, array, **options)

    save = np.save
    monkeypatch.setattr(_cache.np, "save", full)
    with pytest.raises(TaskError, match="No space left on device; make room there, or set LRLAB_CACHE"):
        cached_images(files)
    assert entries(own_cache) == []
    monkeypatch.setattr(_cache.np, "save", save)
    assert same(cached_images(files), read_images(files))


def test_what_stops_the_writing_leaves_nothing(files, own_cache, monkeypatch):
    def stop(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(_cache.np, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        cached_images(files)
    assert entries(own_cache) == []


def test_a_disk_that_does_not_keep_what_is_written_is_said(files, monkeypatch):
    monkeypatch.setattr(_cache, "_load_entry", lambda place: None)
    with pytest.raises(TaskError, match="does not read back; set LRLAB_CACHE to a folder on another disk"):
        cached_images(files)


def test_a_place_that_is_no_folder_is_said(files, monkeypatch, tmp_path):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("LRLAB_CACHE", str(tmp_path / "taken"))
    with pytest.raises(TaskError, match=r"cannot be kept in .*taken: .*set LRLAB_CACHE"):
        cached_images(files)


def test_images_that_cannot_be_read_leave_nothing(files, own_cache):
    write(files[1], [b"nonsense"], [0], names=["a", "b", "c"])
    with pytest.raises(TaskError, match=r"train-1.parquet: row 0 is no image"):
        cached_images(files)
    assert entries(own_cache) == []
    with pytest.raises(TaskError, match=r"gone.parquet cannot be read: No such file"):
        cached_images([files[0].with_name("gone.parquet")])


def test_two_at_once_decode_once_and_get_the_same(files):
    read, found = Reads(), []
    threads = [threading.Thread(target=lambda: found.append(cached_images(files, read))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read.count == 1
    assert len(found) == 4
    assert all(same(images, found[0]) for images in found)


def test_the_cache_is_where_the_user_wants_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("LRLAB_CACHE")
    assert cache_folder() == tmp_path / "xdg" / "lrlab"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "lrlab"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_plain_file_is_not_opened(make, files, own_cache):
    files[1].unlink()
    make(files[1])
    with pytest.raises(
        TaskError, match=r"train-1.parquet is a folder, a pipe or a device.*take it out of the data set"
    ):
        cached_images(files)
