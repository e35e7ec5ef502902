"""Run a study: ask, execute, store, tell. The one place where the rooms meet."""

import base64
from typing import NamedTuple, Protocol

from ..errors import RunError, ScheduleError, StoreError, StudyError
from ..execution import Executor, Failure
from ..schedules import Horizon
from ..spec import Record, Results, Study, Trial, horizon_of
from ..store import Plan, Store
from ._answer import results
from ._phases import Batch, Outcome, Records, phases

RUN_TRIAL = "lrlab.engine:run_trial"
PRELOAD = ("torch", "sklearn.datasets", "lrlab.engine")  # what a worker needs, loaded once
PROBE_EPOCHS = 2


class Watch(Protocol):
    """Someone who looks on: a progress bar, a log, a test."""

    def batch(self, batch: Batch, missing: int) -> None:
        """A batch begins; `missing` of its trials are not in the store yet."""
        ...

    def trial(self, record: Record) -> None:
        """A trial has ended and is stored."""
        ...


class Prepared(NamedTuple):
    """A study whose task was loaded and checked. where: the task's place; data: its fingerprint."""

    study: Study
    where: str
    data: str
    horizon: Horizon


class Progress(NamedTuple):
    """How far a study is: trials in the store, and trials still to run (before any extension of a grid)."""

    stored: int
    missing: int


def prepare(study: Study, name: str) -> Prepared:
    """Load and check the task of that name (as the user wrote it) for the study.

    Raises UnknownName or TaskError for the task; StudyError where batch or schedules do not fit, listing every one.
    """
    from ..tasks import get, resolve  # torch is loaded here, not before

    place = resolve(name)
    task = get(place.where)
    examples = len(task.train.inputs)
    if study.batch_size > examples:
        raise StudyError(f"batch_size must be at most the {examples} training examples, but got {study.batch_size}")
    horizon = horizon_of(study.budget, examples // study.batch_size)
    misfits = []
    for label, schedule in zip(study.labels, study.schedules, strict=True):
        try:
            schedule.fit(horizon)
        except ScheduleError as error:
            misfits.append(f"{label}: {error}")
    if misfits:
        raise StudyError("\n".join(misfits))
    return Prepared(study, place.where, task.fingerprint, horizon)


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


def seconds_per_trial(prepared: Prepared, executor: Executor, epochs: float) -> float:
    """Estimated seconds of one trial of that many epochs, from short ones trained now, one in every slot at once."""
    study = prepared.study
    trial = Trial(
        task=study.task,
        data=prepared.data,
        optimizer=study.optimizer,
        schedule=study.schedules[0],
        peak=min(study.tune.peaks),
        seed=0,
        budget=f"{PROBE_EPOCHS} epochs",
        batch_size=study.batch_size,
    )
    payload = {"trial": trial.to_dict(), "where": prepared.where}
    # The first call in a worker loads the task and warms up; the second is the measurement.
    for _ in range(2):
        ends = list(executor.run(RUN_TRIAL, [payload] * executor.slots))
    failure = next((end.failure for end in ends if end.failure), None)
    if failure is not None:
        raise RunError(f"{study.task} cannot be trained: {failure.message}")
    found = [Record.model_validate(end.result["record"]) for end in ends if end.result]
    train = max(record.train_seconds for record in found) / PROBE_EPOCHS
    evaluate = max(record.evaluate_seconds for record in found) / (PROBE_EPOCHS + 2)
    return epochs * train + (epochs / study.evaluate_every + 2) * evaluate


def run_study(prepared: Prepared, store: Store, executor: Executor, watch: Watch, request: str = "") -> Results:
    """Run what is missing of a study and answer it. Each record is stored as it comes; running again goes on from there.

    Raises RunError where trials failed, after all the others were run and stored.
    """
    store.add_plan(Plan(prepared.study, prepared.data, request))
    steps = phases(prepared.study, prepared.data)
    try:
        batch = next(steps)
        while True:
            records = store.get(trial.key for trial in batch.trials)
            missing = [trial for trial in batch.trials if trial.key not in records]
            watch.batch(batch, len(missing))
            records |= _execute(missing, prepared.where, store, executor, watch)
            batch = steps.send(records)
    except StopIteration as end:
        return _results(prepared.study, end.value, store)


def stored_results(plan: Plan, store: Store) -> Results:
    """The answers of a study that was run before, from its records alone. Raises StoreError where trials are missing."""
    steps = phases(plan.study, plan.data)
    try:
        batch = next(steps)
        while True:
            records = store.get(trial.key for trial in batch.trials)
            if len(records) < len(batch.trials):
                done = progress(plan.study, plan.data, store)
                raise StoreError(
                    f"study {plan.study.name} is not finished: {done.stored} trials are stored, about {done.missing} are "
                    f"missing; run it again to go on"
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
            failures.append((trials[end.index], end.failure or Failure("no result", "")))
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
