"""The life of a worker process: take a job, send its events, until the driver is gone."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from ..spec import JobEvent
from ._failure import failure_of
from ._perform import perform_job
from ._pickling import pack, unpack

PREFIX = "LRLAB_"
TAKEN = b""  # what a worker sends before the events of a job: its time counts from now
BEAT = b"."  # and what every few seconds while it performs one: it is alive
BEATING = 2.0  # seconds between two
SACRIFICE = 300  # of 1000: how much rather the system ends a worker than its driver, where memory runs out


def serve_jobs(pipe: Connection) -> None:
    """Perform the jobs that come through the pipe, and answer with events.

    Each comes as its name, the attempt, the variables of the driver's environment that are lrlab's, and its bytes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver decides
    threading.Thread(target=_end_with_driver, daemon=True).start()
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(SACRIFICE), encoding="ascii")
    sys.stdout = sys.stderr  # the driver's answers stand alone on standard output, whatever a job prints
    with suppress(OSError):
        os.dup2(2, 1)  # and whatever is printed by compiled code, or by a process that it starts
    sender = _Sender(pipe)
    while True:
        try:
            name, attempt, environment, packed = pipe.recv()
            take_environment(environment)
            sender.send_events(name, attempt, packed)
        except (EOFError, OSError):  # the driver has gone; nobody waits for it
            return


class _Sender:
    """Sends events, from whichever thread they come, and beats while a job is under way."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock, self._busy = pipe, threading.Lock(), threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def send_events(self, name: str, attempt: int, packed: bytes) -> None:
        """Perform a job and send its events as they happen; what cannot be read or sent is its failure."""
        self._send_bytes(TAKEN)
        self._busy.set()
        try:
            self._perform(name, attempt, packed)
        finally:
            self._busy.clear()

    def _beat(self) -> None:
        with suppress(OSError):  # the driver has gone
            while self._busy.wait():
                self._send_bytes(BEAT)
                time.sleep(BEATING)

    def _perform(self, name: str, attempt: int, packed: bytes) -> None:
        try:
            job = unpack(packed)
        except Exception as error:
            self.send(failure_of(error, name, attempt))
            return
        if job.own_group:
            lead_group()
        events = perform_job(job, attempt, tell=self.send)
        for event in events:
            try:
                answer = pack(event)
            except Exception as error:
                events.close()
                answer = pack(failure_of(error, name, attempt))
            self._send_bytes(answer)

    def send(self, event: JobEvent) -> None:
        """Send an event that holds nothing but words."""
        self._send_bytes(pack(event))

    def _send_bytes(self, packed: bytes) -> None:
        with self._lock:
            self._pipe.send_bytes(packed)


def own_environment() -> dict[str, str]:
    """The variables of the environment that are lrlab's."""
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}


def take_environment(environment: Mapping[str, str]) -> None:
    """Have these variables of lrlab's, and no others: a fork server keeps those of the moment it was started."""
    for name in own_environment().keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)


def lead_group() -> None:
    """Make this process the head of a group, of those that it starts from now on, where the system has such."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)


def end_group(process: int) -> None:
    """End the processes of a group, by the number of its head; nothing where there is none."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # all have gone; or, on macOS, are about to
            os.killpg(process, signal.SIGKILL)


def _end_with_driver() -> None:
    """End this worker in the middle of a job too once its driver is gone: the next run would train beside it."""
    driver = multiprocessing.parent_process()
    assert driver is not None
    driver.join()
    if hasattr(os, "getpgrp") and os.getpgrp() == os.getpid():
        end_group(os.getpid())
    os._exit(1)
