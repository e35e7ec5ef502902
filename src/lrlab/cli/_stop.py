"""Ctrl-C and SIGTERM, at any moment: a sentence, no traceback, and exit code 130 or 143. And since when it runs."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..spec import Listener

WORDS = b"\nlrlab: stopped\n"
STORED_WORDS = b"\nlrlab: stopped; what was measured is stored, and the same command goes on from there\n"
AGAIN = (
    "lrlab: it runs already, and this file starts it once more when it is imported; put the call under "
    '`if __name__ == "__main__":`'
)
MISTAKE = 2
SIGNALS = (signal.SIGINT, signal.SIGTERM)
AGAIN_AFTER = 0.1  # seconds


class _CommandState:
    """since: when the command began, by `time.monotonic`. stopped: by which signal. tidy: whether to unwind first.

    words: what is said then.
    """

    since = monotonic()
    running = False
    stopped = 0
    tidy = 0
    words = WORDS


def since_start() -> float:
    """When the command began, as `time.monotonic` counts: before it imported anything."""
    return _CommandState.since


def say_when_stopped(words: bytes) -> None:
    """What a stop is answered with from here on."""
    _CommandState.words = words


def guarded(command: Callable[[], None]) -> None:
    """Run the command; however a stop reaches it, the process ends with a sentence and 128 + the signal."""
    if _CommandState.running:
        print(AGAIN, file=sys.stderr)
        sys.exit(MISTAKE)
    _CommandState.running, _CommandState.since = True, monotonic()
    if threading.current_thread() is threading.main_thread():
        sys.unraisablehook = _raise_again
        for number in SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:  # as a shell has it for jobs in the background
                signal.signal(number, _stop_on_signal)
    try:
        command()
    except BaseException:  # what an interrupted library makes of it, too
        if not _CommandState.stopped:
            raise
    finally:
        _CommandState.running = False
    if _CommandState.stopped:
        _leave_now()


def interrupted() -> int:
    """The exit code of a KeyboardInterrupt. One that no signal brought, but code of the user's, is told of here."""
    if not _CommandState.stopped:
        os.write(2, _CommandState.words)
    return 128 + (_CommandState.stopped or signal.SIGINT)


@contextmanager
def tidily() -> Iterator[None]:
    """Within the block a stop is an exception that unwinds it: workers are ended, what is kept is written."""
    _CommandState.tidy += 1
    try:
        yield
    finally:
        _CommandState.tidy -= 1


def shown(trains: bool = True) -> "AbstractContextManager[Listener]":
    """Shows a run within the block, and lets a stop unwind it: workers are ended, what is kept is written.

    From here on a stop is answered with what is stored. trains: something is trained for sure; else who needs torch
    loads it so that a stop waits.
    """
    say_when_stopped(STORED_WORDS)
    return _shown_run(trains)


@contextmanager
def _shown_run(trains: bool) -> "Iterator[Listener]":
    if trains:
        import torch  # noqa: F401  # before a stop becomes an exception, which its import does not take

    from ..api import ProgressBar

    with tidily(), ProgressBar() as bar:
        yield bar


def _stop_on_signal(number: int, _: FrameType | None) -> None:
    """The first signal counts; while it is answered, others are not heard."""
    if _CommandState.stopped:
        return
    _CommandState.stopped = number
    if _CommandState.tidy:
        raise KeyboardInterrupt
    _leave_now()  # at once: an exception in the middle of an import can be taken for anything


def _raise_again(info: Any) -> None:
    """A stop that fell into a place where no exception counts comes once more."""
    if _CommandState.stopped and isinstance(info.exc_value, KeyboardInterrupt):
        number, _CommandState.stopped = _CommandState.stopped, 0
        threading.Timer(AGAIN_AFTER, os.kill, (os.getpid(), number)).start()
        return
    sys.__unraisablehook__(info)


def _leave_now() -> None:
    with suppress(Exception):  # it may have been written to just now
        sys.stdout.flush()
    with suppress(OSError):
        os.write(2, _CommandState.words)
    os._exit(128 + _CommandState.stopped)
