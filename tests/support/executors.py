"""Executors for tests: they run jobs in this process, and end chosen ones as the test wants it."""

from collections.abc import Callable, Iterator, Sequence

from lrlab.execution import Inline, Limit
from lrlab.spec import Ended, Failed, Job, JobEvent, TrainStack, TrainTrial


def trials_of(job: Job) -> tuple:
    """The trials of a job of any kind."""
    return (job.trial,) if isinstance(job, TrainTrial) else job.trials


def layout_of(job: Job) -> str:
    """The layout of a job of any kind."""
    return "reference" if isinstance(job, TrainTrial) else job.layout


class Altering(Inline):
    """Runs jobs in two slots' worth; says of chosen ones, once they have ended, that they failed.

    fails: the message of the failure of a job, or None. died: whether the failures are deaths; memory: whether memory
    is why. every: seconds between two checkpoints, where it is given. asked: the jobs of each run.
    """

    slots = 2

    def __init__(
        self,
        fails: Callable[[Job], str | None] = lambda _: None,
        died: bool = False,
        every: float | None = None,
        memory: bool = False,
    ) -> None:
        self.fails, self.died, self.every, self.memory = fails, died, every, memory
        self.asked: list[list[Job]] = []

    def run(self, jobs: Sequence[Job], limit: Limit | None = None) -> Iterator[JobEvent]:
        """See `Executor`. Limits are not kept."""
        if self.every is not None:
            jobs = [
                job.model_copy(update={"every": self.every}) if isinstance(job, TrainStack) else job for job in jobs
            ]
        self.asked += [list(jobs)] if jobs else []
        by_name = {job.name: job for job in jobs}
        for event in super().run(jobs):
            message = self.fails(by_name[event.job]) if isinstance(event, Ended) else None
            if message is None:
                yield event
            else:
                why = {"message": message, "traceback": "Traceback: here"}
                yield Failed(job=event.job, died=self.died, memory=self.memory, **why)

    @property
    def described(self) -> list[tuple[str, int, str]]:
        """Every job that was asked for: its kind, how many trials, the layout."""
        return [(type(job).__name__, len(trials_of(job)), layout_of(job)) for jobs in self.asked for job in jobs]
