"""A step that takes too long, interrupted in this process: an alarm of the system, where it has one."""

import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

Result = TypeVar("Result")
AGAIN = 1.0  # seconds after which it rings once more, for what swallows every exception


class Overtime(BaseException):
    """Time is up. No Exception, so that code that catches those does not take it for one of its own."""


class Alarm:
    """Counts the seconds that steps take together. seconds: how many they may; None: any number."""

    def __init__(self, seconds: float | None) -> None:
        self._left = seconds

    @contextmanager
    def armed(self) -> Generator[None, None, None]:
        """Raise Overtime in the block once its seconds, and those of the blocks before, are over.

        Only in the main thread, and where the system has such alarms; between two steps of Python, so that a call into
        compiled code that never returns is not interrupted.
        """
        if self._left is None or not can_ring():
            yield
            return
        began, before = time.monotonic(), signal.signal(signal.SIGALRM, _raise_overtime)
        signal.setitimer(signal.ITIMER_REAL, max(self._left, 1e-6), AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            self._left -= time.monotonic() - began


def call_within(seconds: float | None, call: Callable[[], Result]) -> Result:
    """What the call gives. Raises TimeoutError where it takes longer, as far as an `Alarm` can end it."""
    try:
        with Alarm(seconds).armed():
            return call()
    except BaseException as error:
        if isinstance(error, Overtime) or isinstance(error.__cause__, Overtime):
            raise TimeoutError from None
        raise


def can_ring() -> bool:
    """Whether an alarm can be set here: in the main thread, and where the system has them."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


def _raise_overtime(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise Overtime
