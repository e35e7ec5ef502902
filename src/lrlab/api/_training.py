"""Train what is missing of a prepared study, say on the way what is done, and answer it."""

from collections.abc import Sequence
from time import monotonic

from ..errors import visible
from ..lab import (
    Keeper,
    Prepared,
    Workshop,
    answered_before,
    changed_sentence,
    crew_of,
    older_version,
    progress,
    reach_of_study,
    run_study,
    say_if_late,
    seconds_of,
    seed_words,
    setup_of,
    short_tuning_words,
    unplanned_answer,
)
from ..report import look_sentence, plan_sentence, second_look_sentence
from ..spec import (
    LAYOUT_KINDS,
    Listener,
    Record,
    Said,
    Study,
    StudyBegun,
    StudyResults,
    counted,
    duration,
    suggestion_sentence,
)
from ..store import Store
from ._options import RunOptions
from ._results import Results


def train_and_answer(
    prepared: Prepared, workshop: Workshop, options: RunOptions, request: str = "", keeper: Keeper | None = None
) -> Results:
    """Say what will be run, run it, and say how long it took.

    prepared: the study and its task. workshop: where records go, who trains, who listens. options: how. request: what
    the user asked for, as the store notes it. keeper: of a budget. Raises as `lab.run_study` does.
    """
    (study, task), (store, executor, listen) = prepared[:2], workshop[:3]
    done = progress(study, task.data, store)
    before = answered_before(study, task.data, store)
    setup = setup_of(prepared, workshop) if done.missing else None
    # How long a loop of the user's own takes, nobody knows before it runs.
    known = None if setup is None or setup.update is None else setup
    seconds = None if known is None else seconds_of(prepared, known, done.missing, done.trainings)
    seconds = seconds if keeper is None else keeper.seconds(done.trainings, looked=done.missing) or None
    text = plan_sentence(study, stored=done.stored, missing=done.missing, seconds=seconds, setup=setup)
    listen(Said(text=text))
    _say_remarks(prepared, store, listen, done.missing)
    if done.missing:
        say_if_late(options.until, listen)
    crew = crew_of(prepared, executor, setup, options.until if done.missing else None)
    trainings = done.missing if setup is not None and LAYOUT_KINDS[setup.layout].plain else done.trainings
    listen(StudyBegun(name=study.name, stored=done.stored, missing=done.missing, trainings=trainings))
    crew = crew._replace(timeout=options.trial_timeout)
    findings = run_study(prepared, store, crew, listen, request, keeper, options.retry_failed)
    records = _record_words((*findings.tuned, *findings.confirmed, *findings.rivals))
    took = duration(monotonic() - options.began)
    listen(Said(text=f"{records} in {visible(str(store.path))}; took {took}"))
    _say_looks(findings, before, listen)
    return Results(findings, store.path)


def _record_words(records: Sequence[Record]) -> str:
    """How many records there are, and from how many trainings, where that is fewer."""
    trainings = round(sum(1 / (1 + record.provenance.shared_with) for record in records))
    shared = "" if trainings == len(records) else f" from {counted(trainings, 'training')}"
    return f"{counted(len(records), 'record')}{shared}"


def _say_looks(findings: StudyResults, before: Study | None, listen: Listener) -> None:
    """What planned looks saved, and what a look that nobody planned is worth. before: a study answered before."""
    if words := look_sentence(findings):
        listen(Said(text=f"{words}."))
    if before is not None:
        found = unplanned_answer(findings, before)
        listen(Said(text=f"{second_look_sentence(findings, found.before, found.sure)}.", important=True))


def _say_remarks(prepared: Prepared, store: Store, listen: Listener, missing: int) -> None:
    """What is worth a word before training."""
    study = prepared.study
    if missing and (older := older_version(prepared, store)):
        listen(Said(text=older.sentence(study.task)))
    elif missing and (changed := changed_sentence(prepared, store)):
        listen(Said(text=f"{changed}."))
    if suggestion := suggestion_sentence(study):
        listen(Said(text=f"- {suggestion}; --optimizer names another."))
    for note in prepared.task.notes:
        listen(Said(text=f"- {note}."))
    if missing and (short := short_tuning_words(prepared)):
        listen(Said(text=f"{short}.", important=True))
    if missing and (why := seed_words(study)):
        listen(Said(text=f"{why}.", important=not reach_of_study(study).answers))
