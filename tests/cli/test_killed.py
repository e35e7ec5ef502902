"""SIGKILL of a worker, and again, and of the driver; the same command goes on to the same records, bit for bit."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.command import LRLAB
from support.stored import keys_by_now, stored_records

LOADERS = '''"""Batches of loaders, under batch norm and dropout."""
import torch
from torch.utils.data import DataLoader, TensorDataset
from lrlab import Task

x = torch.randn(400, 4, generator=torch.Generator().manual_seed(0))
y = (x[:, 0] > 0).long()


def part(first, last, shuffle):
    data = TensorDataset(x[first:last], y[first:last])
    return lambda size: DataLoader(data, batch_size=size, shuffle=shuffle)


def model():
    nn = torch.nn
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 2))


def task():
    parts = {"train": part(0, 240, True), "validation": part(240, 320, False), "test": part(320, 400, False)}
    return Task.from_loaders(model=model, **parts)
'''
TOKENS = "from support.tasks import tokens as task\n"
ROUNDS = ["--epochs", "10", "--seeds", "40", "--workers", "1"]  # of stacks, so that some are left at each kill
AVERAGED = ["constant", "cosine+ema(decay=0.9)", "constant+swa", "--optimizer", "adamw"]
CASES = {
    "optimizers": (
        "from support.tasks import blobs as task\n",
        ["constant@schedule_free_sgd", "cosine@schedule_free_adamw", "cosine@prodigy", "cosine@muon", "--epochs", "20"],
    ),
    "averages": (
        "from support.tasks import pictures as task\n",
        ["constant", "constant+ema(decay=0.9)", "constant+swa", "constant+lawa", "--epochs", "20"],
    ),
    "tokens in lanes": (TOKENS, [*AVERAGED, *ROUNDS, "--engine", "lanes"]),
    "tokens in a stack": (TOKENS, [*AVERAGED, *ROUNDS, "--engine", "stacked"]),
    "tokens one by one": (TOKENS, [*AVERAGED, "--epochs", "20", "--engine", "reference"]),
    "loaders": (LOADERS, ["constant", "constant+ema(decay=0.9)", "constant@schedule_free_sgd", "--epochs", "10"]),
}
USUAL = ["--seeds", "4", "--tuning-seeds", "1", "--peaks", "0.03", "--batch-size", "16", "--workers", "2"]


def start(folder, words, store):
    return subprocess.Popen(
        [LRLAB, "compare", "mine.py:task", *USUAL, *words, "--store", store],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def records(path):
    """Every record but for the time it took, and where."""
    quiet = {"train_seconds": 0.0, "evaluate_seconds": 0.0}
    return {one.trial.key: one.model_copy(update=quiet).to_json() for one in stored_records(path)}


def workers_of(pid):
    """The processes that a run has trainings done by: what its fork server made."""
    ahead, found = [pid], []
    while ahead:
        one = ahead.pop()
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            ahead += map(int, task.read_text().split())
        if one != pid and b"forkserver" in Path(f"/proc/{one}/cmdline").read_bytes():
            found.append(one)
    return sorted(found)


def await_more(process, path, seen):
    """Until two more records are stored. Raises where the run ends before."""
    deadline = time.monotonic() + 300
    while len(keys_by_now(path)) < seen + 2:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("file", "words"), CASES.values(), ids=CASES)
def test_killed_in_the_middle_it_goes_on_to_the_same_records(file, words, tmp_path):
    (tmp_path / "mine.py").write_text(file)
    killed, whole = tmp_path / "killed.db", tmp_path / "whole.db"
    process = start(tmp_path, words, killed.name)
    for _ in range(2):
        await_more(process, killed, len(keys_by_now(killed)))
        os.kill(workers_of(process.pid)[-1], signal.SIGKILL)
    await_more(process, killed, len(keys_by_now(killed)))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = len(keys_by_now(killed))
    _, said = start(tmp_path, words, killed.name).communicate(timeout=600)
    there, here = sqlite3.connect(killed), sqlite3.connect(whole)
    there.backup(here)  # another calibration may round otherwise
    with here:
        for name in ("member", "stack", "array", "record", "plan"):
            here.execute(f"delete from {name}")
    there.close()
    here.close()
    start(tmp_path, words, whole.name).communicate(timeout=600)
    assert 6 <= before < len(keys_by_now(killed)), said
    assert records(killed) == records(whole)
