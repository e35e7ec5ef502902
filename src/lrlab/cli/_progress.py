"""Shows a run: a bar with the time left on a terminal, plain lines elsewhere. Everything goes to standard error."""

from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..lab import Batch
from ..spec import Record, counted
from ._options import duration

LINE_EVERY = 5.0  # seconds between two plain lines, where trials end
LOOK_EVERY = 5.0  # seconds between two looks at what is under way
QUIET = 60.0  # seconds without a plain line, at most


class ProgressWatch:
    """Watches a run of `total` trials. Use as a context manager."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True)
        self._done, self._total = 0, total
        self._new, self._diverged = 0, 0
        self._through: Callable[[], float] = lambda: 0.0
        self._before = 0.0  # trials' worth that earlier runs left in checkpoints
        self._start = self._last = monotonic()
        self._phase = ""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=total, left="")
        self._stop = Event()
        self._looks = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._bar.start()
        self._looks.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._looks.join()
        self._bar.stop()

    def expect(self, trials: int) -> None:
        """So many trials more belong to the run."""
        self._total += trials
        self._bar.update(self._task, total=self._total)

    def batch(self, batch: Batch, missing: int) -> None:
        """A batch begins."""
        self.begin(batch.phase, len(batch.trials), missing)

    def begin(self, phase: str, trials: int, missing: int) -> None:
        """Trials are next. Those that no plan could foresee, beyond the edge of a grid, add to the total."""
        self._phase = phase
        if phase == "tune beyond the edge":
            self._total += trials
        self._done += trials - missing
        self._bar.update(self._task, description=phase, total=self._total)
        self._line(f"{phase}: {counted(trials, 'trial')}, {trials - missing} of them done before")

    def under_way(self, through: Callable[[], float]) -> None:
        """Stacks are about to run; what `through` says at first was done before."""
        self._through = through
        self._before += through()

    def ended(self, records: Sequence[Record]) -> None:
        """Trials of one stack ended."""
        self._done += len(records)
        self._new += len(records)
        self._diverged += sum(record.outcome == "diverged" for record in records)
        self._show(LINE_EVERY)

    def cut(self, words: str, total: int) -> None:
        """The study was made smaller and is gone through once more."""
        self._done, self._total = 0, total
        self._through = lambda: 0.0
        self._console.print(words, style="yellow", soft_wrap=True, markup=False)

    def set_apart(self, trials: int, why: str) -> None:
        """Stacks failed; their trials go on one by one."""
        text = f"stacks of {counted(trials, 'trial')} failed, which go on one by one, more slowly: {why}"
        self._console.print(text, style="yellow", soft_wrap=True, markup=False)

    def _look(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            self._show(QUIET)

    def _show(self, after: float) -> None:
        """Where the run stands; as a plain line only if the last one is so many seconds old."""
        through = self._through()
        done, gained = self._done + through, self._new + through - self._before
        left = duration((monotonic() - self._start) / gained * (self._total - done)) if gained > 0 else ""
        self._bar.update(self._task, completed=done, left=left and f"about {left} left")
        if left and monotonic() - self._last >= after:
            diverged = f", {self._diverged} diverged" if self._diverged else ""
            share = f"{100 * done / self._total:.0f} % done, about {left} left"
            self._line(f"{self._phase}: {self._done} of {counted(self._total, 'trial')} ended{diverged}; {share}")

    def _line(self, text: str) -> None:
        self._last = monotonic()
        if not self._console.is_terminal:
            print(text, file=self._console.file, flush=True)
