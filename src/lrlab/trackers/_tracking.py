"""A run as trackers see it: its events become trials, each written whole once its record is stored."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import monotonic

from ..errors import LabError, LabWarning, visible
from ..spec import (
    Event,
    Listener,
    PhaseBegun,
    Record,
    Said,
    Study,
    Trial,
    TrialsFailed,
    TrialsFound,
    TrialsStored,
    counted,
)
from ._ledger import Ledger
from ._sinks import TrackerPlace
from ._trial_run import TrackedTrial, rates_at_ends
from ._writer import Writer

LONGEST_WAIT, IDLE_WAIT = 60.0, 20.0  # seconds at the end of a run: in all, and without a trial written
HASTY_WAIT = 5.0  # seconds in all, where it was stopped


class Tracking:
    """Listens to a run in place of `listen`, whom it passes everything on to. Use as a context manager.

    places: the trackers. store: the file of the records. rates_of: the rates of a trial's updates, by its key, in
    numpy's file format.
    """

    def __init__(
        self, places: Sequence[TrackerPlace], store: Path, rates_of: Callable[[str], bytes], listen: Listener
    ) -> None:
        ledger = Ledger(store)
        self._writers = [Writer(place, store.parent, ledger) for place in places]
        self._rates_of, self._listen = rates_of, listen
        self._study: Study | None = None
        self._phase = ""
        self._said: set[str] = set()

    def __enter__(self) -> "Tracking":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Wait a while for what is still to be written, and say where it is, or what became of it."""
        most, idle = (LONGEST_WAIT, IDLE_WAIT) if kind is None else (HASTY_WAIT, HASTY_WAIT)
        until = monotonic() + most
        for writer in self._writers:
            writer.end()
        for writer in self._writers:
            writer.finish(until, idle)
            self._warn_once(writer)
            if kind is None and writer.written and not writer.error:
                text = f"{counted(writer.written, 'trial')} written to {writer.name}: {writer.where}"
                self._listen(Said(text=visible(text)))
            elif kind is None and writer.before and not writer.error:
                text = f"{counted(writer.before, 'trial')} had been written to {writer.name} before, and none is new"
                self._listen(Said(text=visible(text)))

    def __call__(self, event: Event) -> None:
        """Pass an event on, and take down what trackers are told."""
        self._listen(event)
        if isinstance(event, PhaseBegun):
            self._study, self._phase = event.study, event.phase
        elif isinstance(event, TrialsStored | TrialsFound):
            self._take_records(event.records)
        elif isinstance(event, TrialsFailed):
            self._take_failures(event.trials, event.message)
        for writer in self._writers:
            self._warn_once(writer)

    def _take_records(self, records: Iterable[Record]) -> None:
        for record in records:
            self._take_trial(record.trial, record)

    def _take_failures(self, trials: Iterable[Trial], message: str) -> None:
        for trial in trials:
            self._take_trial(trial, None, message)

    def _take_trial(self, trial: Trial, record: Record | None, message: str = "") -> None:
        """Hand a trial to the trackers that lack it."""
        if self._study is None:
            return
        run = TrackedTrial(self._study, self._phase, trial, record, message=message)
        lacking = [writer for writer in self._writers if writer.wants(run)]
        if lacking and record is not None:
            run = run._replace(rates=self._find_rates(record))
        for writer in lacking:
            writer.take(run)

    def _find_rates(self, record: Record) -> tuple[float, ...]:
        try:
            return rates_at_ends(self._rates_of(record.trial.key), record)
        except LabError:  # not kept, or damaged: whoever answers from it says so
            return ()

    def _warn_once(self, writer: Writer) -> None:
        if writer.error and writer.name not in self._said:
            self._said.add(writer.name)
            text = (
                f"nothing more is written to {writer.name} ({writer.error}); the run goes on, its records are in the "
                f"store, and the same command writes there what is missing"
            )
            warnings.warn(visible(text), LabWarning, stacklevel=3)
