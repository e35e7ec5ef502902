"""Ctrl-C, SIGTERM or SIGKILL in the middle of a run, and the same command again."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from support.command import LRLAB
from support.stored import keys_by_now
from support.tasks import BLOBS_FILE

WORDS = [
    "compare",
    "mine.py:task",
    "constant",
    "cosine",
    "step",
    "--epochs",
    "40",
    "--seeds",
    "8",
    "--peaks",
    "0.03,0.1",
    "--json",
]


def start(folder, store, **environment):
    # A shell's background jobs ignore Ctrl-C, and so do their children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [LRLAB, *WORDS, "--store", store],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **environment},
    )


def stored(path):
    return len(keys_by_now(path))


def answer(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    rows = json.loads(out)["rows"]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def follow_setup(old, new):
    """A store without records that was calibrated as another one: another calibration may round otherwise."""
    there, here = sqlite3.connect(old), sqlite3.connect(new)
    there.backup(here)
    with here:
        for name in ("member", "stack", "array", "record", "plan"):
            here.execute(f"delete from {name}")
    there.close()
    here.close()


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (signal.SIGINT, 130),
        pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, -9, marks=pytest.mark.slow),
    ],
    ids=["ctrl-c", "terminate", "kill"],
)
def test_a_stopped_run_stands_and_goes_on_to_the_same_table(tmp_path, how, code):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    process = start(tmp_path, "stopped.db")
    deadline = time.monotonic() + 120
    while stored(tmp_path / "stopped.db") < 6:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, how) if how == signal.SIGINT else process.send_signal(how)
    _, err = process.communicate(timeout=60)
    before = stored(tmp_path / "stopped.db")
    assert 6 <= before < 36
    assert process.returncode == code
    if how != signal.SIGKILL:
        assert "stopped; what was measured is stored, and the same command goes on from there" in err
        assert "Traceback" not in err
        assert "Aborted" not in err
    follow_setup(tmp_path / "stopped.db", tmp_path / "whole.db")
    table = answer(start(tmp_path, "stopped.db"))
    assert table == answer(start(tmp_path, "whole.db"))
    assert stored(tmp_path / "stopped.db") == stored(tmp_path / "whole.db") > before


@pytest.mark.parametrize("moment", ["measuring this machine", "tune: "])
@pytest.mark.parametrize(
    ("how", "code"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
    ids=["ctrl-c", "terminate"],
)
def test_a_stop_while_measuring_or_training_leaves_nobody_behind(tmp_path, moment, how, code):
    (tmp_path / "mine.py").write_text(BLOBS_FILE)
    process = start(tmp_path, "s.db", LRLAB_CACHE=str(tmp_path / "cache"))  # or nothing need be measured
    assert process.stderr is not None
    seen = ""
    while moment not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    os.killpg(process.pid, how) if how == signal.SIGINT else process.send_signal(how)
    _, err = process.communicate(timeout=120)
    assert process.returncode == code
    assert err.strip().splitlines()[-1].startswith("lrlab: stopped; what was measured is stored")
    assert "Traceback" not in err
    assert "Aborted" not in err
    deadline = time.monotonic() + 120  # servers end by themselves, once they have imported what they were told to
    while alive(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def alive(session):
    """Whether a process of this session runs on; those that ended and wait to be asked do not."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, own = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(own) == session and state != "Z":
            return True
    return False
