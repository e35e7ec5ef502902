"""Local worker processes, one job at a time each.

A worker that dies (killed, out of memory, a crash in native code) takes nothing with it but its own job: the job is
begun once more in a new worker, and fails if that one dies too. One that is frozen, or hangs, is ended and taken for
dead. A fork server that dies is replaced, and its workers go on. No worker runs the script of the user again, guarded
or not.
"""

import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Any, NamedTuple

from ..errors import RunError
from ..spec import Failed, Job, JobEvent, Paused
from ._executor import Limit, check_names
from ._failure import failure_of, overtime_of, signal_name
from ._fork_server import process_context, start_process
from ._memory_kills import memory_kills
from ._perform import ENDS
from ._pickling import check_sendable, pack, unpack
from ._signs import Signs
from ._worker import BEAT, TAKEN, end_group, own_environment, serve_jobs

ATTEMPTS = 2
ORPHAN = 255  # what is told as the exit code of a worker, dead or alive, whose fork server was killed
GRACE = 2.0  # seconds for an idle worker to end by itself
STARTING = 120.0  # seconds that a new worker is given, beyond those of its job, on a machine that has much to do
LOOK = 5.0  # seconds of one wait at most: after each one it is seen whether workers live
ABSENT = 30.0  # seconds between two looks after which this process was stopped itself, or slept with the machine


class _Attempt(NamedTuple):
    job: Job
    number: int


class _Worker:
    """One process and the pipe to it.

    device: on which it performs the jobs for any card; None: as they say. since: when it was handed its job, by
    `time.monotonic`, or is to have begun it. overtime: when the job is to have ended; None: whenever. ready: whether it
    ever ended one. leads: whether it has processes of its own, which end with it.
    """

    def __init__(self, context: Any, device: str | None) -> None:
        self.pipe, self.process = start_process(context, serve_jobs)
        self.device = device
        self.attempt: _Attempt | None = None
        self.since = 0.0
        self.overtime: float | None = None
        self.ready = self.leads = False
        self.signs, self.kills = Signs(self.process.pid), memory_kills()

    def hand(self, attempt: _Attempt) -> None:
        """Give it a job. Raises OSError where it died while idle."""
        job = attempt.job
        if self.device is not None and job.resources.device == "cuda":
            job = job.on(self.device)
        self.pipe.send((job.name, attempt.number, own_environment(), pack(job)))
        self.attempt, self.since = attempt, time.monotonic() + (0.0 if self.ready else STARTING)
        self.overtime = None if job.timeout is None else self.since + job.timeout
        self.leads = self.leads or job.own_group
        self.signs.begin(self.since, job.stall)
        self.kills = memory_kills()

    def take_up(self) -> None:
        """It has taken its job: the seconds of that are counted from now."""
        if self.attempt is not None and self.attempt.job.timeout is not None:
            self.overtime = time.monotonic() + self.attempt.job.timeout
        self.signs.renew(time.monotonic())

    def seconds_left(self, limit: Limit) -> float:
        """How much longer its job may run."""
        return max(self.since, limit.until) + limit.grace - time.monotonic()

    def watched_ends(self) -> list[Any]:
        """What becomes readable when it has said something, or died.

        The pipe of one that died stays open as long as processes that it started hold it.
        """
        return [self.pipe, self.process.sentinel] if self.leads and self.process.exitcode != ORPHAN else [self.pipe]

    def has_news(self) -> bool:
        """Whether it has said something, or died."""
        return self.pipe.poll() or self.process.exitcode not in (None, ORPHAN)

    def stop(self) -> None:
        """End it: by itself where it waits for a job, so that it can tidy up, else at once."""
        if self.attempt is None:
            self.pipe.close()
            self.process.join(GRACE)
        self._kill()
        self.pipe.close()

    def interrupt(self) -> list[JobEvent]:
        """End it in the middle of its job; what it had said of that, and was not heard yet."""
        self._kill()
        unheard = []
        with suppress(Exception):  # the end of the pipe, or half of an event
            while self.pipe.poll():
                packed = self.pipe.recv_bytes()
                unheard += [unpack(packed)] if packed not in (TAKEN, BEAT) else []
        return unheard

    def _kill(self) -> None:
        """End the process, and those that its jobs left behind."""
        self.process.kill()
        if self.attempt is not None and self.process.exitcode == ORPHAN:  # then `kill` takes it for dead
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()
        if self.leads:
            end_group(self.process.pid)


class Processes:
    """As many worker processes as `slots`, started when first needed and kept until `close`.

    slots: as many as cores unless given. preload: modules the fork server imports once, so that a new worker has them
    at once. devices: each worker is handed one, shared out evenly, for the jobs whose device is "cuda", any card; a job
    that names one card keeps it.
    """

    def __init__(self, slots: int | None = None, preload: Sequence[str] = (), devices: Sequence[str] = ()) -> None:
        self.slots = usable_cores() if slots is None else slots
        if self.slots < 1:
            raise RunError(f"there must be at least 1 process, but got {slots}; leave it out for as many as cores")
        self._devices = tuple(devices)
        self._context = process_context(preload)
        self._workers: list[_Worker] = []
        self._runs = 0
        self._looked = 0.0  # when it was last seen whether workers live

    def run(self, jobs: Sequence[Job], limit: Limit | None = None) -> Iterator[JobEvent]:
        """Yield the events of the jobs as they happen, up to `slots` of them at once.

        One run at a time: the next one drops what is left of the one before. Raises RunError as in `Executor`, and
        where a run goes on that another one has dropped.
        """
        jobs = list(jobs)
        check_names(jobs)
        check_sendable(jobs)
        self._drop_busy()
        self._runs += 1
        number = self._runs
        try:
            for event in self._stream_events(deque(_Attempt(job, 1) for job in jobs), limit):
                yield event
                if number != self._runs:
                    raise RunError(
                        "this run was dropped when another one of its executor began, or it was closed; let each run "
                        "end before that, or take an executor for each"
                    )
        finally:
            # Left in the middle (an exception, Ctrl-C): what is still under way must not answer a later run.
            if number == self._runs:
                self._drop_busy()

    def close(self) -> None:
        """End all workers; a run that goes on after that raises RunError."""
        self._runs += 1
        for worker in list(self._workers):
            self._drop_worker(worker)

    def _busy_workers(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.attempt]

    def _stream_events(self, waiting: deque[_Attempt], limit: Limit | None) -> Iterator[JobEvent]:
        self._looked = time.monotonic()
        kept_waiting = len(waiting) - self.slots  # when the first in each slot have been handed out
        while waiting or self._busy_workers():
            if limit is not None and len(waiting) <= kept_waiting and time.monotonic() >= limit.until:
                yield from _pause_all(waiting)
            yield from self._hand_out(waiting)
            yield from self._next_events(waiting, limit)

    def _next_events(self, waiting: deque[_Attempt], limit: Limit | None) -> Iterator[JobEvent]:
        """Wait until something happens; one event at most from each worker, and the ends of those whose time is up."""
        watched = {end: worker for worker in self._busy_workers() for end in worker.watched_ends()}
        ready = wait(list(watched), self._seconds_to_wait(limit))
        for worker in dict.fromkeys(watched[end] for end in ready):
            event = self._receive_event(worker, waiting) if worker.has_news() else None
            if event is not None:
                yield event
        yield from self._end_overtime()
        yield from self._give_up(limit)
        yield from self._end_lifeless(waiting)

    def _seconds_to_wait(self, limit: Limit | None) -> float:
        """Seconds to wait for an event: until the first job under way is to be given up, or looked after."""
        busy = self._busy_workers()
        left = [] if limit is None else [worker.seconds_left(limit) for worker in busy]
        left += [worker.overtime - time.monotonic() for worker in busy if worker.overtime is not None]
        return max(min([LOOK, *left]), 0.0)

    def _end_lifeless(self, waiting: deque[_Attempt]) -> Iterator[JobEvent]:
        """End the workers that are frozen or hang; their jobs are begun once more."""
        now = time.monotonic()
        absent, self._looked = now - self._looked > ABSENT, now
        for worker in self._busy_workers():
            if absent:
                worker.signs.renew(now)
            fault = worker.signs.fault(now)
            if fault:
                yield from self._interrupt(worker, lambda attempt, why=fault: _try_again(attempt, waiting, why))

    def _interrupt(self, worker: _Worker, otherwise: Callable[[_Attempt], JobEvent | None]) -> Iterator[JobEvent]:
        """End a worker in the middle of its job: what it had said, and its end, or else this one."""
        attempt = worker.attempt
        assert attempt is not None
        unheard = worker.interrupt()
        self._drop_worker(worker)
        yield from unheard
        end = None if any(isinstance(event, ENDS) for event in unheard) else otherwise(attempt)
        if end is not None:
            yield end

    def _end_overtime(self) -> Iterator[JobEvent]:
        """End the workers whose jobs took longer than these may; a job is not begun again."""
        now = time.monotonic()
        for worker in [worker for worker in self._busy_workers() if (worker.overtime or now + 1) <= now]:
            yield from self._interrupt(worker, lambda attempt: overtime_of(*attempt))

    def _give_up(self, limit: Limit | None) -> Iterator[JobEvent]:
        """End the workers whose jobs ran on beyond their time: they hang, or were stopped."""
        if limit is None:
            return
        for worker in [worker for worker in self._busy_workers() if worker.seconds_left(limit) <= 0]:
            yield from self._interrupt(worker, lambda attempt: Paused(job=attempt.job.name, attempt=attempt.number))

    def _hand_out(self, waiting: deque[_Attempt]) -> Iterator[Failed]:
        """Give every free worker a job; start workers while there are jobs and slots.

        A new worker that dies before it has read its job counts as one that dies of it.
        """
        while waiting:
            free = next((worker for worker in self._workers if worker.attempt is None), None)
            if free is None:
                if len(self._workers) >= self.slots:
                    return
                free = _Worker(self._context, self._least_used_device())
                self._workers.append(free)
            try:
                free.hand(waiting[0])
            except OSError:
                self._drop_worker(free)
                if not free.ready:
                    failed = _try_again(waiting.popleft(), waiting, "was ended before it had read its job")
                    yield from [failed] if failed else []
                continue
            waiting.popleft()

    def _least_used_device(self) -> str | None:
        used = Counter(worker.device for worker in self._workers)
        return min(self._devices, key=lambda device: used[device], default=None)

    def _receive_event(self, worker: _Worker, waiting: deque[_Attempt]) -> JobEvent | None:
        """The next event of a worker's job; None where it died and the job goes back to the queue."""
        attempt = worker.attempt
        assert attempt is not None
        try:
            packed = worker.pipe.recv_bytes() if worker.pipe.poll() else None
        except (EOFError, OSError):
            packed = None
        if packed is None:
            return self._take_back(worker, attempt, waiting)
        if packed in (TAKEN, BEAT):
            worker.signs.hear(time.monotonic())
            if packed == TAKEN:
                worker.take_up()
            return None
        worker.signs.renew(time.monotonic())
        try:
            event = unpack(packed)
        except Exception as error:  # of a class that is not to be found here
            self._drop_worker(worker)
            return failure_of(error, attempt.job.name, attempt.number)
        if isinstance(event, ENDS):
            worker.attempt, worker.overtime, worker.ready = None, None, True
            if event.spent:
                self._drop_worker(worker)
        return event

    def _take_back(self, worker: _Worker, attempt: _Attempt, waiting: deque[_Attempt]) -> Failed | None:
        """The failure of a job whose worker died; None where it is tried once more."""
        worker.attempt = None
        worker.process.join()
        code = worker.process.exitcode or 0
        before, after = worker.kills, memory_kills()
        self._drop_worker(worker)
        if code == -signal.SIGKILL and before is not None and after is not None and after > before:
            return _memory_failure(attempt)
        reason = f"by signal {signal_name(-code)}" if code < 0 else f"with exit code {code}"
        hint = "; perhaps memory ran out: use fewer --workers" if code == -signal.SIGKILL else ""
        return _try_again(attempt, waiting, f"was ended {reason}", hint)

    def _drop_busy(self) -> None:
        for worker in self._busy_workers():
            self._drop_worker(worker)

    def _drop_worker(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.stop()


def _try_again(attempt: _Attempt, waiting: deque[_Attempt], fault: str, hint: str = "") -> Failed | None:
    """The failure of a job whose process died or was ended, for this reason; None where it is tried once more."""
    if attempt.number < ATTEMPTS:
        waiting.append(_Attempt(attempt.job, attempt.number + 1))
        return None
    message = f"its process {fault}, {ATTEMPTS} times{hint}"
    return Failed(job=attempt.job.name, attempt=attempt.number, message=message, died=True)


def _memory_failure(attempt: _Attempt) -> Failed:
    """The failure of a job for which memory did not suffice: the same once more would end the same."""
    message = "its process was ended by the system, for memory ran out; use fewer --workers"
    return Failed(job=attempt.job.name, attempt=attempt.number, message=message, died=True, memory=True)


def _pause_all(waiting: deque[_Attempt]) -> Iterator[JobEvent]:
    while waiting:
        attempt = waiting.popleft()
        yield Paused(job=attempt.job.name, attempt=attempt.number)


def usable_cores() -> int:
    """The cores this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
