"""Until when a job trains, and when its next checkpoint is due."""

import time
import warnings
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import LabWarning, RunError
from ..spec import CHECKPOINT_SECONDS, Checkpointed
from ._checkpoint import Resumable, restore, save

SHARE = 1 / 40  # of the time that goes by, the most that writing checkpoints may take: under 3 %
SOONEST = 1.0  # seconds between two checkpoints at least: a shorter training costs less than to go on with it
WEAR = 10e6  # bytes a second, a disk's lifetime: large checkpoints are written less often, up to `every`


class Patience(NamedTuple):
    """Where a job keeps its checkpoint, and until when it may run (as `time.monotonic` counts). None: nowhere; ever.

    every: the most seconds between two checkpoints, as long as they are cheap; 0: one after each update, or epoch of
    the plain loop. least: seconds that it trains in any case, one update at least, so that the shortest of times brings
    it forward. rung, begin_from: as in `TrainStack`.
    """

    checkpoint: Path | None = None
    until: float | None = None
    every: float = CHECKPOINT_SECONDS
    least: float = 0.0
    rung: str = ""
    begin_from: Sequence[Path] = ()


UNTIL_THE_END = Patience()
GOES_ON = "training goes on, and a stop costs what was done since the last checkpoint that was written"
RUNG_NEEDS = "from there trials go on in other stacks, so that they wait until it can be"


class TrainingClock:
    """The time of a job: whether it is up, and whether a checkpoint is due, as of the last `look`."""

    def __init__(self, patience: Patience) -> None:
        self._path, self._every = patience.checkpoint, patience.every
        begun = self._now = self._last = time.monotonic()
        self._until = None if patience.until is None else max(patience.until, begun + patience.least)
        self._between = min(SOONEST, self._every)

    @property
    def is_up(self) -> bool:
        """Whether the job is to pause."""
        return self._until is not None and self._now >= self._until

    @property
    def is_due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return self._path is not None and (self.is_up or self._now - self._last >= self._between)

    def look(self) -> None:
        """See what time it is."""
        self._now = time.monotonic()

    def save(self, run: Resumable, needed: bool = False) -> Generator[Checkpointed, None, bool]:
        """Write a checkpoint, where there is a place for it: its event. False where it cannot be, with a LabWarning.

        needed: training does not go on without.
        """
        if self._path is None:
            return True
        begun = time.perf_counter()
        written = _save_or_warn(run, self._path, RUNG_NEEDS if needed else GOES_ON)
        self._last = time.monotonic()
        self._between = self._seconds_between(time.perf_counter() - begun) if written else self._every
        if written:
            yield Checkpointed(job="", share=run.share)
        return written

    def _seconds_between(self, cost: float) -> float:
        """How long until the next one. cost: seconds that the last one took."""
        if not self._every or self._path is None:
            return 0.0
        worn = self._path.stat().st_size / WEAR
        return max(cost / SHARE, min(max(SOONEST, worn), self._every))


def is_restored(run: Resumable, path: Path | None, who: str) -> bool:
    """Whether a fresh training was put where its checkpoint stands, where there is one. who: see `restore_or_warn`."""
    return path is not None and restore_or_warn(lambda: restore(run, path), who)


def restore_or_warn(restore: Callable[[], bool], who: str) -> bool:
    """Whether a training was put where a checkpoint stands; one that cannot be used is a LabWarning.

    who: of whom it is said that they start again.
    """
    try:
        return restore()
    except RunError as error:
        warnings.warn(f"{error}; {who} again", LabWarning, stacklevel=2)
        return False


def _save_or_warn(run: Resumable, path: Path, so: str) -> bool:
    try:
        save(run, path)
        return True
    except RunError as error:
        warnings.warn(f"{error}; {so}", LabWarning, stacklevel=2)
        return False
