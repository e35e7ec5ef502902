import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lrlab.errors import RunError
from lrlab.execution import Limit, Processes, _processes, usable_cores
from lrlab.spec import Begun, Ended, Failed, Paused, Warned
from lrlab.testing.execution import ExecutorContract, ends_of, play, text_of
from support.jobs import LeaveChildren, NameDevice, ReportEnvironment, SignalSelf


class TestProcesses(ExecutorContract):
    @pytest.fixture
    def executor(self, processes):
        return processes


def naming_processes(count, seconds=0.2):
    return [play(f"{number}", ("sleep", seconds), ("process",)) for number in range(count)]


def used_processes(executor, count, seconds=0.2):
    return {int(text_of(end)) for end in ends_of(executor.run(naming_processes(count, seconds))).values()}


def test_jobs_run_side_by_side_in_other_processes(processes):
    used = used_processes(processes, 4)
    assert len(used) == 2
    assert os.getpid() not in used


def test_workers_are_kept_between_runs(processes):
    assert used_processes(processes, 2) == used_processes(processes, 2)


def test_a_job_that_kills_every_worker_fails_alone(processes):
    ends = ends_of(processes.run([play("a"), SignalSelf(name="b", signal=signal.SIGKILL), play("c")]))
    assert "by signal SIGKILL, 2 times; perhaps memory ran out: use fewer --workers" in ends["b"].message
    assert ends["b"].died
    assert (text_of(ends["a"]), text_of(ends["c"])) == ("a", "c")


def test_each_attempt_says_that_it_began(processes):
    """Whatever was told before the death has come."""
    events = list(processes.run([play("a", ("sleep", 0.3), ("die", 2))]))
    assert [(type(event), event.attempt) for event in events] == [(Begun, 1), (Begun, 2), (Failed, 2)]
    assert events[-1].message == "its process was ended with exit code 7, 2 times"


def test_a_process_that_a_job_has_spent_is_given_no_other(processes):
    ends = ends_of(processes.run([NameDevice(name=f"{number}", spends=True) for number in range(4)])).values()
    assert len({text_of(end) for end in ends}) == 4
    ends = ends_of(processes.run([NameDevice(name=f"{number}") for number in range(4)])).values()
    assert len({text_of(end) for end in ends}) <= 2


def test_a_worker_killed_while_idle_is_not_used(processes):
    (worker,) = used_processes(processes, 1)
    os.kill(worker, signal.SIGKILL)
    time.sleep(0.1)
    assert [event.attempt for event in processes.run([play("a")])] == [1, 1]


@pytest.mark.parametrize("seconds", [0, 60], ids=["idle", "busy"])
def test_workers_end_with_a_driver_that_is_killed(tmp_path, seconds):
    script = tmp_path / "driver.py"
    script.write_text(
        "import os, threading\n"
        "from lrlab.execution import Processes\n"
        "from lrlab.testing.execution import play, text_of\n"
        "processes = Processes(1)\n"
        "print(text_of(list(processes.run([play('a', ('process',))]))[-1]), flush=True)\n"
        "threading.Timer(0.5, os.kill, (os.getpid(), 9)).start()\n"
        f"list(processes.run([play('b', ('sleep', {seconds}), ('end', ''))]))\n"
        "threading.Event().wait()\n"
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


def test_as_many_slots_as_cores():
    assert Processes().slots == usable_cores() >= 1


def test_what_is_stopped_or_hangs_is_ended_when_its_time_is_up(processes):
    """As after SIGSTOP, in which a process answers nothing and ends at nothing but SIGKILL."""
    used_processes(processes, 2)  # new workers are given more time
    events = list(processes.run([SignalSelf(name="a", signal=signal.SIGSTOP)], Limit(time.monotonic(), 0.5)))
    assert events[-1] == Paused(job="a")
    assert [text_of(end) for end in ends_of(processes.run([play("a"), play("b")])).values()]


def test_a_job_that_is_asleep_is_ended_too(processes):
    used_processes(processes, 2)
    events = list(processes.run([play("a", ("sleep", 600))], Limit(time.monotonic(), 0.3)))
    assert events == [Begun(job="a"), Paused(job="a")]


@pytest.mark.parametrize("then", ["end", "hang", "die"])
def test_what_a_job_started_ends_with_its_worker(then):
    executor = Processes(1, ["lrlab.testing.execution"])
    try:
        events = list(executor.run([LeaveChildren(name="a", then=then, timeout=1.0 if then == "hang" else None)]))
    finally:
        executor.close()
    assert isinstance(events[-1], Ended if then == "end" else Failed)
    told = [event.text for event in events if isinstance(event, Warned)]
    numbers = [int(number) for text in told for number in text.split()]
    assert len(numbers) == (4 if then == "die" else 2)  # for a job is begun once more
    wait_for_end(numbers)


def wait_for_end(numbers):
    for _ in range(100):
        if not any(is_running(number) for number in numbers):
            return
        time.sleep(0.1)
    pytest.fail(f"of the processes {numbers}, some go on")


def is_running(number):
    """Whether there is such a process, and not only its exit code, which nobody asks for where no parent is left."""
    try:
        return " Z " not in Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False


def test_in_time_everything_runs(processes):
    limit = Limit(time.monotonic() + 600, float("inf"))
    ends = ends_of(processes.run([play(name) for name in "abcde"], limit))
    assert sorted(map(text_of, ends.values())) == list("abcde")


def test_new_workers_that_die_before_they_have_read_a_job_fail_it(processes, monkeypatch):
    def die(worker, attempt):
        raise BrokenPipeError

    monkeypatch.setattr(_processes._Worker, "hand", die)
    ends = ends_of(processes.run([play("a"), play("b")]))
    assert sorted(ends) == ["a", "b"]
    assert all(end.died and "was ended before it had read its job, 2 times" in end.message for end in ends.values())


def test_no_more_workers_are_started_than_there_are_jobs():
    many = Processes(40, ["lrlab.testing.execution"])
    try:
        assert len(used_processes(many, 3)) == len(many._workers) == 3
    finally:
        many.close()


def test_a_run_that_another_one_has_dropped_says_so(processes):
    dropped = processes.run([play(name) for name in "abc"])
    next(dropped)
    kept = processes.run([play(name) for name in "def"])
    next(kept)
    with pytest.raises(RunError, match=r"dropped when another one .* let each run end before that, or take an ex"):
        next(dropped)
    assert sorted(ends_of(kept)) == list("def")  # which the one that was dropped leaves alone


def test_a_run_that_is_closed_ends_what_is_under_way(processes):
    run = processes.run(naming_processes(2, seconds=600))
    next(run)
    workers = [worker.process for worker in processes._workers]
    run.close()
    assert processes._workers == []
    assert not any(worker.is_alive() for worker in workers)


def devices_of(executor, jobs):
    ends = ends_of(executor.run(jobs))
    return [tuple(text_of(ends[job.name]).split()) for job in jobs]


@pytest.fixture
def cards():
    executor = Processes(4, ["lrlab.testing.execution"], devices=["cuda:0", "cuda:1"])
    yield executor
    executor.close()


def test_each_worker_has_one_device(cards):
    used_processes(cards, 4)  # four workers
    assert sorted(worker.device for worker in cards._workers) == ["cuda:0", "cuda:0", "cuda:1", "cuda:1"]
    used = devices_of(cards, [NameDevice(name=f"{n}").on("cuda") for n in range(12)])
    device_of = {process: device for device, process in used}
    assert set(used) == {(device, process) for process, device in device_of.items()}  # always the same
    assert set(device_of.values()) <= {"cuda:0", "cuda:1"}


def test_a_new_worker_takes_the_device_of_the_one_that_died(cards):
    used_processes(cards, 4)
    cards._drop_worker(next(worker for worker in cards._workers if worker.device == "cuda:1"))
    used_processes(cards, 4)
    assert sorted(worker.device for worker in cards._workers) == ["cuda:0", "cuda:0", "cuda:1", "cuda:1"]


def test_a_job_that_names_its_device_keeps_it(cards, processes):
    for device in "cpu", "cuda:1", "cuda:7":
        ((used, _),) = devices_of(cards, [NameDevice(name="a").on(device)])
        assert used == device
    ((used, _),) = devices_of(processes, [NameDevice(name="a").on("cuda")])  # no devices: none is handed out
    assert used == "cuda"


GUARDLESS = """\
print("begins", flush=True)
from lrlab.execution import Processes
from lrlab.testing.execution import ends_of, play, text_of

processes = Processes(2)
print(sorted(map(text_of, ends_of(processes.run([play("a"), play("b")])).values())))
processes.close()
"""


@pytest.mark.parametrize("way", ["file", "module", "text"])
def test_a_script_without_a_main_guard_runs_once(tmp_path, way):
    (tmp_path / "script.py").write_text(GUARDLESS)
    words = {"file": ["script.py"], "module": ["-m", "script"], "text": ["-c", GUARDLESS]}[way]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "begins\n['a', 'b']\n", "")


def test_what_a_job_prints_in_a_worker_stands_beside_the_answers():
    code = """
from lrlab.execution import Processes
from lrlab.testing.execution import play
executor = Processes(1)
print(list(executor.run([play("a", ("print", "seen"), ("end", ""))]))[-1].job)
executor.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == "a\n"
    assert "seen" in done.stderr


def test_a_worker_whose_driver_has_gone_prints_nothing(tmp_path):
    script = """
import os
from lrlab.execution import Processes
from lrlab.testing.execution import play

for event in Processes(1).run([play("a", ("tell", 0.1), *[("tell", 0.5)] * 20000, ("end", ""))]):
    os._exit(3)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", "")


def test_workers_see_what_the_environment_says_of_lrlab_now(processes, monkeypatch):
    """Though they, and their fork server, were started before."""

    def told():
        (warned,) = (event for event in processes.run([ReportEnvironment(name="a")]) if isinstance(event, Warned))
        return set(warned.text.split())

    before = told()
    monkeypatch.setenv("LRLAB_DATA", "there")
    monkeypatch.setenv("LRLAB_NEW", "yes")
    assert {"LRLAB_DATA=there", "LRLAB_NEW=yes"} <= told()
    monkeypatch.undo()
    assert told() == before


def test_no_processes_are_none():
    with pytest.raises(RunError, match="at least 1 process, but got -1; leave it out for as many as cores"):
        Processes(-1)


def test_a_run_whose_executor_was_closed_says_so():
    executor = Processes(1, ["lrlab.testing.execution"])
    events = executor.run([play("a", ("tell", 0.5), ("end", "a")), play("b")])
    next(events)
    executor.close()
    with pytest.raises(RunError, match="or it was closed"):
        list(events)
