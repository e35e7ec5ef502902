"""Trials that were begun and that nobody goes on with: which they are, and what of them lies about."""

from collections.abc import Sequence
from pathlib import Path

from ..spec import Study
from ..store import Store
from ._batch import Batch, Records
from ._phases import drive
from ._retry import missing_of
from ._stacking import checkpoint, folders_of_loops


def abandoned_trials(store: Store) -> tuple[str, ...]:
    """Trials (keys) that were begun and have no record, and that no run noted here asks for, as it stands.

    Of each task or loop the program and data of its newest run count: what was begun with others is asked for by
    nobody, unless the program becomes again what it was. `find` and `decays` note no run, so their trials are among
    these.
    """
    studies = store.studies()
    newest = {stored.study.task: stored.data for stored in studies}
    current = [stored for stored in studies if newest[stored.study.task] == stored.data]
    asked = {key for stored in current for key in _asked_keys(stored.study, stored.data, store)}
    begun = dict.fromkeys([*store.planned(), *folders_of_loops(store)])
    ended = store.ended(begun)
    return tuple(key for key in begun if key not in ended and key not in asked)


def abandoned_files(store: Store, trials: Sequence[str]) -> tuple[Path, ...]:
    """The checkpoints of abandoned trials, and the folders of those of loops; not those that others go on from."""
    folders = folders_of_loops(store)
    gone = set(trials)
    plans = [plan for plan in store.stacks(trials) if not _waiting(store, plan.trials) - gone]
    files = [folders[key] for key in trials if key in folders]
    files += [checkpoint(store, plan) for plan in plans]
    return tuple(file for file in files if file.exists())


def _waiting(store: Store, trials: Sequence[str]) -> set[str]:
    return set(trials) - store.ended(trials)


def _asked_keys(study: Study, data: str, store: Store) -> set[str]:
    """The trials of a study up to the phase, or the rung, that it has come to."""
    keys = set[str]()

    def look_up(batch: Batch) -> Records | None:
        keys.update(trial.key for trial in batch.trials)
        records = store.get(trial.key for trial in batch.trials)
        return None if missing_of(batch, records, store) else records

    drive(study, data, look_up, store.standings)
    return keys
