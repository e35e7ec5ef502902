"""What an executor does: given jobs, it runs them somewhere and says what happens to them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from ..errors import RunError
from ..spec import Job, JobEvent


class Limit(NamedTuple):
    """Until when jobs may run, in seconds as `time.monotonic` counts.

    No job begins after `until`, except for the first in each slot. One that runs on for `grace` seconds beyond it, or
    beyond its own beginning where that is later, is ended from outside. Both are `Paused`.
    """

    until: float
    grace: float


class Executor(Protocol):
    """The same verb in every place. Jobs are independent of each other and may be begun twice after a crash."""

    @property
    def slots(self) -> int:
        """How many jobs run at once."""
        ...

    def run(self, jobs: Sequence[Job], limit: Limit | None = None) -> Iterator[JobEvent]:
        """Yield the events of the jobs as they happen, in any order; the last of each is its end, and there is one.

        A job that takes longer than its `timeout`, its imports included, is ended and `Failed`, and not begun again.
        Where jobs run in processes of their own, one that is frozen, or silent for longer than its `stall`, is taken
        for dead.
        Raises RunError where two jobs have one name, or one of them cannot be sent.
        """
        ...

    def close(self) -> None:
        """Give back what the executor holds. Jobs under way are dropped."""
        ...


def kind_of(executor: Executor) -> str:
    """What a pace depends on where the jobs run, in words; "" where that is this machine."""
    return getattr(executor, "kind", "")


def machine_slots(executor: Executor) -> int:
    """How many of an executor's slots are on one machine, the largest."""
    return min(getattr(executor, "threads", executor.slots), executor.slots)


def check_names(jobs: Sequence[Job]) -> None:
    """Raise a RunError where a name does not tell a job from those beside it."""
    name, times = next(iter(Counter(job.name for job in jobs).most_common(1)), ("", 0))
    if times > 1:
        raise RunError(f"{times} jobs of one run are named {name!r}; give each a name of its own")
