"""A task or loop as a run opens it: its import hangs no longer than a trial may."""

import signal
import sys
from typing import TYPE_CHECKING

from ..errors import TaskError
from ..execution import call_within
from ..lab import OpenedTask, open_task, sent_away

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task


def load_torch() -> None:
    """Load torch, which takes no exception in the middle of its import: a stop that comes meanwhile waits."""
    from importlib import import_module

    if "torch" in sys.modules or not hasattr(signal, "pthread_sigmask"):
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        import_module("torch")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def open_in_time(
    task: "str | Task | OwnLoop", seconds: float | None, send: bool = True, away: bool = False
) -> OpenedTask:
    """What `lab.open_task` gives. Raises as that does, and TaskError where it takes longer; None: it may for ever.

    What was made in this program has run already, and takes what time lrlab's own part takes.
    away: workers on other machines will train it.
    """
    try:
        opened = call_within(seconds if isinstance(task, str) else None, lambda: open_task(task, send=send))
    except TimeoutError:
        raise TaskError(
            f"opening {task} took longer than {seconds:g} s: its file runs on when it is imported; put what is to run "
            f"into the function, or give it longer with --trial-timeout"
        ) from None
    return sent_away(opened) if away else opened
