"""A sink in a thread of its own: it may fail, hang or be slow, and nobody waits for it but at the end, for a while."""

from collections import deque
from pathlib import Path
from threading import Condition, Thread
from time import monotonic

from ..errors import shortened, visible
from ..spec import counted
from ._ledger import Ledger
from ._sink_mlflow import without_password
from ._sinks import TrackerPlace
from ._trial_run import TrackedTrial

MOST_WAITING = 10_000  # trials; more are left for the next run
LONGEST_WORDS = 300  # of an error


class Writer:
    """Takes trials for one tracker, and writes them as it can.

    place: the tracker. beside: the folder of the store. name: of the tracker, for people. error: why it was given up;
    "": it was not. written: how many trials. where: they can be looked at, in words.
    """

    def __init__(self, place: TrackerPlace, beside: Path, ledger: Ledger) -> None:
        self.name, self.error, self.written, self.where = str(place), "", 0, ""
        self._sink, self._phases, self._ledger = place.kind.make(place.target(beside)), place.kind.phases, ledger
        destination = place.destination(beside)
        self._noted_as, self._is_gone = f"{place.name}:{without_password(destination.text)}", destination.is_gone
        self._before: set[tuple[str, str]] = set()
        self._waiting: deque[TrackedTrial] = deque()
        self._asked: set[tuple[str, str]] = set()
        self._turn = Condition()
        self._ending = False
        self._moved = monotonic()
        self._thread = Thread(target=self._write_all, name=f"lrlab-{place.name}", daemon=True)

    @property
    def left(self) -> int:
        """How many trials were taken, or would have been, and are not written."""
        return len(self._asked) - self.written

    @property
    def before(self) -> int:
        """How many trials it was asked for that were written there before."""
        return len(self._before - self._asked)

    def wants(self, run: TrackedTrial) -> bool:
        """Whether the tracker lacks this trial."""
        key = run.study.name, run.trial.key
        if self.error or not run.phase.startswith(self._phases):
            return False
        if not self._is_gone and self._ledger.has(self._noted_as, *key):
            self._before.add(key)
            return False
        return key not in self._asked

    def take(self, run: TrackedTrial) -> None:
        """Have a trial written; it returns at once."""
        if run.record is not None:
            self._asked.add((run.study.name, run.trial.key))
        with self._turn:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(run)
            self._turn.notify()
        if self._thread.ident is None:
            self._thread.start()

    def end(self) -> None:
        """Nothing more will come: what waits is written, and no more."""
        with self._turn:
            self._ending, self._moved = True, monotonic()
            self._turn.notify()

    def finish(self, until: float, idle: float) -> None:
        """Wait until all is written: no longer than until then, nor than so many seconds in which nothing moves.

        until: as `time.monotonic` counts.
        """
        while self._thread.is_alive() and monotonic() < min(until, self._moved + idle):
            self._thread.join(0.05)
        with self._turn:
            self._waiting.clear()
        if self._thread.is_alive():
            self.error = self.error or f"{counted(self.left, 'trial')} did not get there in time"
        elif self.left:
            self.error = self.error or f"{counted(self.left, 'trial')} more than can wait"

    def _write_all(self) -> None:
        """What the thread does."""
        try:
            self._sink.open()
            while (run := self._next_run()) is not None:
                self._sink.write(run)
                self._moved = monotonic()
                if run.record is not None:
                    self._ledger.add(self._noted_as, run.study.name, run.trial.key)
                    self.written += 1
            self.where = self._sink.close()
        except BaseException as error:  # whatever a library raises, an exit too, is no matter of the run's
            self.error = words_of(error)

    def _next_run(self) -> TrackedTrial | None:
        """The next trial, once there is one; None: there will be none."""
        with self._turn:
            while not self._waiting and not self._ending:
                self._turn.wait()
            return self._waiting.popleft() if self._waiting else None


def words_of(error: BaseException) -> str:
    r"""An error of a library in one line.

    >>> words_of(ValueError("no\nnumber"))
    'ValueError: no number'
    """
    text = without_password(" ".join(str(error).split()))
    return shortened(visible(f"{type(error).__name__}: {text}" if text else type(error).__name__), LONGEST_WORDS)
