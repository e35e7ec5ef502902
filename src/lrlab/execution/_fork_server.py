"""Processes forked from a server that has the heavy modules loaded; it is deaf to Ctrl-C, and replaced where killed."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

from ..errors import RunError

SERVERS = 4  # fork servers that are tried for one process, where each is killed before it gives it


def process_context(preload: Sequence[str]) -> Any:
    """How processes are started here. preload: modules that the server imports once."""
    # Windows has no fork server; there a worker starts slowly, and works the same.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(list(preload))
    return context


def start_process(context: Any, target: Callable[[Connection], None]) -> tuple[Connection, Any]:
    """The pipe to a new process, and the process, which calls the target with its end of the pipe.

    A fork server that was killed is replaced. Raises RunError where one after the other is killed.
    """
    reason: Exception | None = None
    for _ in range(SERVERS):
        pipe, child = context.Pipe()
        process = context.Process(target=target, args=(child,), daemon=True)
        try:
            with _hidden_script():
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
def _hidden_script() -> Iterator[None]:
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
        try:
            forkserver.ensure_running()
        except ChildProcessError:  # it is the server of the process that this one was forked from
            _forget_server()
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _forget_server() -> None:
    """Have no fork server, so that one of this process's own is started."""
    server: Any = forkserver._forkserver  # none of its names is public
    server._forkserver_pid = server._forkserver_alive_fd = server._forkserver_address = None


def _end_server() -> None:
    """End a fork server that is perhaps still importing: it would make a worker for a driver that has gone."""
    server: Any = forkserver._forkserver  # none of its names is public
    process = getattr(server, "_forkserver_pid", None)
    if process is not None:
        with suppress(OSError):  # its socket may be gone, and the process
            os.kill(process, signal.SIGKILL)
            server._stop()  # else it is taken for alive until the system has ended it
