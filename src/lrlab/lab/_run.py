"""Run a study: ask, execute, store, tell. The one place where the rooms meet."""

import base64
from typing import NamedTuple, Protocol

from ..errors import RunError, StoreError
from ..execution import Executor, Failure
from ..spec import Record, Results, Study, Trial
from ..store import Plan, Store
from ._answer import results
from ._phases import Batch, Outcome, Records, phases
from ._prepare import RUN_TRIAL, Prepared


class Watch(Protocol):
    """Someone who looks on: a progress bar, a log, a test."""

    def batch(self, batch: Batch, missing: int) -> None:
        """A batch begins; `missing` of its trials are not in the store yet."""
        ...

    def trial(self, record: Record) -> None:
        """A trial has ended and is stored."""
        ...


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
            later = 0 if seen_confirm else len(study.schedules) * len(study.confirm.seeds)
            return Progress(stored, missing + later)
        batch = steps.send(records)


def run_study(prepared: Prepared, store: Store, executor: Executor, watch: Watch, request: str) -> Results:
    """Run what is missing of a study and answer it. Each record is stored as it comes, so running again goes on.

    Raises RunError where trials failed, after all the others were run and stored.
    """
    store.add_plan(Plan(prepared.study, prepared.task.data, request))
    steps = phases(prepared.study, prepared.task.data)
    try:
        batch = next(steps)
        while True:
            records = store.get(trial.key for trial in batch.trials)
            missing = [trial for trial in batch.trials if trial.key not in records]
            watch.batch(batch, len(missing))
            records |= _execute(missing, prepared.task.where, store, executor, watch)
            batch = steps.send(records)
    except StopIteration as end:
        return _results(prepared.study, end.value, store)


def stored_results(plan: Plan, store: Store) -> Results:
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


def _results(study: Study, outcome: Outcome, store: Store) -> Results:
    return results(study, outcome, lambda key: store.array(key, "rates"))


def _execute(trials: list[Trial], where: str, store: Store, executor: Executor, watch: Watch) -> Records:
    """Run the trials, store each as it ends."""
    records: Records = {}
    failures: list[tuple[Trial, Failure]] = []
    for end in executor.run(RUN_TRIAL, [{"trial": trial.to_dict(), "where": where} for trial in trials]):
        if end.result is None:
            failures.append((trials[end.position], end.failure or Failure("no result", "")))
            continue
        record = Record.model_validate(end.result["record"])
        store.add(record, {name: base64.b64decode(text) for name, text in end.result["arrays"].items()})
        records[record.trial.key] = record
        watch.trial(record)
    if failures:
        trial, failure = failures[0]
        raise RunError(
            f"{len(failures)} of {len(trials)} trials failed; the others are stored. The first, {trial.schedule} at "
            f"{trial.peak:g}, seed {trial.seed}: {failure.message}\n{failure.traceback}".rstrip()
        )
    return records
