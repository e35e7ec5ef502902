"""What an executor does: given a function's name and JSON, it runs it somewhere."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple, Protocol

Json = dict[str, Any]


class Failure(NamedTuple):
    """Why a call has no result: one line for people, and the traceback where there is one.

    died: whether the process was ended from outside or by a crash; the call itself raised nothing.
    """

    message: str
    traceback: str
    died: bool = False


class Done(NamedTuple):
    """The end of the call at this position of the list: a result, or a failure."""

    position: int
    result: Json | None
    failure: Failure | None


class Executor(Protocol):
    """The same verb in every place. Calls are independent of each other and may be made twice after a crash.

    A LabWarning of a call, wherever it runs, is one of `run` here.
    """

    slots: int

    def run(self, function: str, payloads: Sequence[Json]) -> Iterator[Done]:
        """Call `module:function` with each payload; yields each end as it comes, in any order."""
        ...

    def close(self) -> None:
        """Give back what the executor holds. Calls under way are dropped."""
        ...


def call(function: str, payload: Json) -> Json:
    """Call a function by its name, `module:function`."""
    module, _, name = function.partition(":")
    return getattr(import_module(module), name)(payload)
