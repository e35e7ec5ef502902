"""Local worker processes: forked from a server that has the heavy modules loaded, one call at a time each.

A worker that dies (killed, out of memory, a crash in native code) takes nothing with it but its own call: the call is
made once more in a new worker, and fails if that one dies too. A fork server that dies is replaced, and its workers go
on. No worker runs the user's script again, guarded or not.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any, NamedTuple

from ..errors import LabWarning, RunError
from ._base import Done, Failure, Json, Limit, call, failure_of

ATTEMPTS = 2
SERVERS = 4  # fork servers that are tried for one worker, where each is killed before it gives it
ORPHAN = 255  # what is told as the exit code of a worker, dead or alive, whose fork server was killed
GRACE = 2.0  # seconds for an idle worker to end by itself
STARTING = 120.0  # seconds that a new worker is given, beyond those of its call, on a machine that has much to do
LONGEST = 3600.0  # seconds of one wait; the system takes no endless ones


class _Call(NamedTuple):
    position: int
    payload: Json
    attempt: int


class _Warned(NamedTuple):
    """What a worker sends before it answers: a LabWarning."""

    text: str


class _Worker:
    """One process and the pipe to it.

    since: when it was handed its call, by `time.monotonic`, or is to have begun it. ready: whether it ever ended one.
    """

    def __init__(self, context: Any) -> None:
        self.pipe, self.process = _started(context)
        self.call: _Call | None = None
        self.since = 0.0
        self.ready = False

    def seconds_left(self, limit: Limit) -> float:
        """How much longer its call may run."""
        return max(self.since, limit.until) + limit.grace - time.monotonic()

    def stop(self) -> None:
        """End it: by itself where it waits for a call, so that it can tidy up, else at once."""
        if self.call is None:
            self.pipe.close()
            self.process.join(GRACE)
        self.process.kill()
        if self.call is not None and self.process.exitcode == ORPHAN:  # then `kill` takes it for dead
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
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

    def run(self, function: str, payloads: Sequence[Json], limit: Limit | None = None) -> Iterator[Done]:
        """Call `module:function` with each payload, up to `slots` at once; yields each end as it comes."""
        waiting = deque(_Call(index, payload, 1) for index, payload in enumerate(payloads))
        first = len(waiting) - self.slots
        try:
            while waiting or any(worker.call for worker in self._workers):
                while limit is not None and len(waiting) <= first and waiting and time.monotonic() >= limit.until:
                    yield Done(waiting.popleft().position, None, None)
                self._hand_out(function, waiting)
                busy: dict[Any, _Worker] = {worker.pipe: worker for worker in self._workers if worker.call}
                for pipe in wait(list(busy), self._patience(limit)):
                    done = self._collect(busy[pipe], waiting)
                    if done is not None:
                        yield done
                yield from self._give_up(limit)
        finally:
            # Left in the middle (an exception, Ctrl-C): what is still under way must not answer a later call.
            for worker in [worker for worker in self._workers if worker.call]:
                self._drop(worker)

    def close(self) -> None:
        """End all workers."""
        for worker in list(self._workers):
            self._drop(worker)

    def _patience(self, limit: Limit | None) -> float | None:
        """Seconds to wait for an end: until the first call under way is to be given up; None: for ever."""
        if limit is None:
            return None
        left = [worker.seconds_left(limit) for worker in self._workers if worker.call]
        return min(max(min(left, default=0.0), 0.0), LONGEST)

    def _give_up(self, limit: Limit | None) -> Iterator[Done]:
        """End the workers whose calls ran on beyond their time: they hang, or were stopped."""
        late = [one for one in self._workers if one.call and limit is not None and one.seconds_left(limit) <= 0]
        for worker in late:
            assert worker.call is not None
            self._drop(worker)
            yield Done(worker.call.position, None, None)

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
            free.call, free.since = waiting.popleft(), time.monotonic() + (0.0 if free.ready else STARTING)

    def _collect(self, worker: _Worker, waiting: deque[_Call]) -> Done | None:
        """The end of a worker's call; None where it warned, or died and the call goes back to the queue."""
        under_way = worker.call
        assert under_way is not None
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            worker.call = None
            worker.process.join()
            code = worker.process.exitcode or 0
            self._drop(worker)
            if under_way.attempt < ATTEMPTS:
                waiting.append(under_way._replace(attempt=under_way.attempt + 1))
                return None
            reason = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
            hint = "; perhaps memory ran out: use fewer --workers" if code == -signal.SIGKILL else ""
            message = f"its process was ended {reason}, {ATTEMPTS} times{hint}"
            return Done(under_way.position, None, Failure(message, "", died=True))
        if isinstance(answer, _Warned):
            warnings.warn(answer.text, LabWarning, stacklevel=2)
            return None
        worker.call, worker.ready = None, True
        result, failure = answer
        return Done(under_way.position, result, Failure(*failure) if failure else None)

    def _drop(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.stop()


def _started(context: Any) -> tuple[Connection, Any]:
    """The pipe to a new worker, and the worker; a fork server that was killed is replaced.

    Raises RunError where one after the other is killed.
    """
    reason: Exception | None = None
    for _ in range(SERVERS):
        pipe, child = context.Pipe()
        process = context.Process(target=_work, args=(child,), daemon=True)
        try:
            with _no_script():
                _start_server(context)
                process.start()
            return pipe, process
        except (EOFError, ConnectionError, FileNotFoundError) as error:  # its end, or that of its socket
            pipe.close()
            _end_server()
            reason = error
        except BaseException:
            _end_server()
            raise
        finally:
            child.close()  # else the end of a dead worker's pipe is never seen
    raise RunError(
        f"the process of lrlab that starts its workers was killed, {SERVERS} times "
        f"({type(reason).__name__}: {reason}); "
        "perhaps memory ran out: use fewer --workers, and run again; what was measured is stored"
    )


@contextmanager
def _no_script() -> Iterator[None]:
    """Hide the main module: a new process would run its file, the user's script, once more."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _start_server(context: Any) -> None:
    """Start the fork server deaf to Ctrl-C, which the driver answers alone; while it imports it would print."""
    if context.get_start_method() != "forkserver":
        return
    resource_tracker.ensure_running()  # first, for it takes SIGINT out of the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_server() -> None:
    """End a fork server that is perhaps still importing: it would make a worker for a driver that has gone."""
    server: Any = forkserver._forkserver  # none of its names is public
    process = getattr(server, "_forkserver_pid", None)
    if process is not None:
        with suppress(OSError):  # its socket may be gone, and the process
            os.kill(process, signal.SIGKILL)
            server._stop()  # else it is taken for alive until the system has ended it


def usable_cores() -> int:
    """The cores this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work(pipe: Connection) -> None:
    """A worker's life: take a call, answer it, until the driver is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the driver decides
    threading.Thread(target=_end_with_driver, daemon=True).start()
    _warn_through(pipe)
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
        try:
            pipe.send(answer)
        except OSError:  # the driver has gone; nobody waits for it
            return


def _warn_through(pipe: Connection) -> None:
    """Let the driver say what it is to be told; other warnings are shown as they would be."""
    shown = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, LabWarning):
            pipe.send(_Warned(str(message)))
        else:
            shown(message, category, *where, **more)

    warnings.showwarning = show


def _end_with_driver() -> None:
    """End this worker in the middle of a call too once its driver is gone: the next run would train beside it."""
    driver = multiprocessing.parent_process()
    assert driver is not None
    driver.join()
    os._exit(1)
