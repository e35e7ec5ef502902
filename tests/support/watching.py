"""A watch for tests."""

from collections.abc import Callable, Sequence

from lrlab.lab import Batch
from lrlab.spec import Record


class Watching:
    """Notes what it is told, and can stop the run as Ctrl-C does.

    stop_after: trials. may_fail: whether stacks may be set apart; else that is an AssertionError.
    """

    def __init__(self, stop_after: int | None = None, may_fail: bool = False) -> None:
        self.stop_after, self.may_fail = stop_after, may_fail
        self.trials = 0
        self.batches: list[tuple[str, int, int]] = []
        self.apart: list[tuple[int, str]] = []
        self.through: list[Callable[[], float]] = []
        self.cuts: list[tuple[str, int]] = []

    def batch(self, batch: Batch, missing: int) -> None:
        """Note its phase, how many trials, how many missing."""
        self.batches.append((batch.phase, len(batch.trials), missing))

    def under_way(self, through: Callable[[], float]) -> None:
        """Keep the question."""
        self.through.append(through)

    def ended(self, records: Sequence[Record]) -> None:
        """Count them."""
        self.trials += len(records)
        if self.stop_after is not None and self.trials >= self.stop_after:
            raise KeyboardInterrupt

    def cut(self, words: str, total: int) -> None:
        """Note it."""
        self.cuts.append((words, total))

    def set_apart(self, trials: int, why: str) -> None:
        """Note it."""
        if not self.may_fail:
            raise AssertionError(f"{trials} trials were set apart: {why}")
        self.apart.append((trials, why))
