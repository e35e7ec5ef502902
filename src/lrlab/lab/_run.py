"""Run a study: ask, execute, store, tell. The one place where the rooms meet."""

from collections.abc import Mapping
from typing import NamedTuple

from ..errors import StoreError
from ..spec import Record, Study, StudyResults
from ..store import Store, StoredStudy
from ._answer import results
from ._budget import Changed, Keeper
from ._litter import tidy
from ._phases import Outcome, phases, planned_trials
from ._prepare import Prepared, prepare
from ._stacks import Crew, run_missing
from ._watch import Watch


class Progress(NamedTuple):
    """How far a study is: trials in the store, and trials still to run (before any extension of a grid)."""

    stored: int
    missing: int


def progress(study: Study, data: str, store: Store) -> Progress:
    """How much of a study is in the store."""
    steps = phases(study, data)
    stored, seen_confirm = 0, False
    batch = next(steps)
    while True:
        records = store.get(trial.key for trial in batch.trials)
        stored += len(records)
        missing = len(batch.trials) - len(records)
        seen_confirm = batch.phase == "confirm"
        if missing or seen_confirm:
            later = 0 if seen_confirm else len(study.labels) * len(study.confirm.seeds)
            return Progress(stored, missing + later)
        batch = steps.send(records)


def run_study(
    prepared: Prepared, store: Store, crew: Crew, watch: Watch, request: str, keeper: Keeper | None = None
) -> StudyResults:
    """Run what is missing of a study and answer it. Each record is stored as it comes, so running again goes on.

    keeper: with one, the study is cut where its budget would not hold, and answered as it was run.
    Raises RunError where trials failed, TimeUp where the crew's time was up, after all that ended was stored.
    """
    while True:
        try:
            return _results(prepared.study, run_phases(prepared, store, crew, watch, request, keeper), store)
        except Changed as change:
            prepared = prepare(change.study, prepared.task)
            assert keeper is not None
            keeper.prepared = prepared
            watch.cut(change.words, planned_trials(prepared.study))


def run_phases(
    prepared: Prepared, store: Store, crew: Crew, watch: Watch, request: str, keeper: Keeper | None = None
) -> Outcome:
    """Note a study as run and run what is missing of it, as `run_study` does; its choices and records.

    Raises Changed where the keeper says so.
    """
    tidy(store)
    store.add_study(StoredStudy(prepared.study, prepared.task.data, request))
    if prepared.task.program:
        store.add_program(prepared.task.data, prepared.task.program)
    steps = phases(prepared.study, prepared.task.data)
    try:
        batch = next(steps)
        while True:
            records = store.get(trial.key for trial in batch.trials)
            missing = [trial for trial in batch.trials if trial.key not in records]
            if keeper is not None:
                keeper.before(prepared.study, batch, len(missing))
            watch.batch(batch, len(missing))
            train = run_missing if keeper is None else keeper.train
            records |= train(missing, store, crew, watch)
            batch = steps.send(records)
    except StopIteration as end:
        tidy(store, ended=True)
        return end.value


def stored_records(study: Study, data: str, store: Store) -> tuple[Record, ...]:
    """The records of a study there are: whole phases, and of the one under way what has ended."""
    steps, found = phases(study, data), []
    try:
        batch = next(steps)
        while True:
            records = store.get(trial.key for trial in batch.trials)
            found += records.values()
            if len(records) < len(batch.trials):
                return tuple(found)
            batch = steps.send(records)
    except StopIteration:
        return tuple(found)


def outcome_of(study: Study, data: str, records: Mapping[str, Record]) -> Outcome | None:
    """The choices and records of a study as far as records, by key, are at hand.

    None where its tuning phase is not whole, so that nothing is chosen yet, or nothing is confirmed.
    """
    steps = phases(study, data)
    try:
        batch = next(steps)
        while True:
            there = {trial.key: records[trial.key] for trial in batch.trials if trial.key in records}
            if not there or (batch.phase != "confirm" and len(there) < len(batch.trials)):
                return None
            batch = steps.send(there)
    except StopIteration as end:
        return end.value


def stored_results(plan: StoredStudy, store: Store) -> StudyResults:
    """The answers of a study that was run before, from its records; a StoreError where trials are missing."""
    steps = phases(plan.study, plan.data)
    try:
        batch = next(steps)
        while True:
            records = store.get(trial.key for trial in batch.trials)
            if len(records) < len(batch.trials):
                done = progress(plan.study, plan.data, store)
                raise StoreError(
                    f"study {plan.study.name} is not finished: {done.stored} trials are stored, "
                    f"about {done.missing} are missing; run it again to go on"
                )
            batch = steps.send(records)
    except StopIteration as end:
        return _results(plan.study, end.value, store)


def _results(study: Study, outcome: Outcome, store: Store) -> StudyResults:
    return results(study, outcome, lambda key: store.array(key, "rates"))
