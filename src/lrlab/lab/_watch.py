"""Who looks on while a study runs."""

from collections.abc import Callable, Sequence
from typing import Protocol

from ..spec import Record
from ._phases import Batch


class Watch(Protocol):
    """Someone who looks on: a progress bar, a log, a test."""

    def batch(self, batch: Batch, missing: int) -> None:
        """A batch begins; `missing` of its trials are not in the store yet."""
        ...

    def under_way(self, through: Callable[[], float]) -> None:
        """Stacks are about to run.

        `through()` says, at any time and in any thread, how many trials' worth of what has not ended yet is done.
        """
        ...

    def ended(self, records: Sequence[Record]) -> None:
        """Trials of one stack have ended and are stored."""
        ...

    def cut(self, words: str, total: int) -> None:
        """The study was made smaller, to so many trials, for the reason that the words say; it begins again."""
        ...

    def set_apart(self, trials: int, why: str) -> None:
        """Stacks of so many trials failed, the first for this reason; the trials go on one by one."""
        ...
