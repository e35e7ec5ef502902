"""Jobs for the tests of executors, beside those of `lrlab.testing.execution`."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

from lrlab.spec import Begun, Checkpointed, Ended, Job, JobEvent, Timing, Warned


class SignalSelf(Job):
    """Send a signal to the process that performs it."""

    entry: ClassVar[str] = "support.jobs:signal_self"

    signal: int


def signal_self(job: SignalSelf, attempt: int) -> Iterator[JobEvent]:
    yield Begun(job=job.name, attempt=attempt)
    os.kill(os.getpid(), signal.Signals(job.signal))
    time.sleep(60)  # a stop may come to this thread after `kill` has returned
    yield Ended(job=job.name, attempt=attempt)


class LeaveChildren(Job):
    """Start two processes that outlive the job, a program and a copy of its own, and tell their numbers.

    hang: go on for ever then, else end, or die where that is said.
    """

    entry: ClassVar[str] = "support.jobs:leave_children"
    own_group: ClassVar[bool] = True

    then: Literal["end", "hang", "die"]


def leave_children(job: LeaveChildren, attempt: int) -> Iterator[JobEvent]:
    yield Begun(job=job.name, attempt=attempt)
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    copy = os.fork()
    if copy == 0:
        time.sleep(600)
        os._exit(0)
    numbers = f"{sleeper.pid} {copy}"
    yield Warned(job=job.name, attempt=attempt, text=numbers)
    if job.then == "hang":
        time.sleep(600)
    if job.then == "die":
        os._exit(7)
    yield Ended(job=job.name, attempt=attempt)


class SendBack(Job):
    """Carry a thing to the worker and back."""

    entry: ClassVar[str] = "support.jobs:send_back"

    thing: Any


class Returned(Ended):
    """The end of `SendBack`."""

    thing: Any


def send_back(job: SendBack, attempt: int) -> Iterator[JobEvent]:
    yield Begun(job=job.name, attempt=attempt)
    yield Returned(job=job.name, attempt=attempt, thing=job.thing)


class NotLoaded:
    """Cannot be loaded in a worker, or in the driver; which of them this is says where it was pickled."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __reduce__(self) -> Any:
        worker = multiprocessing.parent_process() is not None
        fails = worker if self.where == "the driver" else not worker
        return (refuse_loading if fails else NotLoaded), (self.where,)


def refuse_loading(where: str) -> None:
    raise ImportError(f"not to be loaded in {where}")


class CallBack(Job):
    """Call a function of the driver's own process, and another at the end."""

    entry: ClassVar[str] = "support.jobs:call_back"

    call: Callable[[], Any]
    leave: Callable[[], Any] = lambda: None


def call_back(job: CallBack, attempt: int) -> Iterator[JobEvent]:
    yield Begun(job=job.name, attempt=attempt)
    try:
        job.call()
        yield Checkpointed(job=job.name, attempt=attempt, share=0.5)
        yield Ended(job=job.name, attempt=attempt)
    finally:
        job.leave()


class NameDevice(Job):
    """End with the name of the device on which it was sent, in the place of a text. spends: its process."""

    entry: ClassVar[str] = "support.jobs:name_device"

    spends: bool = False


def name_device(job: NameDevice, attempt: int) -> Iterator[JobEvent]:
    yield Begun(job=job.name, attempt=attempt)
    timing = Timing(refused=f"{job.resources.device} {os.getpid()}")
    yield Ended(job=job.name, attempt=attempt, timing=timing, spent=job.spends)


class BreakRules(Job):
    """Break a rule of entries, by its name."""

    entry: ClassVar[str] = "support.jobs:break_rules"

    rule: str


def break_rules(job: BreakRules, attempt: int) -> Any:
    end = Ended(job=job.name, attempt=attempt)
    return {
        "no generator": lambda: [end],
        "no event": lambda: (thing for thing in ["begun", end]),
        "another's name": lambda: (event for event in [Begun(job="another"), end]),
        "another attempt": lambda: (event for event in [Begun(job=job.name, attempt=9), end]),
        "raises when it is closed": lambda: _end_and_raise(end),
        "goes on after its end": lambda: (event for event in [end, end, end]),
        "cannot be sent": lambda: (event for event in [Returned(**dict(end), thing=threading.Lock())]),
    }[job.rule]()


def _end_and_raise(end: JobEvent) -> Iterator[JobEvent]:
    try:
        yield end
    finally:
        raise OSError("no space left")


class ReportEnvironment(Job):
    """Say, as a warning, which variables of lrlab's the environment has."""

    entry: ClassVar[str] = "support.jobs:report_environment"


def report_environment(job: ReportEnvironment, attempt: int) -> Iterator[JobEvent]:
    yield Begun(job=job.name, attempt=attempt)
    words = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("LRLAB_")]
    yield Warned(job=job.name, attempt=attempt, text=" ".join(words))
    yield Ended(job=job.name, attempt=attempt)


class HoldPython(Job):
    """Hold Python up from compiled code, so that no other thread of the process goes on; working, or waiting."""

    entry: ClassVar[str] = "support.jobs:hold_python"

    seconds: float
    works: bool


def hold_python(job: HoldPython, attempt: int) -> Iterator[JobEvent]:
    yield Begun(job=job.name, attempt=attempt)
    system = ctypes.PyDLL(None)  # calls by which keep the interpreter's lock
    if job.works:
        stop = time.monotonic() + job.seconds
        before = sys.getswitchinterval()
        sys.setswitchinterval(1000.0)
        while time.monotonic() < stop:
            pass
        sys.setswitchinterval(before)
    else:
        system.usleep(int(job.seconds * 1e6))
    yield Ended(job=job.name, attempt=attempt)


class CountUp(Job):
    """Count to an end, with a checkpoint after each step; wait at `stop` for a file. Its end says what was counted."""

    entry: ClassVar[str] = "support.jobs:count_up"

    checkpoint: str
    end: int
    stop: int
    file: str


def count_up(job: CountUp, attempt: int) -> Iterator[JobEvent]:
    bearer: dict[str, Any] = {"job": job.name, "attempt": attempt}
    place = Path(job.checkpoint)
    found = begun = int(place.read_text()) if place.exists() else 0
    yield Begun(**bearer, share=found / job.end)
    for number in range(begun + 1, job.end + 1):
        place.write_text(str(number))
        yield Checkpointed(**bearer, share=number / job.end)
        while number == job.stop and not Path(job.file).exists():
            time.sleep(0.01)
    yield Ended(**bearer, timing=Timing(refused=f"{found} to {job.end}"))


class NameProcess(Job):
    """End with the number of the process. spends: it."""

    entry: ClassVar[str] = "support.jobs:name_process"

    spends: bool = False


def name_process(job: NameProcess, attempt: int) -> Iterator[JobEvent]:
    bearer: dict[str, Any] = {"job": job.name, "attempt": attempt}
    yield Begun(**bearer)
    yield Ended(**bearer, timing=Timing(refused=str(os.getpid())), spent=job.spends)
