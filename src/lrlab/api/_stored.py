"""`load` and `runs`: what a store holds, answered again; nothing is trained."""

from pathlib import Path
from typing import NamedTuple

from ..errors import LabError, StoreError, StudyError, UnknownName
from ..lab import failed_trials, progress, stored_results, stored_transfer
from ..publications import PUBLICATIONS, PublicationResults, is_published, load_publication
from ..report import answer
from ..store import Store, StoredStudy
from ._checks import check_kinds, required
from ._places import store_place, writable_folder
from ._results import Results


class StoredRun(NamedTuple):
    """A study that was run, as a store notes it.

    study, task: their names. date: when it was last run, as ISO 8601 has it; "" where an old store does not know.
    stored, missing: its trials in the store, and about how many are still to run. answer: in words; "" where it is not
    finished. failures: the trials that failed the last time and
    are missing since, and why, a line each.
    """

    study: str
    task: str
    date: str
    stored: int
    missing: int
    answer: str
    failures: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many trials failed the last time and were not run since."""
        return len(self.failures)


def load(
    store: Path | str | None = None,
    study: str | None = None,
    *,
    scale: str | None = None,
    results: Path | str = "results",
) -> Results | PublicationResults:
    """Answer a study again from its records; nothing is trained.

    store: the file records are kept in; default as in `compare`. study: its name, the last one unless given; a
    published study's is answered from what is kept in the folder `results`, at the largest scale there unless `scale`
    says. Raises StoreError where trials are missing, UnknownName for a study that the store does not hold.
    """
    check_kinds(store=store, study=study, scale=scale, results=required("results", results))
    if study is not None and is_published(study):
        return load_publication(study, scale, Path(results), writable_folder(store_place(store).parent))[0]
    if scale is not None:
        known = ", ".join(PUBLICATIONS)
        named = study or "the last study"
        raise StudyError(f"--scale is for published studies ({known}), but {named} is not one; leave it out")
    with Store(store_place(store)) as opened:
        stored = opened.studies(needed=True)
        studies = {last.study.name: last for last in stored}
        if not studies:
            raise StoreError(f"{opened.path} holds no study yet; `lrlab run demo` makes one")
        name = study or stored[-1].study.name
        if name not in studies:
            raise UnknownName("study in this store", name, studies)
        findings = stored_results(studies[name], opened)
        transfer = stored_transfer(findings, studies[name].data, opened)
        return Results(findings.model_copy(update={"transfer": transfer}), opened.path)


def runs(store: Path | str | None = None) -> tuple[StoredRun, ...]:
    """What a store holds: every study that was run, oldest first, how far it is, and its answer.

    store: the file records are kept in; default as in `compare`. Raises StoreError where there is none.
    """
    check_kinds(store=store)
    with Store(store_place(store)) as opened:
        return tuple(_describe_run(stored, opened) for stored in opened.studies())


def _describe_run(stored: StoredStudy, store: Store) -> StoredRun:
    study, words = stored.study, ""
    done = progress(study, stored.data, store)
    if not done.missing:
        try:
            words = answer(stored_results(stored, store))
        except LabError as error:  # of an array that is damaged: the others are shown all the same
            words = str(error)
    failures = tuple(each.words for each in failed_trials(study, stored.data, store)) if done.missing else ()
    return StoredRun(study.name, study.task, stored.date, done.stored, done.missing, words, failures)
