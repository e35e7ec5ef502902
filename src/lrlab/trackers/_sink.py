"""What every tracker's writer is."""

from pathlib import Path
from typing import NamedTuple, Protocol

from ._trial_run import TrackedTrial


class Destination(NamedTuple):
    """Where a tracker's runs go to, whatever the environment says by now.

    text: in words, as it is noted. files: of one that keeps them on this machine, files or folders of which one is
    there if anything was ever written; none of a server, of which nothing is known here.
    """

    text: str
    files: tuple[Path, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether what was written, if anything was, is there no more."""
        return bool(self.files) and not any(file.exists() for file in self.files)


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
