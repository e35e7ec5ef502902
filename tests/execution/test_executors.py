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
from lrlab.execution import Inline, Limit, Processes, failure_of, usable_cores
from lrlab.execution import _processes as execution
from lrlab.testing.execution import HERE, ExecutorContract


class TestInline(ExecutorContract):
    @pytest.fixture
    def executor(self):
        return Inline()


@pytest.fixture
def processes():
    executor = Processes(2)
    yield executor
    executor.close()


class TestProcesses(ExecutorContract):
    @pytest.fixture
    def executor(self, processes):
        return processes


def test_calls_run_side_by_side_in_other_processes(processes):
    ends = list(processes.run(f"{HERE}:where", [{"seconds": 0.2} for _ in range(4)]))
    used = {end.result["process"] for end in ends}
    assert len(used) == 2
    assert os.getpid() not in used


def test_workers_are_kept_between_runs(processes):
    first, second = (
        {end.result["process"] for end in processes.run(f"{HERE}:where", [{"seconds": 0.1}] * 2)} for _ in "ab"
    )
    assert first == second


def test_a_killed_worker_is_replaced_and_its_call_made_again(processes, tmp_path):
    payloads = [{"value": value, "mark": str(tmp_path / "mark")} for value in range(4)]
    ends = list(processes.run(f"{HERE}:die_once", payloads))
    assert sorted(end.position for end in ends) == [0, 1, 2, 3]
    assert all(end.failure is None for end in ends)
    assert (tmp_path / "mark").exists()


def test_a_call_that_kills_every_worker_fails_alone(processes):
    ends = {end.position: end for end in processes.run(f"{HERE}:die", [{"value": value} for value in range(4)])}
    assert "SIGKILL, 2 times; perhaps memory ran out: use fewer --workers" in ends[1].failure.message
    assert ends[1].failure.died
    assert [ends[index].result["value"] for index in (0, 2, 3)] == [0, 2, 3]


def test_a_worker_killed_while_idle_is_not_used(processes):
    (end,) = processes.run(f"{HERE}:where", [{}])
    os.kill(end.result["process"], 9)
    time.sleep(0.1)
    assert [end.result for end in processes.run(f"{HERE}:double", [{"value": 1}])] == [{"value": 2}]


@pytest.mark.parametrize("seconds", [0, 60], ids=["idle", "busy"])
def test_workers_end_with_a_driver_that_is_killed(tmp_path, seconds):
    script = tmp_path / "driver.py"
    script.write_text(
        "import os, threading\n"
        "from lrlab.execution import Processes\n"
        "if __name__ == '__main__':\n"
        "    processes = Processes(1)\n"
        f"    (end,) = processes.run('{HERE}:where', [{{}}])\n"
        "    print(end.result['process'], flush=True)\n"
        "    threading.Timer(0.5, os.kill, (os.getpid(), 9)).start()\n"
        f"    list(processes.run('{HERE}:where', [{{'seconds': {seconds}}}]))\n"
        "    threading.Event().wait()\n"
    )
    out = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False).stdout
    worker = int(out)
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail(f"worker {worker} outlived its driver by ten seconds")


def kill_server():
    pid = forkserver._forkserver._forkserver_pid
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def test_a_fork_server_killed_between_calls_is_replaced(processes):
    (end,) = processes.run(f"{HERE}:where", [{}])
    kill_server()
    ends = list(processes.run(f"{HERE}:where", [{"seconds": 0.2}] * 4))
    used = {end.result["process"] for end in ends}
    assert len(used) == 2
    assert end.result["process"] in used  # its workers go on


def test_a_fork_server_killed_while_calls_run_costs_none(processes):
    ends = []
    for end in processes.run(f"{HERE}:double", [{"value": value} for value in range(6)]):
        ends.append(end)
        if len(ends) in (1, 3):
            kill_server()
            processes._drop(next(worker for worker in processes._workers if worker.call is None))
    assert sorted((end.position, end.result["value"]) for end in ends) == [(value, 2 * value) for value in range(6)]


def test_a_worker_and_its_fork_server_that_are_killed_together(processes, tmp_path):
    list(processes.run(f"{HERE}:where", [{"seconds": 0.2}] * 2))
    kill_server()
    payloads = [{"value": value, "mark": str(tmp_path / "mark")} for value in range(4)]
    ends = list(processes.run(f"{HERE}:die_once", payloads))
    assert sorted(end.result["value"] for end in ends) == [0, 1, 2, 3]


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


@pytest.mark.parametrize("times", [1, execution.SERVERS - 1])
def test_fork_servers_killed_before_they_give_a_worker_are_replaced(processes, deadly, times):
    deadly[0] = times
    assert [end.result for end in processes.run(f"{HERE}:double", [{"value": 1}])] == [{"value": 2}]
    assert deadly[0] == 0


def test_fork_servers_that_are_always_killed_end_the_run_in_words(processes, deadly):
    deadly[0] = 1000
    with pytest.raises(RunError, match=r"was killed, 4 times .*fewer --workers, and run again; what was measured is"):
        list(processes.run(f"{HERE}:double", [{"value": 1}]))
    deadly[0] = 0
    assert [end.result for end in processes.run(f"{HERE}:double", [{"value": 1}])] == [{"value": 2}]


def test_a_fork_server_whose_socket_is_gone_is_replaced(processes):
    list(processes.run(f"{HERE}:where", [{}]))
    address = Path(forkserver._forkserver._forkserver_address)
    if not address.exists():
        pytest.skip("the socket is no file here")
    address.unlink()
    assert len({end.result["process"] for end in processes.run(f"{HERE}:where", [{"seconds": 0.2}] * 2)}) == 2


@pytest.mark.parametrize("seen", [False, True])
def test_a_worker_without_fork_server_is_ended_when_its_time_is_up(processes, seen):
    list(processes.run(f"{HERE}:where", [{"seconds": 0.2}] * 2))
    kept = [Connection(os.dup(worker.pipe.fileno())) for worker in processes._workers]
    kill_server()
    if seen:
        multiprocessing.active_children()  # takes note of the ends of processes
    ends = list(processes.run(f"{HERE}:where", [{"seconds": 600}] * 2, Limit(time.monotonic(), 0.3)))
    assert [end.result for end in ends] == [None, None]
    for pipe in kept:
        assert pipe.poll(60)
        with pytest.raises((EOFError, ConnectionError)):
            pipe.recv()
        pipe.close()


def test_as_many_slots_as_cores():
    assert Processes().slots == usable_cores() >= 1


def test_a_failure_names_the_line_of_the_users_own_code(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("import json\n\ndef half(text):\n    return json.loads(text)\n")
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    with pytest.raises(ValueError, match="Expecting value") as caught:
        space["half"]("x")
    failure = failure_of(caught.value)
    assert failure.message.endswith(f"({path}:4)")
    assert "Traceback" in failure.traceback


def test_what_is_stopped_or_hangs_is_ended_when_its_time_is_up(processes):
    """As after SIGSTOP, in which a process answers nothing and ends at nothing but SIGKILL."""
    list(processes.run(f"{HERE}:where", [{"seconds": 0.2}] * 2))  # new workers are given more time
    (end,) = processes.run(f"{HERE}:freeze", [{"stop": True}], Limit(time.monotonic(), 0.5))
    assert end == (0, None, None)
    assert [end.result for end in processes.run(f"{HERE}:double", [{"value": 1}] * 2)] == [{"value": 2}] * 2


def test_a_call_that_is_asleep_is_ended_too(processes):
    list(processes.run(f"{HERE}:where", [{"seconds": 0.2}] * 2))
    (end,) = processes.run(f"{HERE}:where", [{"seconds": 600}], Limit(time.monotonic(), 0.3))
    assert end == (0, None, None)


def test_no_call_begins_after_its_time_but_the_first_of_each_slot(processes):
    over = Limit(time.monotonic() - 1, 600.0)
    ends = {end.position: end.result for end in processes.run(f"{HERE}:double", [{"value": v} for v in range(5)], over)}
    assert sorted(ends) == list(range(5))
    assert [ends[place] for place in range(5)] == [{"value": 0}, {"value": 2}, None, None, None]


def test_in_one_process_the_first_call_begins_whatever_the_time():
    over = Limit(time.monotonic() - 1, 0.0)
    ends = list(Inline().run(f"{HERE}:double", [{"value": 1}, {"value": 2}], over))
    assert [end.result for end in ends] == [{"value": 2}, None]


def test_in_time_everything_runs(processes):
    limit = Limit(time.monotonic() + 600, float("inf"))
    ends = list(processes.run(f"{HERE}:double", [{"value": value} for value in range(5)], limit))
    assert sorted(end.result["value"] for end in ends) == [0, 2, 4, 6, 8]


def test_no_more_workers_are_started_than_there_are_calls():
    many = Processes(40)
    try:
        used = {end.result["process"] for end in many.run(f"{HERE}:where", [{"seconds": 0.1}] * 3)}
        assert len(used) == len(many._workers) == 3
    finally:
        many.close()


GUARDLESS = """\
print("begins", flush=True)
from lrlab.execution import Processes

processes = Processes(2)
print(sorted(end.result["value"] for end in processes.run("{here}:double", [dict(value=1), dict(value=2)])))
processes.close()
"""


@pytest.mark.parametrize("way", ["file", "module", "text"])
def test_a_script_without_a_main_guard_runs_once(tmp_path, way):
    (tmp_path / "script.py").write_text(GUARDLESS.format(here=HERE))
    words = {"file": ["script.py"], "module": ["-m", "script"], "text": ["-c", GUARDLESS.format(here=HERE)]}[way]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "begins\n[2, 4]\n", "")


IMPORTING = """\
import os, signal, threading
from lrlab.execution import Processes

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Timer(0.3, os.killpg, (os.getpgrp(), signal.SIGINT)).start()  # as a terminal does
processes = Processes(1, ["support.slow_import"])
try:
    list(processes.run("{here}:double", [dict(value=1)]))
except KeyboardInterrupt:
    print("stopped", flush=True)
processes.close()
"""


def test_ctrl_c_while_the_fork_server_imports_prints_nothing(tmp_path):
    script = IMPORTING.format(here=HERE)
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, capture_output=True, text=True, check=False, start_new_session=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")


def test_what_a_call_prints_in_a_worker_stands_beside_the_answers():
    code = """
from lrlab.execution import Processes
if __name__ == "__main__":
    executor = Processes(1)
    print([done.result for done in executor.run("lrlab.testing.execution:say", [{"text": "seen"}])])
    executor.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == "[{}]\n"
    assert "seen" in done.stderr
