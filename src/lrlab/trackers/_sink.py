"""What every tracker's writer is."""

from typing import Protocol

from ._trial_run import TrackedTrial


class Sink(Protocol):
    """Writes trials where one tracker keeps its runs. Everything is called in a thread of its own, one after the other.

    Whatever it raises ends the sink, and never the run; a library is imported by `open`, not before.
    """

    def open(self) -> None:
        """Load the library, and reach what is written to."""
        ...

    def write(self, run: TrackedTrial) -> None:
        """Write a trial as one run, whole."""
        ...

    def close(self) -> str:
        """Bring out what is held back. Returns where it can be looked at, in words."""
        ...
