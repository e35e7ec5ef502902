"""Shows a run: a bar with the time left on a terminal, plain lines elsewhere. Everything goes to standard error."""

from collections.abc import Sequence
from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ..lab import Batch
from ..spec import Record
from ._options import duration

LINE_EVERY = 5.0  # seconds between two plain lines


class ProgressWatch:
    """Watches a run of `total` trials. Use as a context manager."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True)
        self._done, self._total = 0, total
        self._new, self._diverged = 0, 0
        self._start = self._last = monotonic()
        self._phase = ""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def batch(self, batch: Batch, missing: int) -> None:
        """A batch begins. Trials no plan could foresee, beyond the edge of a grid, add to the total."""
        self._phase = batch.phase
        if batch.phase == "tune beyond the edge":
            self._total += len(batch.trials)
        self._done += len(batch.trials) - missing
        self._bar.update(self._task, description=batch.phase, completed=self._done, total=self._total)
        self._line(f"{batch.phase}: {len(batch.trials)} trials, {len(batch.trials) - missing} of them done before")

    def ended(self, records: Sequence[Record]) -> None:
        """Trials of one stack ended."""
        self._done += len(records)
        self._new += len(records)
        self._diverged += sum(record.outcome == "diverged" for record in records)
        self._bar.update(self._task, completed=self._done)
        if self._new and monotonic() - self._last >= LINE_EVERY:
            left = (monotonic() - self._start) / self._new * (self._total - self._done)
            diverged = f", {self._diverged} diverged" if self._diverged else ""
            self._line(f"{self._phase}: {self._done} of {self._total} trials{diverged}, about {duration(left)} left")

    def set_apart(self, trials: int, why: str) -> None:
        """Stacks failed; their trials go on one by one."""
        text = f"stacks of {trials} trials failed, which go on one by one, more slowly: {why}"
        self._console.print(text, style="yellow", soft_wrap=True, markup=False)

    def _line(self, text: str) -> None:
        self._last = monotonic()
        if not self._console.is_terminal:
            print(text, file=self._console.file, flush=True)
