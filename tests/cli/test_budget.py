"""`--budget` and `--max-seconds` as a user meets them."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from support.command import LRLAB, lrlab
from support.stored import stored_records
from support.tasks import BLOBS_FILE

COMPARE = ["compare", "mine.py:task", "--seeds", "2", "--tuning-seeds", "1", "--peaks", "0.03,0.1", "--workers", "1"]
# Numbers of their own decide what happens next: no layout but one by one takes it. An update takes 50 ms.
SLOW = """
import time

from torch import nn

from support.tasks import blobs


class Slow(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)

    def forward(self, x):
        time.sleep(0.05)
        return self.layer(x) if x.sum() < 1e9 else x


task = blobs().with_model(Slow)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    (tmp_path / "slow.py").write_text(SLOW)
    return tmp_path


@pytest.mark.slow
def test_a_schedule_more_trains_only_what_is_new(folder):
    first = lrlab(*COMPARE, "constant", "cosine", "--budget", "1h", cwd=folder)
    assert "measuring this machine, for 6 min 0 s at most" in first.stderr
    assert "30 epochs a trial are the most that a budget buys; --epochs asks for more" in first.stderr
    more = lrlab(*COMPARE, "constant", "cosine", "linear", "--budget", "1h", "--json", cwd=folder)
    assert "trials of 30 epochs, as in the comparison before, so that only linear is trained" in more.stderr
    rows = json.loads(more.stdout)["rows"]
    assert {row["label"] for row in rows} == {"constant", "cosine", "linear"}
    records = stored_records(folder / "lrlab-results" / "records.db")
    assert {record.trial.budget for record in records} == {"30 epochs"}


def test_max_seconds_that_are_over_at_once_still_get_further(folder):
    words = ["compare", "slow.py:task", "constant", "cosine", "--epochs", "4", "--seeds", "2", "--tuning-seeds", "1"]
    words += ["--peaks", "0.1", "--workers", "2", "--store", "s.db", "--engine", "stacked", "--max-seconds", "1"]
    done = lrlab(*words, cwd=folder, code=(0, 3))
    calls = 1
    while done.returncode == 3:
        assert "the same command goes on" in done.stderr
        assert "each call gets further" in done.stderr
        assert calls < 20
        calls, done = calls + 1, lrlab(*words, cwd=folder, code=(0, 3))
    assert "took" in done.stderr


@pytest.mark.slow
def test_a_frozen_worker_does_not_hold_the_command(folder):
    words = [LRLAB, "compare", "slow.py:task", "constant", "cosine", "--epochs", "500", "--workers", "1"]
    words += ["--max-seconds", "15", "--store", "s.db"]
    run = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stopped = None
    while stopped is None and run.poll() is None:
        time.sleep(0.5)
        if (folder / "s.db").exists():
            with sqlite3.connect(f"file:{folder / 's.db'}?mode=ro", uri=True) as database:
                begun = "stack" in {name for (name,) in database.execute("select name from sqlite_master")}
                begun = begun and database.execute("select count(*) from stack").fetchone()[0]
            if begun:
                stopped = _worker(run.pid)
                os.kill(stopped, signal.SIGSTOP)
    _, err = run.communicate(timeout=300)
    assert run.returncode == 3, err
    assert "the same command goes on" in err


def _worker(driver):
    """The process below the driver that has no process below it but is not the tracker of resources: the last made."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    below = {driver}
    for pid in sorted(parents):
        if parents[pid] in below:
            below.add(pid)
    return max(below - {driver})


@pytest.mark.slow
@pytest.mark.parametrize(("task", "seconds"), [("digits/mlp", 60), ("slow.py:task", 90)])
def test_a_budget_is_kept(folder, task, seconds):
    """With generous bounds, for other tests may run beside it; a budget too small for the machine is said at once."""
    start = time.monotonic()
    words = [*COMPARE, "constant", "cosine", "--budget", f"{seconds}s", "--json"]
    words[1] = task
    done = lrlab(*words, cwd=folder, code=(0, 2, 3))
    assert time.monotonic() - start < 2 * seconds
    if done.returncode == 2:
        assert "raise it to --budget" in done.stderr
