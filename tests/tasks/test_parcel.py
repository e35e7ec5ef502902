"""Files that carry a task to other processes of this machine."""

import pytest
import torch
from torch import nn

from lrlab.errors import TaskError
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


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x05]\x94."])
def test_a_file_that_is_none_is_told_in_words(tmp_path, content):
    (tmp_path / "parcel").write_bytes(content)
    with pytest.raises(TaskError, match=r"reading a task .* failed: .*put the task into a module .*or give workers=0"):
        load_value(f"value:{tmp_path / 'parcel'}")
