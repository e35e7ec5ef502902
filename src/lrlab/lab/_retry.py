"""Trials that failed the last time: which they are, in words, and how they alone are trained again."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..errors import RunError, StudyError, Unfinished
from ..spec import Listener, PhaseBegun, Record, Study, Trial, counted, trainings_of
from ..store import Store, StoredFailure
from ._batch import Batch, Records, trainings_after, trials_after
from ._phases import drive
from ._stacking import Crew, run_missing


class FailedTrial(NamedTuple):
    """A trial that failed the last time it was run, and why."""

    trial: Trial
    failure: StoredFailure

    @property
    def words(self) -> str:
        """Which trial, and why, in one line."""
        trial = self.trial
        return f"{trial.arm} at {trial.peak:g}, seed {trial.seed}: {self.failure.message}"


class Progress(NamedTuple):
    """How far a study is: trials in the store, and trials still to run (before any extension of a grid).

    trainings: that the missing trials come from, in stacks.
    """

    stored: int
    missing: int
    trainings: int


def progress(study: Study, data: str, store: Store) -> Progress:
    """How much of a study is in the store."""
    stored, missing, trainings = set[str](), 0, 0

    def look_up(batch: Batch) -> Records | None:
        nonlocal missing, trainings
        records = store.get(trial.key for trial in batch.trials)
        stored.update(records)
        waiting = missing_of(batch, records, store)
        missing = trials_left(study, batch, len(waiting), len(stored))
        later = trials_after(study, batch.phase) - trainings_after(study, batch.phase)
        trainings = missing - (len(waiting) - len(trainings_of(waiting)) + later) * bool(waiting)
        return None if missing else records

    drive(study, data, look_up, store.standings)
    return Progress(len(stored), missing, trainings)


def trials_left(study: Study, batch: Batch, missing: int, stored: int) -> int:
    """About how many trials of a study are still to run. missing: of this batch; none: there is nothing after it.

    stored: how many there are of the study.
    """
    if not missing:
        return 0
    rounds = batch.phase == "tune" and study.tune.search is not None  # of a search, which come after this one
    later = max(study.grid_trials - stored - missing, 0) if rounds else 0
    return missing + later + trials_after(study, batch.phase)


def failed_trials(study: Study, data: str, store: Store) -> tuple[FailedTrial, ...]:
    """The trials of a study that failed the last time, of the phase that it has come to."""
    failed: list[FailedTrial] = []

    def look_up(batch: Batch) -> Records | None:
        records = store.get(trial.key for trial in batch.trials)
        missing = missing_of(batch, records, store)
        failed.extend(noted_failures(missing, store))
        return None if missing else records

    drive(study, data, look_up, store.standings)
    return tuple(failed)


def missing_of(batch: Batch, records: Records, store: Store) -> list[Trial]:
    """The trials of a batch that have neither a record nor, at a rung, a standing."""
    return batch.missing(records, store.standings(trial.key for trial in batch.trials) if batch.rung else {})


def failure_words(failed: Sequence[FailedTrial]) -> str:
    """How many trials failed, the first of them, and the way out; "" where none did."""
    if not failed:
        return ""
    return f"{counted(len(failed), 'trial')} failed, the first, {failed[0].words}; --retry-failed runs these alone"


class FailedOnly:
    """Trains the trials of a study that failed the last time, and no others.

    study, data: the study, and the fingerprint of its task.
    """

    def __init__(self, study: Study, data: str) -> None:
        self._study, self._data, self._trained = study, data, 0

    def train(
        self, batch: Batch, missing: Sequence[Trial], store: Store, crew: Crew, listen: Listener
    ) -> Mapping[str, Record]:
        """Train those of a batch; the other arguments are `run_missing`'s.

        Raises RunError where some fail again, Unfinished where others are missing, StudyError where none had failed.
        """
        again = [failed.trial for failed in noted_failures(missing, store)]
        listen(PhaseBegun(phase=batch.phase, trials=len(batch.trials), missing=len(again), study=self._study))
        try:
            records = run_missing(again, store, crew._replace(tried=True), listen)
        except RunError as error:
            raise _with_progress(error, self._how_far(store)) from None
        self._trained += len(records)
        if len(again) == len(missing):
            return records
        if not self._trained:
            raise StudyError(f"no trial of {self._study.name} failed the last time; leave out --retry-failed to go on")
        raise Unfinished(
            f"{counted(self._trained, 'trial')} that had failed ended and {'are' if self._trained > 1 else 'is'} "
            f"stored; {self._how_far(store)}; the same command without --retry-failed goes on"
        )

    def _how_far(self, store: Store) -> str:
        done = progress(self._study, self._data, store)
        return f"{self._study.name} has {done.stored} of about {done.stored + done.missing} trials"


def noted_failures(trials: Sequence[Trial], store: Store) -> list[FailedTrial]:
    """What is noted of the trials that failed."""
    known = {trial.key: trial for trial in trials}
    return [FailedTrial(known[key], failure) for key, failure in store.failures(known).items()]


def _with_progress(error: RunError, how_far: str) -> RunError:
    """The same error, with how far the study is."""
    told = RunError(f"{how_far}; {error}", error.failures)
    for note in getattr(error, "__notes__", []):
        told.add_note(note)
    return told
