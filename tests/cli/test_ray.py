"""`--on ray` from the command line: as a process of its own, which starts a cluster or is told of one."""

import json
import signal
import subprocess
import time

import pytest

from support import libraries
from support.command import LRLAB, lrlab
from support.stored import keys_by_now

SHORT = ["compare", "digits/mlp", "constant", "cosine", "--updates", "40", "--peaks", "0.1", "--seeds", "2"]
LONG = ["compare", "digits/mlp", "constant", "cosine", "--updates", "900", "--peaks", "0.03,0.1", "--seeds", "4"]
ON_RAY = ["--engine", "reference", "--on", "ray", "--workers", "2", "--json", "--store", "records.db"]
STOPPED = "lrlab: stopped; what was measured is stored, and the same command goes on from there"


def start(folder, *words):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # children of a background job ignore Ctrl-C else
    return subprocess.Popen(
        [LRLAB, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def stored(path):
    return len(keys_by_now(path))


def wait_for(what, process):
    stop = time.monotonic() + 300
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < stop
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--address", "auto"], 'address is of a cluster; write on="ray" (--on ray), or leave it out'),
        (["--on", "ray", "--checkpoints", "memory://here"], "lies in the memory of one process, and no other sees it"),
        (["--on", "ray", "--checkpoints", "nowhere://x"], "--checkpoints nowhere://x cannot be opened: ValueError"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_asked_of_a_cluster_is_said(tmp_path, words, says):
    done = lrlab(*SHORT, *words, cwd=tmp_path, code=2)
    assert says in done.stderr


def test_without_ray_the_way_to_it_is_said(tmp_path):
    (tmp_path / "ray.py").write_text("raise ImportError('it is not here')\n")
    done = lrlab(*SHORT, "--on", "ray", cwd=tmp_path, code=2, PYTHONPATH=str(tmp_path))
    assert 'pip install "lrlab[ray]", here and on every node' in done.stderr


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (
            "127.0.0.1:1",
            "no cluster answers at 127.0.0.1:1: Connection refused; start one there with `ray start --head",
        ),
        ("nonsense", "an address of a cluster is auto, HOST:PORT or ray://HOST:PORT, but got 'nonsense'"),
    ],
)
def test_a_cluster_that_cannot_be_reached_is_said(tmp_path, address, says):
    libraries.require("ray")
    done = lrlab(*SHORT, "--on", "ray", "--address", address, cwd=tmp_path, code=2)
    assert says in done.stderr


@pytest.mark.slow
def test_a_driver_that_is_killed_or_stopped_goes_on(tmp_path):
    """The same command: on a cluster of its own, which ends with it, and alone on the answer."""
    libraries.require("ray")
    store = tmp_path / "records.db"
    killed = start(tmp_path, *LONG, *ON_RAY)
    wait_for(lambda: stored(store) >= 2, killed)
    killed.kill()
    killed.communicate()
    before = stored(store)
    stopped = start(tmp_path, *LONG, *ON_RAY)
    wait_for(lambda: stored(store) > before, stopped)
    stopped.send_signal(signal.SIGINT)
    _, err = stopped.communicate(timeout=120)
    assert stopped.returncode == 130, err
    assert STOPPED in err
    done = lrlab(*LONG, *ON_RAY, cwd=tmp_path, timeout=500)
    assert "a Ray cluster of 2 cores is started on this machine" in done.stderr
    alone = lrlab(*LONG, "--engine", "reference", "--json", "--store", "alone.db", cwd=tmp_path, timeout=500)

    def rows(text):
        return [{key: value for key, value in row.items() if key != "seconds"} for row in json.loads(text)["rows"]]

    assert rows(done.stdout) == rows(alone.stdout)
    assert stored(store) == stored(tmp_path / "alone.db")
