"""Who looks on while a study runs."""

from collections.abc import Sequence
from typing import Protocol

from ..spec import Record
from ._phases import Batch


class Watch(Protocol):
    """Someone who looks on: a progress bar, a log, a test."""

    def batch(self, batch: Batch, missing: int) -> None:
        """A batch begins; `missing` of its trials are not in the store yet."""
        ...

    def ended(self, records: Sequence[Record]) -> None:
        """Trials of one stack have ended and are stored."""
        ...

    def set_apart(self, trials: int, why: str) -> None:
        """Stacks of so many trials failed, the first for this reason; the trials go on one by one."""
        ...
