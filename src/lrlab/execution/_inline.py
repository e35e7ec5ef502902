"""Here and now, in this process: for tests and for a debugger."""

import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing

from ..errors import LabWarning
from ..printing import printed_aside
from ..spec import Job, JobEvent, Paused
from ._alarm import Alarm, Overtime, can_ring
from ._executor import Limit, check_names
from ._failure import overtime_of
from ._perform import perform_job


class Inline:
    """Runs one job after the other in this process and this thread; what a job prints goes to standard error."""

    slots = 1

    def __init__(self) -> None:
        self._warned = False

    def run(self, jobs: Sequence[Job], limit: Limit | None = None) -> Iterator[JobEvent]:
        """Yield the events of the jobs, in order.

        What has begun is not ended by a limit here; a timeout interrupts Python code, and no call into compiled code.
        """
        jobs = list(jobs)
        check_names(jobs)
        if any(job.timeout is not None for job in jobs) and not can_ring():
            self._warn_of_no_alarm()
        for index, job in enumerate(jobs):
            if index and limit is not None and time.monotonic() >= limit.until:
                yield Paused(job=job.name)
            else:
                yield from _perform_in_time(job)

    def _warn_of_no_alarm(self) -> None:
        if not self._warned:
            self._warned = True
            where = "on this system" if threading.current_thread() is threading.main_thread() else "in a thread"
            warnings.warn(
                f"trials may take any time: without workers a timeout cannot end one {where}; give it workers, or run "
                f"it in the main thread of a program on Linux or macOS",
                LabWarning,
                stacklevel=3,
            )

    def close(self) -> None:
        """Nothing is held."""


def _perform_in_time(job: Job) -> Iterator[JobEvent]:
    """The events of a job, which fails when its timeout is over."""
    alarm = Alarm(job.timeout)
    with closing(perform_job(job, attempt=1)) as events:
        while True:
            try:
                with printed_aside(), alarm.armed():
                    event = next(events, None)
            except Overtime:
                yield overtime_of(job, 1)
                return
            if event is None:
                return
            yield event
