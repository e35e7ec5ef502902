import multiprocessing
import os
import signal
import subprocess
import sys
import time
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from lrlab.errors import RunError
from lrlab.execution import Limit
from lrlab.execution import _fork_server as servers
from lrlab.spec import Ended, Paused
from lrlab.testing.execution import ends_of, play, text_of

TESTS = Path(__file__).parents[1]


def kill_server():
    pid = forkserver._forkserver._forkserver_pid
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def used_processes(executor, count):
    jobs = [play(f"{number}", ("sleep", 0.2), ("process",)) for number in range(count)]
    return {int(text_of(end)) for end in ends_of(executor.run(jobs)).values()}


def test_a_fork_server_killed_between_runs_is_replaced(processes):
    (worker,) = used_processes(processes, 1)
    kill_server()
    used = used_processes(processes, 4)
    assert len(used) == 2
    assert worker in used  # its workers go on


def test_a_fork_server_killed_while_jobs_run_costs_none(processes):
    events = []
    for event in processes.run([play(name) for name in "abcdef"]):
        events.append(event)
        if isinstance(event, Ended) and event.job in "ac":
            kill_server()
            processes._drop_worker(next(worker for worker in processes._workers if worker.attempt is None))
    assert sorted(map(text_of, ends_of(events).values())) == list("abcdef")


def test_a_worker_and_its_fork_server_that_are_killed_together(processes):
    used_processes(processes, 2)
    kill_server()
    ends = ends_of(processes.run([play("a", ("die", 1), ("end", "a")), play("b"), play("c")]))
    assert sorted(map(text_of, ends.values())) == list("abc")


@pytest.fixture(params=["before it is asked", "before it answers"])
def deadly(monkeypatch, request):
    """Fork servers are killed before they give a worker, so many times."""
    left = [0]
    server, start, send = forkserver._forkserver, forkserver._forkserver.ensure_running, forkserver.reduction.sendfds

    def started():
        start()
        if left[0]:
            left[0] -= 1
            kill_server()

    def sent(*values):
        if left[0]:
            os.kill(server._forkserver_pid, signal.SIGSTOP)
            os.waitid(os.P_PID, server._forkserver_pid, os.WSTOPPED)
        send(*values)
        if left[0]:
            left[0] -= 1
            kill_server()

    if request.param == "before it is asked":
        monkeypatch.setattr(server, "ensure_running", started)
    else:
        monkeypatch.setattr(forkserver.reduction, "sendfds", sent)
    return left


def ends_well(executor):
    return [text_of(end) for end in ends_of(executor.run([play("a")])).values()] == ["a"]


@pytest.mark.parametrize("times", [1, servers.SERVERS - 1])
def test_fork_servers_killed_before_they_give_a_worker_are_replaced(processes, deadly, times):
    deadly[0] = times
    assert ends_well(processes)
    assert deadly[0] == 0


def test_fork_servers_that_are_always_killed_end_the_run_in_words(processes, deadly):
    deadly[0] = 1000
    with pytest.raises(RunError, match=r"was killed, 4 times .*fewer --workers, and run again; what was measured is"):
        list(processes.run([play("a")]))
    deadly[0] = 0
    assert ends_well(processes)


def test_a_fork_server_whose_socket_is_gone_is_replaced(processes):
    assert ends_well(processes)
    address = Path(forkserver._forkserver._forkserver_address)
    if not address.exists():
        pytest.skip("the socket is no file here")
    address.unlink()
    assert len(used_processes(processes, 2)) == 2


@pytest.mark.parametrize("seen", [False, True])
def test_a_worker_without_fork_server_is_ended_when_its_time_is_up(processes, seen):
    used_processes(processes, 2)
    kept = [Connection(os.dup(worker.pipe.fileno())) for worker in processes._workers]
    kill_server()
    if seen:
        multiprocessing.active_children()  # takes note of the ends of processes
    ends = ends_of(processes.run([play(name, ("sleep", 600)) for name in "ab"], Limit(time.monotonic(), 0.3)))
    assert list(map(type, ends.values())) == [Paused, Paused]
    for pipe in kept:
        assert pipe.poll(60)
        with pytest.raises((EOFError, ConnectionError)):
            pipe.recv_bytes()
        pipe.close()


IMPORTING = """\
import os, signal, threading
from lrlab.execution import Processes
from lrlab.testing.execution import play

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Timer(0.3, os.killpg, (os.getpgrp(), signal.SIGINT)).start()  # as a terminal does
processes = Processes(1, ["support.slow_import"])
try:
    list(processes.run([play("a")]))
except KeyboardInterrupt:
    print("stopped", flush=True)
processes.close()
"""


def test_ctrl_c_while_the_fork_server_imports_prints_nothing():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=False, start_new_session=True,
        timeout=120, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")
