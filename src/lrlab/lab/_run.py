"""Run a study: ask, execute, store, tell. The one place where the rooms meet."""

from collections.abc import Mapping

from ..errors import StoreError
from ..spec import Listener, PhaseBegun, Record, Said, Study, StudyCut, StudyResults, Trial, TrialsFound
from ..store import Store, StoredStudy
from ._answer import results
from ._batch import RIVALS, Batch, Records
from ._class_names import with_class_names
from ._phases import Outcome, drive
from ._prepare import Prepared, prepare
from ._range_notes import with_range_tests
from ._retry import FailedOnly, failed_trials, failure_words, progress
from ._stacking import Crew, clear_stopped, count_trainings, run_missing, tidy
from ._tuning import words_of_whole
from ._within import Changed, Keeper


def run_study(
    prepared: Prepared,
    store: Store,
    crew: Crew,
    listen: Listener,
    request: str,
    keeper: Keeper | None = None,
    retry_failed: bool = False,
) -> StudyResults:
    """Run what is missing of a study and answer it. Each record is stored as it comes, so running again goes on.

    prepared: the study, and its task. store: where records are kept. crew: who trains. listen: is told every event.
    request: what the user asked for, as the store notes it. keeper: with one, the study is cut where its budget would
    not hold, and answered as it was run. retry_failed: train the trials alone that failed the last time.
    Raises RunError where trials failed, TimeUp where the crew's time was up, after all that ended was stored; where
    failed trials alone were asked for, Unfinished where others are missing, StudyError where none had failed.
    """
    while True:
        try:
            outcome = run_phases(prepared, store, crew, listen, request, keeper, retry_failed)
            return _answer_from(prepared.study, outcome, store, prepared.task.class_names)
        except Changed as change:
            prepared = prepare(change.study, prepared.task)
            assert keeper is not None
            keeper.prepared = prepared
            left = progress(prepared.study, prepared.task.data, store).trainings
            listen(StudyCut(text=change.words, trials=prepared.study.planned_trials, trainings=left))


def run_phases(
    prepared: Prepared,
    store: Store,
    crew: Crew,
    listen: Listener,
    request: str,
    keeper: Keeper | None = None,
    retry_failed: bool = False,
) -> Outcome:
    """Note a study as run and run what is missing of it; its choices and records. The arguments are `run_study`'s.

    Raises Changed where the keeper says so, else as `run_study` does.
    """
    study, task = prepared.study, prepared.task
    tidy(store)
    store.add_study(StoredStudy(study, task.data, request))
    if task.program:
        store.add_program(task.data, task.program)

    failed_only = FailedOnly(study, task.data) if retry_failed else None
    raced: dict[str, Trial] = {}

    def train_missing(batch: Batch) -> Records:
        records, at_rung = stored_of(batch, store), crew._replace(rung=batch.rung)
        missing = batch.missing(records, store.standings(trial.key for trial in batch.trials if batch.rung))
        if batch.note:
            listen(Said(text=batch.note))
        raced.update({trial.key: trial for trial in batch.trials if batch.rung})
        if failed_only is not None:
            return {**records, **failed_only.train(batch, missing, store, at_rung, listen)}
        if keeper is not None:
            keeper.before(study, batch, missing)
        trainings = count_trainings(missing, crew.setup)
        listen(
            PhaseBegun(
                phase=batch.phase,
                study=study,
                trials=len(batch.trials),
                missing=len(missing),
                trainings=trainings,
            )
        )
        if records:
            listen(TrialsFound(records=tuple(records.values())))
        train = run_missing if keeper is None else keeper.train
        trained = train(missing, store, at_rung._replace(tried=bool(records)), listen)
        if words := words_of_whole(batch, trained, crew.loop):
            listen(Said(text=words, important=True))
        return records | trained

    outcome = drive(study, task.data, train_missing, store.standings)
    assert outcome is not None  # every batch has its records, or an error has ended it
    clear_stopped(store, raced)
    tidy(store, ended=True)
    return outcome


def stored_records(study: Study, data: str, store: Store) -> tuple[Record, ...]:
    """The records of a study there are: whole phases, and of the one under way what has ended."""
    stored: Records = {}

    def look_up(batch: Batch) -> Records | None:
        records = stored_of(batch, store)
        stored.update(records)
        return records if batch.rung or len(records) == len(batch.trials) else None

    drive(study, data, look_up, store.standings)
    return tuple(stored.values())


def outcome_of(study: Study, data: str, records: Mapping[str, Record]) -> Outcome | None:
    """The choices and records of a study as far as records, by key, are at hand.

    None where its tuning phase is not whole, so that nothing is chosen yet, or nothing is confirmed.
    """

    def look_up(batch: Batch) -> Records | None:
        there = {trial.key: records[trial.key] for trial in batch.trials if trial.key in records}
        part = (there and batch.phase == "confirm") or batch.phase == RIVALS
        enough = part or batch.rung or len(there) == len(batch.trials)
        return there if enough else None

    return drive(study, data, look_up)


def stored_results(plan: StoredStudy, store: Store) -> StudyResults:
    """The answers of a study that was run before, from its records; a StoreError where trials are missing."""

    def look_up(batch: Batch) -> Records | None:
        records = stored_of(batch, store)
        return records if batch.rung or len(records) == len(batch.trials) else None

    outcome = drive(plan.study, plan.data, look_up, store.standings)
    if outcome is None:
        done = progress(plan.study, plan.data, store)
        failed = failure_words(failed_trials(plan.study, plan.data, store))
        raise StoreError(
            f"study {plan.study.name} is not finished: {done.stored} trials are stored, "
            f"about {done.missing} are missing; run it again to go on{'; ' * bool(failed)}{failed}"
        )
    return _answer_from(plan.study, outcome, store)


def stored_of(batch: Batch, store: Store) -> Records:
    """The records of a batch that are in the store, by key."""
    return store.get(trial.key for trial in batch.trials)


def _answer_from(
    study: Study, outcome: Outcome, store: Store, class_names: tuple[str, ...] | None = None
) -> StudyResults:
    answered = results(study, outcome, lambda key: store.array(key, "rates"), lambda keys: store.arrays(keys, "right"))
    return with_range_tests(with_class_names(answered, class_names, store), store)
