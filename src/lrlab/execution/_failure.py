"""Why a job has no result, in words."""

import signal
import sys
import traceback
from functools import lru_cache
from pathlib import Path

from ..errors import Unstackable, escape_halves
from ..spec import Failed, Job, duration
from ._memory_kills import is_out_of_memory


def failure_of(error: BaseException, job: str = "", attempt: int = 1) -> Failed:
    """An exception as a failure: what it says, and the line it was last at that belongs to no installed package."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not is_installed(frame.filename)]
    place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    message = escape_halves(f"{type(error).__name__}: {_words_of(error)}{place}")
    trace = escape_halves("".join(traceback.format_exception(error)))
    memory = is_out_of_memory(error)  # a new process has its memory in one piece
    why = {"memory": memory, "unstackable": isinstance(error, Unstackable)}
    return Failed(job=job, attempt=attempt, message=message, traceback=trace, spent=memory, **why)


def overtime_of(job: Job, attempt: int) -> Failed:
    """The failure of a job that took longer than its timeout."""
    seconds = job.timeout or 0.0
    longest = f"{seconds:g} s" if seconds < 60 else duration(seconds)
    message = (
        f"it took longer than {longest} and was ended; give it longer with --trial-timeout, or look where it hangs"
    )
    return Failed(job=job.name, attempt=attempt, message=message, timed_out=True)


def signal_name(number: int) -> str:
    """A signal by its name: "SIGKILL"; most of those for real time have none.

    >>> signal_name(9), signal_name(40)
    ('SIGKILL', 'number 40')
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"number {number}"


def _words_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "without words: its own text fails"


@lru_cache(maxsize=1 << 14)
def is_installed(file: str) -> bool:
    """Whether a file is part of Python, of a package beside it, or of this one."""
    roots = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]))
    return file.startswith(("<", *roots))
