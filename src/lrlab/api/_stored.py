"""`load` and `runs`: what a store holds, answered again; nothing is trained."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from ..errors import LabError, StoreError, StudyError, UnknownName
from ..lab import failed_trials, progress, stored_results, stored_transfer
from ..publications import PUBLICATIONS, PublicationResults, is_published, load_publication, page_of_part
from ..report import answer, headline, request_words, run_page
from ..spec import counted
from ..store import Store, StoredStudy
from ._checks import check_kinds, required
from ._places import store_place, writable_folder
from ._results import Results

SHORTEST = 4  # digits of a key that are enough where one run alone begins so


class StoredRun(NamedTuple):
    """A study that was run, as a store notes it.

    study, task: their names. date: when it was last run, as ISO 8601 has it; "" where an old store does not know.
    stored, missing: its trials in the store, and about how many are still to run. answer: in words; "" where it is not
    finished. failures: the trials that failed the last time and are missing since, and why, a line each. key: the run's
    short name, which `load` takes. request: what was asked, in words. page: its report, where there is one; a part of a
    published study has that of the whole. headline: the first line of the answer.
    """

    study: str
    task: str
    date: str
    stored: int
    missing: int
    answer: str
    failures: tuple[str, ...] = ()
    key: str = ""
    request: str = ""
    page: Path | None = None
    headline: str = ""

    @property
    def failed(self) -> int:
        """How many trials failed the last time and were not run since."""
        return len(self.failures)

    @property
    def state(self) -> str:
        """How far it is, in words."""
        if not self.missing:
            return counted(self.stored, "trial")
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.stored:,} of about {counted(self.stored + self.missing, 'trial')}{failed}"


def load(
    store: Path | str | None = None,
    study: str | None = None,
    *,
    scale: str | None = None,
    results: Path | str = "results",
) -> Results | PublicationResults:
    """Answer a study again from its records; nothing is trained.

    store: the file records are kept in; default as in `compare`.
    study: a study's name, which means its newest run, or a run's key, as `runs` gives it. Default: the last run. A
    published study is answered from what is kept in the folder `results`.
    scale: of a published study. Default: the largest one that is kept.

    Raises StoreError where trials are missing, UnknownName for a study that the store does not hold.
    """
    check_kinds(store=store, study=study, scale=scale, results=required("results", results))
    if study is not None and is_published(study):
        return load_publication(study, scale, Path(results), writable_folder(store_place(store).parent))[0]
    if scale is not None:
        known = ", ".join(PUBLICATIONS)
        named = study or "the last study"
        raise StudyError(f"--scale is for published studies ({known}), but {named} is not one; leave it out")
    with Store(store_place(store)) as opened:
        return results_of(stored_run(opened, study), opened)


def results_of(stored: StoredStudy, store: Store) -> Results:
    """A run's answer, with how far it carries. Raises StoreError where trials are missing."""
    findings = stored_results(stored, store)
    transfer = stored_transfer(findings, stored.data, store)
    return Results(findings.model_copy(update={"transfer": transfer}), store.path, _day_of(stored))


def _day_of(stored: StoredStudy) -> date | None:
    """The day of a run, here; None where an old store does not know."""
    try:
        return datetime.fromisoformat(stored.date).astimezone().date()
    except (ValueError, OverflowError, OSError):
        return None


def stored_run(store: Store, asked: str | None) -> StoredStudy:
    """The run that is meant by a study's name or a key; the last one unless asked. Raises StoreError, UnknownName."""
    stored = store.studies(needed=True)
    if not stored:
        raise StoreError(f"{store.path} holds no study yet; `lrlab run demo` makes one")
    if asked is None:
        return stored[-1]
    names = {each.study.name: each for each in stored}
    keyed = [each for each in stored if each.key.startswith(asked.lower())] if len(asked) >= SHORTEST else []
    found = names.get(asked) or (keyed[0] if len(keyed) == 1 else None)
    if found is None:
        raise UnknownName("study in this store", asked, [*names, *(each.key for each in stored)])
    return found


def runs(store: Path | str | None = None) -> tuple[StoredRun, ...]:
    """What a store holds: every study that was run, newest first, how far it is, its answer, and where its page lies.

    store: the file records are kept in; default as in `compare`. Raises StoreError where there is none.
    """
    check_kinds(store=store)
    with Store(store_place(store)) as opened:
        return tuple(describe_run(stored, opened) for stored in reversed(opened.studies()))


def describe_run(stored: StoredStudy, store: Store, noted: Mapping[str, str] = {}) -> StoredRun:
    """A run in words. noted: answers made before, headline and all, by `answer_note`."""
    study, words = stored.study, ("", "")
    done = progress(study, stored.data, store)
    failures: Sequence[str] = ()
    if done.missing:
        failures = [each.words for each in failed_trials(study, stored.data, store)]
    else:
        known, apart, all_of_it = noted.get(answer_note(stored.key, done.stored), "").partition("\n")
        words = (known, all_of_it) if apart else _answer_words(stored, store)
    folder = writable_folder(store.path.parent)
    page = run_page(folder, study, stored.data)
    return StoredRun(
        study=study.name,
        task=study.task,
        date=stored.date,
        stored=done.stored,
        missing=done.missing,
        answer=words[1],
        headline=words[0],
        failures=tuple(failures),
        key=stored.key,
        request=request_words(study, stored.request),
        page=page if page.exists() else page_of_part(study, folder),
    )


def answer_note(key: str, stored: int) -> str:
    """What the words of an answer depend on: the run, its trials, and who says them."""
    from .. import __version__

    return f"{key} {stored} {__version__}"


def _answer_words(stored: StoredStudy, store: Store) -> tuple[str, str]:
    """The first line of an answer, and all of it."""
    try:
        results = stored_results(stored, store)
        return headline(results), answer(results)
    except LabError as error:  # of an array that is damaged: the others are shown all the same
        return str(error), str(error)
