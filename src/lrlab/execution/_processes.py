"""Local worker processes: forked from a server that has the heavy modules loaded, one call at a time each.

A worker that dies (killed, out of memory, a crash in native code) takes nothing with it but its own call: the call is
made once more in a new worker, and fails if that one dies too.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, NamedTuple

from ._base import Done, Failure, Json, call, failure_of

ATTEMPTS = 2
GRACE = 2.0  # seconds for an idle worker to end by itself


class _Call(NamedTuple):
    position: int
    payload: Json
    attempt: int


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, context: Any) -> None:
        self.pipe, child = context.Pipe()
        self.process = context.Process(target=_work, args=(child,), daemon=True)
        self.process.start()
        child.close()  # else the end of a dead worker's pipe is never seen
        self.call: _Call | None = None

    def stop(self) -> None:
        """End it: by itself where it waits for a call, so that it can tidy up, else at once."""
        if self.call is None:
            self.pipe.close()
            self.process.join(GRACE)
        self.process.kill()
        self.process.join()
        self.pipe.close()


class Processes:
    """As many worker processes as `slots`, started when first needed and kept until `close`.

    preload: modules the fork server imports once, so that a new worker has them at once.
    """

    def __init__(self, slots: int | None = None, preload: Sequence[str] = ()) -> None:
        self.slots = slots or usable_cores()
        # Windows has no fork server; there a worker starts slowly, and works the same.
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._context = multiprocessing.get_context(method)
        if method == "forkserver":
            self._context.set_forkserver_preload(list(preload))
        self._workers: list[_Worker] = []

    def run(self, function: str, payloads: Sequence[Json]) -> Iterator[Done]:
        """Call `module:function` with each payload, up to `slots` at once; yields each end as it comes."""
        waiting = deque(_Call(index, payload, 1) for index, payload in enumerate(payloads))
        try:
            while waiting or any(worker.call for worker in self._workers):
                self._hand_out(function, waiting)
                busy: dict[Any, _Worker] = {worker.pipe: worker for worker in self._workers if worker.call}
                for pipe in wait(list(busy)):
                    done = self._collect(busy[pipe], waiting)
                    if done is not None:
                        yield done
        finally:
            # Left in the middle (an exception, Ctrl-C): what is still under way must not answer a later call.
            for worker in [worker for worker in self._workers if worker.call]:
                self._drop(worker)

    def close(self) -> None:
        """End all workers."""
        for worker in list(self._workers):
            self._drop(worker)

    def _hand_out(self, function: str, waiting: deque[_Call]) -> None:
        """Give every free worker a call; start workers while there are calls and slots."""
        while waiting:
            free = next((worker for worker in self._workers if worker.call is None), None)
            if free is None:
                if len(self._workers) >= self.slots:
                    return
                free = _Worker(self._context)
                self._workers.append(free)
            try:
                free.pipe.send((function, waiting[0].payload))
            except OSError:  # it died while idle
                self._drop(free)
                continue
            free.call = waiting.popleft()

    def _collect(self, worker: _Worker, waiting: deque[_Call]) -> Done | None:
        """The end of a worker's call; None where the worker died and the call goes back to the queue."""
        under_way = worker.call
        assert under_way is not None
        worker.call = None
        try:
            result, failure = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            code = worker.process.exitcode or 0
            self._drop(worker)
            if under_way.attempt < ATTEMPTS:
                waiting.append(under_way._replace(attempt=under_way.attempt + 1))
                return None
            reason = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
            hint = "; perhaps memory ran out: use fewer --workers" if code == -signal.SIGKILL else ""
            message = f"its process was ended {reason}, {ATTEMPTS} times{hint}"
            return Done(under_way.position, None, Failure(message, ""))
        return Done(under_way.position, result, Failure(*failure) if failure else None)

    def _drop(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.stop()


def usable_cores() -> int:
    """The cores this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work(pipe: Connection) -> None:
    """A worker's life: take a call, answer it, until the driver is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver decides
    threading.Thread(target=_end_with_driver, daemon=True).start()
    sys.stdout = sys.stderr  # the driver's answers stand alone on standard output, whatever a call prints
    while True:
        try:
            function, payload = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (call(function, payload), None)
        except Exception as error:
            answer = (None, failure_of(error))
        pipe.send(answer)


def _end_with_driver() -> None:
    """End this worker in the middle of a call too once its driver is gone: the next run would train beside it."""
    driver = multiprocessing.parent_process()
    assert driver is not None
    driver.join()
    os._exit(1)
