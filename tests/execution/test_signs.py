"""Workers that are frozen, hang, or only work long: which of them are ended."""

import signal
import subprocess
import sys
import time

import pytest

from lrlab.execution import Processes, _processes, _signs
from lrlab.execution._signs import Signs, work_of
from lrlab.spec import Begun, Checkpointed, Ended, Failed
from lrlab.testing.execution import play, text_of
from support.jobs import HoldPython, SignalSelf


@pytest.fixture
def work(monkeypatch):
    """The seconds of work that a process has done, as the system says it; a list of one, to be changed."""
    done = [1.0]
    monkeypatch.setattr(_signs, "work_of", lambda _: done[0])
    return done


def begun(stall=None, at=1000.0):
    signs = Signs(1)
    signs.begin(at, stall)
    return signs


def test_one_that_beats_lives_whatever_it_does(work):
    signs = begun()
    for now in range(1000, 5000, 2):
        signs.hear(float(now))
        assert signs.fault(now + 1.9) == ""


def test_one_that_neither_beats_nor_works_is_frozen(work):
    signs = begun()
    assert [signs.fault(1000.0 + seconds) for seconds in (10, 31, 45, 60)] == [""] * 4
    assert signs.fault(1062.0) == "gave no sign of life for 62 s and was ended"


def test_one_that_does_not_beat_but_works_is_in_compiled_code(work):
    """Which holds Python up, its beats too, for as long as it takes."""
    signs = begun()
    for seconds in range(0, 7200, 5):
        work[0] += 0.1  # of five seconds: two cores under a load of a hundred
        assert signs.fault(1000.0 + seconds) == ""
    frozen = [signs.fault(8200.0 + seconds) for seconds in range(0, 70, 5)]
    assert frozen[0] == ""
    assert "gave no sign of life" in frozen[-1]


def test_where_the_system_does_not_say_who_works_more_time_is_given(monkeypatch):
    monkeypatch.setattr(_signs, "work_of", lambda _: None)
    signs = begun()
    assert signs.fault(1000.0 + _signs.BLIND - 1) == ""
    assert "gave no sign of life for 601 s" in signs.fault(1000.0 + _signs.BLIND + 1)


def test_one_that_beats_but_says_nothing_of_its_job_hangs(work):
    signs = begun(stall=600.0)
    for now in range(1000, 1600, 2):
        signs.hear(float(now))
    assert signs.fault(1600.0) == ""
    signs.hear(1601.0)
    assert signs.fault(1601.0) == "said nothing of its job for 601 s, far longer than that takes, and was ended"
    signs.renew(1601.0)  # an event
    assert signs.fault(2200.0) != "said nothing"
    signs.begin(3000.0, None)
    signs.hear(9000.0)
    assert signs.fault(9000.0) == ""


def test_whoever_did_not_listen_gives_fresh_time(work):
    signs = begun(stall=600.0)
    signs.renew(50_000.0)  # a laptop that slept
    assert signs.fault(50_001.0) == ""


def test_the_work_of_a_process_is_what_the_system_says():
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    own = work_of(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert own is None or own >= 0
    assert work_of(sleeper.pid) is None


@pytest.fixture
def hasty(monkeypatch):
    """Frozen workers are found within a second or so; for tests whose jobs do nothing else."""
    monkeypatch.setattr(_signs, "SILENT", 3.0)
    monkeypatch.setattr(_processes, "LOOK", 0.2)
    executor = Processes(1, ["lrlab.testing.execution", "support.jobs"])
    list(executor.run([play("warm")]))  # a new worker is given more time
    monkeypatch.setattr(_processes, "STARTING", 0.0)
    yield executor
    executor.close()


pytestmark = pytest.mark.skipif(work_of(1) is None, reason="only where the system says what work a process does")


@pytest.mark.slow
def test_a_frozen_worker_is_ended_and_its_job_begun_once_more(hasty):
    events = list(hasty.run([SignalSelf(name="a", signal=signal.SIGSTOP)]))
    assert [(type(event), event.attempt) for event in events] == [(Begun, 1), (Begun, 2), (Failed, 2)]
    assert events[-1].died
    assert not events[-1].memory
    assert "its process gave no sign of life for" in events[-1].message
    assert events[-1].message.endswith("s and was ended, 2 times")
    assert text_of(list(hasty.run([play("b")]))[-1]) == "b"


@pytest.mark.slow
@pytest.mark.parametrize("works", [False, True], ids=["waits", "works"])
def test_one_that_holds_python_up_is_ended_unless_it_works(hasty, works):
    end = list(hasty.run([HoldPython(name="a", seconds=9.0, works=works)]))[-1]
    assert isinstance(end, Ended if works else Failed)


@pytest.mark.slow
def test_one_that_sleeps_beats(hasty):
    assert text_of(list(hasty.run([play("a", ("sleep", 8), ("end", "a"))]))[-1]) == "a"


def test_a_job_that_says_nothing_for_far_too_long_is_begun_once_more(hasty):
    late = play("a", ("tell", 0.5), ("hang",)).model_copy(update={"stall": 1.0})
    events = list(hasty.run([late, play("b")]))
    assert [(type(event), event.attempt) for event in events if event.job == "a"] == [
        (Begun, 1),
        (Checkpointed, 1),
        (Begun, 2),
        (Checkpointed, 2),
        (Failed, 2),
    ]
    failure = next(event for event in events if isinstance(event, Failed))
    assert "its process said nothing of its job for" in failure.message


def test_a_driver_that_slept_itself_ends_nobody(hasty, monkeypatch):
    """One that was stopped, or whose listener took long, sees as much: its clock went on between two looks."""
    monkeypatch.setattr(_processes, "ABSENT", 2.0)
    job = play("a", ("tell", 0.1), ("sleep", 4), ("end", "a")).model_copy(update={"stall": 5.0})
    events = []
    for event in hasty.run([job]):
        events.append(event)
        if isinstance(event, Checkpointed):
            time.sleep(6)
    assert text_of(events[-1]) == "a"
    assert events[-1].attempt == 1


def test_a_clock_of_the_day_that_goes_back_ends_nobody(hasty, monkeypatch):
    days = iter(range(10**9, 0, -10_000))
    monkeypatch.setattr("time.time", lambda: float(next(days)))
    ends = list(hasty.run([play(name, ("sleep", 0.5), ("end", name)) for name in "ab"]))
    assert [text_of(event) for event in ends if isinstance(event, Ended)] == ["a", "b"]
