import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lrlab.errors import RunError
from lrlab.execution import Processes
from support.jobs import NotLoaded, SendBack

TESTS = Path(__file__).parents[1]


class Holder:
    """Something of a user's that holds what it is given."""

    def __init__(self, held):
        self.held = held


def closure_over(thing):
    def factory():
        return thing

    return factory


LOCK = threading.Lock()
HELD = {
    "thing": LOCK,
    "thing['models'][1]": {"models": ["mlp", LOCK]},
    "thing.held.thing": Holder(closure_over(LOCK)),
}


@pytest.mark.parametrize(("path", "thing"), HELD.items())
def test_what_cannot_be_sent_is_named_before_anything_begins(path, thing):
    executor = Processes(1)
    with pytest.raises(RunError) as refused:
        next(executor.run([SendBack(name="a", thing=1), SendBack(name="b", thing=thing)]))
    message = str(refused.value)
    assert f"job 'b' cannot be sent to a worker: {path} is an object of type _thread.lock (TypeError: " in message
    assert "put what holds it into a module that workers can import, or run with workers=0" in message
    assert not executor._workers


def test_what_a_worker_cannot_read_is_a_failure(processes):
    (failure,) = processes.run([SendBack(name="a", thing=NotLoaded("the worker"))])
    assert "ImportError: not to be loaded in the worker" in failure.message


def test_what_the_driver_cannot_read_is_a_failure_and_costs_its_worker_alone(processes):
    events = list(processes.run([SendBack(name="a", thing=NotLoaded("the driver"))]))
    assert "ImportError: not to be loaded in the driver" in events[-1].message
    assert [event.job for event in processes.run([SendBack(name="b", thing=2)])] == ["b", "b"]


GUARDLESS = """\
from dataclasses import dataclass

from lrlab.execution import Processes
from lrlab.schedules import Schedule
from lrlab.spec import Trial
from support.jobs import SendBack

print("begins")


@dataclass(frozen=True, kw_only=True)
class Mine(Schedule):
    name = "mine"
    power: float = 2.0

    def shape(self, t, horizon):
        return (1 - t / horizon.updates) ** self.power


def add_one(number):
    return number + ONE


ONE = 1
MORE = {"batch_size": 8, "optimizer": {"name": "sgd"}}
trial = Trial(task="digits/mlp", data="0" * 16, schedule=Mine(power=3.0), peak=0.1, budget="5 epochs", seed=0, **MORE)
processes = Processes(1)
events = list(processes.run([SendBack(name="a", thing=(trial, add_one))]))
sent, function = events[-1].thing
print(type(sent.schedule) is Mine, sent == trial, sent.key == trial.key, function(1))
processes.close()
"""


def test_a_class_of_a_script_without_a_main_guard_comes_back_as_itself(tmp_path):
    (tmp_path / "script.py").write_text(GUARDLESS)
    done = subprocess.run(
        [sys.executable, "script.py"], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300,
        env={"PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "begins\nTrue True True 2\n", "")
