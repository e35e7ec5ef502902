"""Pipes, as the shell makes them of `<(command)`."""

import gzip
import os
import threading
import time

import pytest

from lrlab.errors import RunsError
from lrlab.trackers import _pipe, read_runs
from lrlab.trackers._pipe import read_pipe


@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize("wait", [0, 0.3])
def test_a_pipe_is_read_to_its_end_however_late_its_writer_is(pipe, wait):
    data = bytes(range(256)) * 1000  # more than a pipe holds

    def write():
        time.sleep(wait)
        with pipe.open("wb") as file:
            time.sleep(wait)
            file.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    assert read_pipe(pipe) == data
    writer.join()


def test_a_packed_table_through_a_pipe_is_read(pipe):
    rows = "arm,seed,acc\n" + "".join(f"{arm},{seed},0.{seed + 1}\n" for arm in "ab" for seed in range(6))
    writer = threading.Thread(target=lambda: pipe.write_bytes(gzip.compress(rows.encode())))
    writer.start()
    assert read_runs(pipe).frame.height == 12
    writer.join()


def test_a_pipe_without_a_writer_is_told(pipe, monkeypatch):
    monkeypatch.setattr(_pipe, "PATIENCE", 0.1)
    with pytest.raises(RunsError, match="into which nobody writes; write the path of a file, or give it a writer"):
        read_pipe(pipe)
