import os
import subprocess
import sys
import threading
import time
import warnings

import pytest

from lrlab.errors import LabWarning
from lrlab.execution import Inline, Limit
from lrlab.spec import Begun, Checkpointed, Paused, Warned
from lrlab.testing.execution import ExecutorContract, play
from support.jobs import CallBack


class TestInline(ExecutorContract):
    own_processes = False

    @pytest.fixture
    def executor(self):
        return Inline()


def test_the_first_job_begins_whatever_the_time():
    events = list(Inline().run([play("a", ("pause",)), play("b")], Limit(time.monotonic() - 1, 0.0)))
    assert events == [Begun(job="a"), Paused(job="a"), Paused(job="b")]


def test_a_job_runs_in_this_thread_one_step_at_a_time():
    seen = []
    run = Inline().run([CallBack(name="a", call=lambda: seen.append(threading.get_ident()))])
    assert isinstance(next(run), Begun)
    assert seen == []
    assert isinstance(next(run), Checkpointed)
    assert seen == [threading.get_ident()]


def test_what_a_job_prints_goes_to_standard_error_and_what_is_printed_between_its_events_does_not(capfd):
    def prints():
        print("job", flush=True)
        os.write(1, b"job\n")
        subprocess.run([sys.executable, "-c", "print('job')"], check=True)

    for _ in Inline().run([CallBack(name="a", call=prints)]):
        print("program", flush=True)
        os.write(1, b"program\n")
    output, errors = capfd.readouterr()
    assert output.split() == ["program"] * 6  # begun, a checkpoint, ended
    assert errors.split() == ["job"] * 3


def test_a_timeout_that_nothing_can_end_is_said_once():
    said = []

    def run_twice():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            executor = Inline()
            for name in "ab":
                job = play(name, ("end", "")).model_copy(update={"timeout": 5.0})
                list(executor.run([job]))
            said.extend(str(warning.message) for warning in caught if warning.category is LabWarning)

    thread = threading.Thread(target=run_twice)
    thread.start()
    thread.join()
    assert len(said) == 1
    assert "cannot end one in a thread; give it workers" in said[0]


def test_ctrl_c_in_a_job_is_ctrl_c():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Inline().run([CallBack(name="a", call=stop)]))


def test_a_run_that_is_closed_closes_its_job():
    left = []
    run = Inline().run([CallBack(name="a", call=lambda: None, leave=lambda: left.append(True))])
    assert isinstance([next(run), next(run)][-1], Checkpointed)
    assert left == []
    run.close()
    assert left == [True]


def test_warnings_between_two_steps_are_those_of_the_caller():
    run = Inline().run([play("a", ("warn", "hard"), ("tell", 0.5), ("end", ""))])
    assert isinstance([next(run), next(run)][-1], Warned)
    with pytest.warns(LabWarning, match="my own"):
        warnings.warn("my own", LabWarning, stacklevel=1)
    assert [type(event).__name__ for event in run] == ["Checkpointed", "Ended"]


def test_other_warnings_are_shown_once_as_they_would_be():
    def warn():
        warnings.warn("an old name", DeprecationWarning, stacklevel=1)

    with warnings.catch_warnings(record=True, action="default") as shown:
        list(Inline().run([CallBack(name=name, call=warn) for name in "abc"]))
    assert [str(warning.message) for warning in shown] == ["an old name"]
