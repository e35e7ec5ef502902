"""Shows a run: a bar with the time left on a terminal or in a notebook, plain lines elsewhere; on standard error."""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from threading import Event as Flag
from threading import Thread
from time import monotonic
from typing import TypeAlias, cast

from rich import progress as rich
from rich.console import Console

from ..errors import StudyError
from ..lab import BEYOND
from ..spec import (
    Begun,
    Checkpointed,
    Ended,
    EpochMeasured,
    Event,
    Failed,
    Listener,
    PhaseBegun,
    Said,
    SetApart,
    StudyBegun,
    StudyCut,
    TrialsStored,
    counted,
    duration,
)

LINE_EVERY = 5.0  # seconds between two plain lines, where trials end
LOOK_EVERY = 5.0  # seconds between two looks at the clock
QUIET = 60.0  # seconds without a plain line, at most


ProgressOption: TypeAlias = "bool | Listener | AbstractContextManager[Listener]"  # of a run, as `compare` has it


@contextmanager
def listening(progress: ProgressOption) -> Generator[Listener, None, None]:
    """Who listens to a run: a bar, nobody (False), or a function of the caller's own. Raises StudyError otherwise."""
    if progress is True:
        with ProgressBar() as bar:
            yield bar
    elif isinstance(progress, AbstractContextManager):
        with cast("AbstractContextManager[Listener]", progress) as listener:
            yield listener
    elif progress is False:
        yield lambda _: None
    elif callable(progress):
        yield progress
    else:
        raise StudyError(f"progress is True, False or a function that is called with each event, but got {progress!r}")


class _Under:
    """A job under way: its trials, the trainings that they come from, and how much of it is done."""

    def __init__(self, trials: int, share: float, trainings: int | None) -> None:
        self.trials, self.share = trials, share
        self.trainings = trials if trainings is None else trainings


class Share:
    """How much of a run is done, told by its events. done, total: trials; under way ones count in part.

    What is left is reckoned in trainings, of which several trials may share one. new: that ended in this run. open:
    still to run. before: trainings' worth that checkpoints of earlier runs had when it began.
    """

    def __init__(self) -> None:
        self.done, self.total, self.diverged = 0, 0, 0
        self.new = self.open = self.before = 0.0
        self._jobs: dict[str, _Under] = {}
        self._seen: set[str] = set()

    @property
    def through(self) -> float:
        """Trials' worth of the jobs under way."""
        return sum(job.trials * job.share for job in list(self._jobs.values()))

    @property
    def gained(self) -> float:
        """Trainings' worth that this run has done."""
        return self.new + self._trained - self.before

    @property
    def _trained(self) -> float:
        """Trainings' worth of the jobs under way."""
        return sum(job.trainings * job.share for job in list(self._jobs.values()))

    def left(self, elapsed: float) -> float | None:
        """About how many seconds are left after so many; None where nothing was gained yet."""
        if self.gained <= 0:
            return None
        return elapsed / self.gained * max(self.open - self._trained, 0.0) if self.done < self.total else 0.0

    def tell(self, event: Event) -> None:
        """Take an event into account."""
        if isinstance(event, StudyBegun):
            self.total += event.stored + event.missing
            self.open += event.missing if event.trainings is None else event.trainings
        elif isinstance(event, StudyCut):
            self.done, self.total, self._jobs = 0, event.trials, {}
            self.open = event.trials if event.trainings is None else event.trainings
        elif isinstance(event, PhaseBegun):
            if event.phase == BEYOND:  # trials that no plan could foresee
                self.total += event.trials
                self.open += event.missing if event.trainings is None else event.trainings
            self.done += event.trials - event.missing
        elif isinstance(event, TrialsStored):
            ended = sum(1 / (1 + record.provenance.shared_with) for record in event.records)
            self.done, self.new, self.open = self.done + len(event.records), self.new + ended, self.open - ended
            self.diverged += sum(record.diverged for record in event.records)
        elif isinstance(event, Begun):
            job = _Under(len(event.trials), event.share, event.trainings)
            self._jobs[event.job] = job
            self.before += 0.0 if event.job in self._seen else job.trainings * job.share
            self._seen.add(event.job)
        elif isinstance(event, EpochMeasured | Checkpointed) and event.job in self._jobs:
            self._jobs[event.job].share = event.share
        elif isinstance(event, Ended | Failed):
            self._jobs.pop(event.job, None)


class ProgressBar:
    """Listens to a run and shows it. Use as a context manager."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, emoji=False)
        # Without ipywidgets a notebook shows no bar.
        drawn = find_spec("ipywidgets") is not None if self._console.is_jupyter else self._console.is_terminal
        self._lines = not drawn
        self._share, self._phase = Share(), ""
        self._start = self._last = monotonic()
        self._bar = rich.Progress(
            rich.TextColumn("{task.description}"),
            rich.BarColumn(),
            rich.MofNCompleteColumn(),
            rich.TimeElapsedColumn(),
            rich.TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
            disable=self._lines,
        )
        self._task = self._bar.add_task("starting", total=None, left="")
        self._stop = Flag()
        self._clock = Thread(target=self._watch_clock, daemon=True)

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._clock.is_alive():
            self._clock.join()
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        self._share.tell(event)
        if isinstance(event, Said):
            self._print_sentence(event.text, event.important)
        elif isinstance(event, StudyCut):
            self._print_sentence(event.text, True)
        elif isinstance(event, SetApart):
            stacks = f"stacks of {counted(event.trials, 'trial')} failed"
            self._print_sentence(f"{stacks}, which go on one by one, more slowly: {event.reason}", True)
        elif isinstance(event, StudyBegun):
            self._begin_clock()
        elif isinstance(event, PhaseBegun):
            self._phase = event.phase
            self._bar.update(self._task, description=event.phase, total=self._share.total)
            done = event.trials - event.missing
            self._print_line(f"{event.phase}: {counted(event.trials, 'trial')}, {done} of them done before")
        elif isinstance(event, TrialsStored):
            self._show_share(LINE_EVERY)

    def _begin_clock(self) -> None:
        """Start bar and clock where the first study begins; sentences before it stand above."""
        if not self._clock.is_alive() and not self._stop.is_set():
            self._start = self._last = monotonic()
            self._bar.start()
            self._clock.start()

    def _watch_clock(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self._show_share(QUIET)

    def _show_share(self, after: float) -> None:
        """Where the run stands; as a plain line only if the last one is so many seconds old."""
        share = self._share
        done, left = share.done + share.through, share.left(monotonic() - self._start)
        rest = "" if left is None else duration(left)
        self._bar.update(self._task, completed=done, total=share.total, left=rest and f"about {rest} left")
        if rest and monotonic() - self._last >= after:
            diverged = f", {share.diverged} diverged" if share.diverged else ""
            percent = f"{100 * done / share.total:.0f} % done, about {rest} left"
            ended = f"{share.done} of {counted(share.total, 'trial')} ended"
            self._print_line(f"{self._phase}: {ended}{diverged}; {percent}")

    def _print_sentence(self, text: str, important: bool) -> None:
        self._console.print(text, style="yellow" if important else None, soft_wrap=True, markup=False)

    def _print_line(self, text: str) -> None:
        self._last = monotonic()
        if self._lines:
            print(text, file=self._console.file, flush=True)
