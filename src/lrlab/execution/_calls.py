"""Functions called by name with JSON, as jobs: for callers that have no jobs of their own yet."""

import warnings
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

from ..errors import LabWarning
from ..spec import Begun, Ended, Failed, Job, JobEvent, Paused, Warned
from ._executor import Limit

Json = dict[str, Any]


class Failure(NamedTuple):
    """Why a call has no result: one line for people, and the traceback where there is one."""

    message: str
    traceback: str
    died: bool = False


class Done(NamedTuple):
    """The end of the call at this position of the list: a result, or a failure; neither where its time was up."""

    position: int
    result: Json | None
    failure: Failure | None


class CallFunction(Job):
    """Call a function, `module:function`, with a payload."""

    entry: ClassVar[str] = "lrlab.execution._calls:perform_call"

    function: str
    payload: Json


class Called(Ended):
    """The end of a call."""

    result: Json


def perform_call(job: CallFunction, attempt: int) -> Iterator[JobEvent]:
    """The events of a call."""
    yield Begun(job=job.name, attempt=attempt)
    module, _, name = job.function.partition(":")
    yield Called(job=job.name, attempt=attempt, result=getattr(import_module(module), name)(job.payload))


class CallsAll:
    """What an executor of jobs has beside them."""

    @abstractmethod
    def run(self, jobs: Sequence[Job], limit: Limit | None = None) -> Iterator[JobEvent]:
        """As in `Executor`."""

    def call_all(self, function: str, payloads: Sequence[Json], limit: Limit | None = None) -> Iterator[Done]:
        """Call `module:function` with each payload; yields each end as it comes, in any order."""
        jobs = [CallFunction(name=f"{at}", function=function, payload=some) for at, some in enumerate(payloads)]
        for event in self.run(jobs, limit):
            if isinstance(event, Warned):
                warnings.warn(event.text, LabWarning, stacklevel=2)
            elif isinstance(event, Called):
                yield Done(int(event.job), event.result, None)
            elif isinstance(event, Failed):
                yield Done(int(event.job), None, Failure(event.message, event.traceback, event.died))
            elif isinstance(event, Paused):
                yield Done(int(event.job), None, None)
