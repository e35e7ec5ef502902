"""A process that has everything imported, from which each run of lrlab is forked: a run costs no start-up.

Runs by itself, told by lines on standard input: a run each, as JSON. It answers with lines on its standard output. All
processes that a run leaves become its children, so that it can say when the last of them has gone.
"""

import atexit
import ctypes
import gc
import io
import json
import os
import select
import signal
import sys
import threading
import time
import traceback
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from multiprocessing import process, util
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

SUBREAPER = 36  # of prctl: orphans of the runs become children of this process
PATIENCE = 20.0  # seconds for the last process of a run to end, once the first has


def main() -> None:
    """Serve until standard input ends."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    begun = json.loads(sys.stdin.readline())
    for name in begun["modules"]:
        with suppress(Exception):  # some are found only by way of others
            import_module(name)
    if begun["warm"]:
        _answer_here(begun["warm"], begun["words"])
    util.spawnv_passfds = _fork_instead
    gc.collect()
    gc.freeze()
    _answer({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        if "settle" in asked:
            _answer({"left": _wait_for_all(time.monotonic() + PATIENCE)})
            continue
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            _be_driver(asked)
        hit = _kill_later(child, begun, asked["kill"]) if asked.get("kill") else 0
        _answer(_wait_for(child, asked["timeout"], begun) | {"hit": hit})


def _answer_here(folder: str, words: list[str]) -> None:
    """Answer a study in this process whose trials are all stored, so that runs find templates and the like at hand."""
    from lrlab.cli import app

    sys.argv = ["lrlab", *words]
    nowhere = io.StringIO()
    with chdir(folder), redirect_stdout(nowhere), redirect_stderr(nowhere), suppress(SystemExit):
        app()


def _answer(told: dict[str, Any]) -> None:
    print(json.dumps(told), flush=True)


def _be_driver(asked: dict[str, Any]) -> NoReturn:
    """Run the command of lrlab as a process of its own would.

    The interpreter is not taken down: to free all that was imported would copy it first.
    """
    os.setsid()
    os.chdir(asked["folder"])
    for number, name, flags in ((0, os.devnull, os.O_RDONLY), (1, asked["out"], _NEW), (2, asked["err"], _NEW)):
        opened = os.open(name, flags, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["lrlab", *asked["words"]]
    os.environ.update(asked.get("environment", {}))
    if asked.get("every") is not None:
        _checkpoint_every(asked["every"])
    if asked.get("trained"):
        _count_updates(asked["trained"])
    from lrlab.cli import main as run

    code: Any = 0
    try:
        run()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    if asked.get("modules"):
        Path(asked["modules"]).write_text(json.dumps(sorted(sys.modules)), encoding="utf-8")
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def _checkpoint_every(seconds: float) -> None:
    """Have stacks write a checkpoint every so many seconds, of which there is no option."""
    from lrlab.spec import TrainStack

    TrainStack.model_fields["every"].default = seconds
    TrainStack.model_rebuild(force=True)


def _count_updates(path: str) -> None:
    """Have every update noted in a file, with the number of trials that it trains."""
    from lrlab.engine._stack import Stack

    update = Stack.update

    def noted(stack: Stack) -> Any:
        with Path(path).open("ab", buffering=0) as file:
            file.write(b"%d\n" % len(stack.rows))
        return update(stack)

    Stack.update = noted


def _kill_later(driver: int, begun: float, asked: dict[str, Any]) -> int:
    """Kill part of a run at a moment, or where there is no such process yet, as soon as there is; how many it were."""
    whom, due = asked["whom"], begun + asked["after"]
    if _wait_until(driver, due, reap=False):
        return 0
    while True:
        workers = [worker for server in _children_of(driver) for worker in _children_of(server)]
        found = {"driver": [driver], "group": [driver], "worker": workers[:1], "both": [driver, *workers[:1]]}[whom]
        if found and (workers or whom in ("driver", "group")):
            break
        if _wait_until(driver, time.monotonic() + 0.005, reap=False):
            return 0
    for process_id in found:
        with suppress(ProcessLookupError):
            (os.killpg if whom == "group" else os.kill)(process_id, signal.SIGKILL)
    return len(found)


def _children_of(process_id: int) -> list[int]:
    with suppress(OSError):
        return list(map(int, Path(f"/proc/{process_id}/task/{process_id}/children").read_text("ascii").split()))
    return []


def _wait_for(child: int, timeout: float, begun: float) -> dict[str, Any]:
    """How the run ended, and when."""
    status = _wait_until(child, begun + timeout)
    hung = status is None
    if hung:
        os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    assert status is not None
    seconds = time.monotonic() - begun
    return {"code": os.waitstatus_to_exitcode(status), "hung": hung, "seconds": seconds}


def _wait_until(child: int, deadline: float, reap: bool = True) -> Any:
    """The status with which a child ended; None where it has not by then. reap: False: only whether it has."""
    handle = os.pidfd_open(child)
    try:
        ready, _, _ = select.select([handle], [], [], max(deadline - time.monotonic(), 0.0))
        if not reap:
            return bool(ready)
        return os.waitpid(child, 0)[1] if ready else None
    finally:
        os.close(handle)


def _wait_for_all(deadline: float) -> int:
    """How many processes of the runs before had not gone by then; they are ended."""
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if not ended and time.monotonic() > deadline:
            left = _children_of(os.getpid())
            for number in left:
                os.kill(number, signal.SIGKILL)
            return len(left)
        if not ended:
            time.sleep(0.002)


def _fork_instead(_: bytes, words: list[Any], passed: list[int]) -> int:
    """Stand in for the interpreter that multiprocessing starts for its servers: a fork that has all imported."""
    child = os.fork()
    if child:
        return child
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        kept = sorted({0, 1, 2, *map(int, passed)})
        for low, high in zip(kept, [*kept[1:], os.sysconf("SC_OPEN_MAX")], strict=True):
            os.closerange(low + 1, high)
        process._children.clear()
        util._finalizer_registry.clear()
        sys.modules["__main__"] = ModuleType("__main__")
        sys.argv = ["-c"]
        exec(words[-1], {"__name__": "__main__"})
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
