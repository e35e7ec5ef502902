"""Here and now, in this process: for tests and for a debugger."""

import time
from collections.abc import Iterator, Sequence

from ..spec import Job, JobEvent, Paused
from ._executor import Limit, check_names
from ._perform import perform_job


class Inline:
    """Runs one job after the other in this process and this thread."""

    slots = 1

    def run(self, jobs: Sequence[Job], limit: Limit | None = None) -> Iterator[JobEvent]:
        """Yield the events of the jobs, in order. What has begun is never ended from outside here."""
        jobs = list(jobs)
        check_names(jobs)
        for index, job in enumerate(jobs):
            if index and limit is not None and time.monotonic() >= limit.until:
                yield Paused(job=job.name)
            else:
                yield from perform_job(job, attempt=1)

    def close(self) -> None:
        """Nothing is held."""
