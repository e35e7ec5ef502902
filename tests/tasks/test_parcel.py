"""Files that carry a task to other processes of this machine."""

import hashlib
import pickle

import pytest
import torch
from torch import nn

from lrlab.errors import TaskError
from lrlab.tasks import resolve
from lrlab.tasks._by_value import load_value
from lrlab.tasks._parcel import read_parcel, write_parcel
from support.tasks import line, pictures


@pytest.mark.parametrize("make", [line, pictures])
def test_what_is_read_is_what_was_written(make):
    task = make()
    other = read_parcel(write_parcel(task))
    assert other.fingerprint == task.fingerprint
    assert all(map(torch.equal, other.train, task.train))
    assert (other.augment, other.metric, other.classes) == (task.augment, task.metric, task.classes)
    other.train.inputs.add_(1)  # its own, and it may be written to


def test_arrays_are_written_once_for_all_models_on_them():
    task = line()
    first = write_parcel(task)
    written = (first.parent / task.arrays).stat().st_mtime_ns
    second = write_parcel(task.with_model(lambda: nn.Linear(3, 1, bias=False)))
    assert first != second
    assert (second.parent / task.arrays).stat().st_mtime_ns == written


PLACE = "put the task into a module .*or give workers=0"


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x05]\x94."])
def test_only_what_was_sent_is_read(tmp_path, content):
    (tmp_path / "parcel").write_bytes(content)
    with pytest.raises(TaskError, match=rf"not what was sent; only what the program .* wrote is read; {PLACE}"):
        load_value(f"value:{tmp_path / 'parcel'}")


def test_a_file_of_its_name_that_holds_no_task_is_told_in_words(tmp_path):
    name = hashlib.sha256(b"nonsense").hexdigest()[:32]
    (tmp_path / name).write_bytes(b"nonsense")
    with pytest.raises(TaskError, match=rf"reading a task .* failed: .*{PLACE}"):
        load_value(f"value:{tmp_path / name}")


def plant(file):
    """A pickle that would make a file, under the name that its bytes have."""
    trap = pickle.dumps([]) + pickle.dumps(Trap(str(file)))
    place = file.with_name(hashlib.sha256(trap).hexdigest()[:32])
    place.write_bytes(trap)
    return place


class Trap:
    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return open, (self.file, "w")


def test_a_folder_that_others_can_write_into_is_not_read(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    place = plant(folder / "ran")
    for mode in (0o777, 0o720, 0o702):
        folder.chmod(mode)
        with pytest.raises(TaskError, match=r"others than this user may write .*only what a program of yours"):
            load_value(f"value:{place}")
    folder.chmod(0o700)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(TaskError, match="others than this user may write"):
        load_value(f"value:{tmp_path / 'link' / place.name}")
    assert not (folder / "ran").exists()


def test_arrays_are_no_pickle(tmp_path):
    task = line()
    place = write_parcel(task)
    (place.parent / task.arrays).write_bytes(pickle.dumps(Trap(str(tmp_path / "ran"))))
    with pytest.raises(TaskError, match=rf"reading a task .* failed: .*{PLACE}"):
        load_value(f"value:{place}")
    (place.parent / task.arrays).unlink()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["value:evil", "value:/tmp/evil", "loop-value:evil", " value:evil.py", "value:"])
def test_no_name_leads_to_what_is_sent(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plant(tmp_path / "ran").rename("evil")
    with pytest.raises(TaskError, match=r"no name of a task: .*; write FILE.py:OBJECT"):
        resolve(name)
    assert not (tmp_path / "ran").exists()
