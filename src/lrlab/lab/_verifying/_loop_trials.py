"""Short trials of a user's own loop, looked at: one twice, another seed, peak and schedule, stopped and resumed."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...errors import StudyError
from ...execution import Executor
from ...rules import parse
from ...schedules import Span
from ...spec import Failed, JobEvent, Resources, Trial
from ._advice import COMMAND, FUNCTION, Advice

if TYPE_CHECKING:
    from ...loops import LoopObserved, ObserveLoop, OwnLoop
    from .._prepare import OpenedTask

SCHEDULE, OTHER = "linear", "constant"
STEEPER = 3.0  # times the peak: as far apart as two peaks of a usual grid
UPDATES = 60  # of a trial, of a loop that does not say what an epoch is
EPOCHS = 2  # of a trial, of one that does


class LoopTrials(NamedTuple):
    """What became of the trials. None: was not run, for the first one did not end.

    peaks: of all but `steep`, and of that one. updates: that were asked for. stopped, resumed: one that was told to
    stop half-way, and the same one again, in its folder. advice: in the words of who wrote it.
    """

    peaks: tuple[float, float]
    updates: int
    first: "LoopObserved | Failed"
    advice: Advice = FUNCTION
    again: "LoopObserved | Failed | None" = None
    seeded: "LoopObserved | Failed | None" = None
    steep: "LoopObserved | Failed | None" = None
    constant: "LoopObserved | Failed | None" = None
    stopped: "LoopObserved | Failed | None" = None
    resumed: "LoopObserved | Failed | None" = None


def run_loop_trials(
    task: "OpenedTask", executor: Executor, updates: int | None, timeout: float | None, device: str
) -> LoopTrials:
    """Run the trials one after the other, in one process as long as none ends it.

    updates: of a trial; None: as many as show what the loop does. timeout: seconds that each may take.
    """
    loop = task.loop
    assert loop is not None
    budget = _budget_of(loop, updates)
    peaks = sorted(loop.peaks)
    peak = peaks[(len(peaks) - 1) // 2]
    with tempfile.TemporaryDirectory(prefix="lrlab-verify-") as folder:
        runner = _Runner(task, executor, timeout, device, budget, Path(folder))
        found = runner.run([runner.job("first", SCHEDULE, peak, 1)])
        first = found["first"]
        trials = LoopTrials((peak, STEEPER * peak), runner.updates, first, COMMAND if loop.runs_command else FUNCTION)
        if isinstance(first, Failed) or first.became == "raised":
            return trials
        found = runner.run(
            [
                runner.job("again", SCHEDULE, peak, 1),
                runner.job("seeded", SCHEDULE, peak, 2),
                runner.job("steep", SCHEDULE, STEEPER * peak, 1),
                runner.job("constant", OTHER, peak, 1),
            ]
        )
        trials = trials._replace(**found)
        return trials._replace(**_stop_and_resume(runner, peak, first.looks)) if first.looks else trials


def _stop_and_resume(runner: "_Runner", peak: float, looks: int) -> "Mapping[str, LoopObserved | Failed]":
    """A trial that is told to stop half-way, and the same one again."""
    stopped = runner.job("stopped", SCHEDULE, peak, 1, stop_after=looks // 2)
    found = runner.run([stopped])
    end = found["stopped"]
    if isinstance(end, Failed) or end.became != "stopped":
        return found
    again = stopped.model_copy(update={"name": "resumed", "stop_after": None, "number": stopped.number + 1})
    return found | runner.run([again])


def _budget_of(loop: "OwnLoop", updates: int | None) -> str:
    if updates is not None and updates < 2:
        raise StudyError(f"a trial that shows something has 2 updates at least, but got {updates}; give more --updates")
    return f"{updates or (loop.updates_per_epoch or UPDATES // EPOCHS) * EPOCHS} updates"


class _Runner:
    """Makes jobs of trials, and has them run."""

    def __init__(
        self,
        task: "OpenedTask",
        executor: Executor,
        timeout: float | None,
        device: str,
        budget: str,
        folder: Path,
    ) -> None:
        self.task, self.executor, self.timeout, self.device = task, executor, timeout, device
        self.budget, self.folder = budget, folder
        self.updates = int(Span.parse(budget).amount)
        self.made = 0

    def job(self, name: str, schedule: str, peak: float, seed: int, stop_after: int | None = None) -> "ObserveLoop":
        """A trial as a job; its name is that of its folder."""
        from ...loops import ObserveLoop

        task, loop = self.task, self.task.loop
        assert loop is not None
        self.made += 1
        trial = Trial(
            task=task.name,
            data=task.data,
            optimizer="sgd",  # pyright: ignore[reportArgumentType]
            schedule=parse(schedule),
            peak=peak,
            seed=seed,
            budget=self.budget,
            batch_size=1,
        )
        return ObserveLoop(
            name=name,
            resources=Resources(cores=loop.cores, device=self.device),
            timeout=self.timeout,
            trial=trial,
            where=task.where,
            folder=str(self.folder / name),
            number=self.made,
            stop_after=stop_after,
        )

    def run(self, jobs: "Sequence[ObserveLoop]") -> "dict[str, LoopObserved | Failed]":
        """The ends of the jobs, by their names."""
        from ...loops import LoopObserved

        ends: dict[str, LoopObserved | Failed] = {}
        for event in self.executor.run(jobs):
            assert isinstance(event, JobEvent)
            if isinstance(event, LoopObserved | Failed):
                ends[event.job] = event
        return ends
