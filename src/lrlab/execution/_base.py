"""What an executor does: given a function's name and JSON, it runs it somewhere."""

import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol

Json = dict[str, Any]


class Failure(NamedTuple):
    """Why a call has no result: one line for people, and the traceback where there is one.

    died: whether the process was ended from outside or by a crash; the call itself raised nothing.
    """

    message: str
    traceback: str
    died: bool = False


def failure_of(error: Exception) -> Failure:
    """An exception as a failure: what it says, and the line it was last at that belongs to no installed package."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _installed(frame.filename)]
    place = f" ({own[-1].filename}:{own[-1].lineno})" if own else ""
    return Failure(f"{type(error).__name__}: {error}{place}", "".join(traceback.format_exception(error)))


def _installed(file: str) -> bool:
    """Whether a file is part of Python, of a package beside it, or of this one."""
    roots = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[1]))
    return file.startswith(("<", *roots))


class Done(NamedTuple):
    """The end of the call at this position of the list: a result, or a failure; neither where its time was up."""

    position: int
    result: Json | None
    failure: Failure | None


class Limit(NamedTuple):
    """Until when calls may run, in seconds as `time.monotonic` counts.

    No call begins after `until`, but for the first in each slot. One that runs on for `grace` seconds beyond it, or
    beyond its own beginning where that is later, is ended and has no result.
    """

    until: float
    grace: float


class Executor(Protocol):
    """The same verb in every place. Calls are independent of each other and may be made twice after a crash.

    A LabWarning of a call, wherever it runs, is one of `run` here.
    """

    slots: int

    def run(self, function: str, payloads: Sequence[Json], limit: Limit | None = None) -> Iterator[Done]:
        """Call `module:function` with each payload; yields each end as it comes, in any order."""
        ...

    def close(self) -> None:
        """Give back what the executor holds. Calls under way are dropped."""
        ...


def call(function: str, payload: Json) -> Json:
    """Call a function by its name, `module:function`."""
    module, _, name = function.partition(":")
    return getattr(import_module(module), name)(payload)
