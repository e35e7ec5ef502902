"""`load` and `runs`: what a store holds, answered again; nothing is trained."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from ..errors import LabError, StoreError, StudyError, UnknownName
from ..lab import budget_of_request, failed_trials, progress, stored_results, stored_transfer
from ..publications import PUBLICATIONS, PublicationResults, is_published, load_publication, page_of_part
from ..report import answer, headline, request_words, run_page
from ..spec import StudyResults, counted
from ..store import Store, StoredStudy, UnreadStudy
from ._checks import check_kinds, check_required
from ._places import store_place, writable_folder
from ._results import Results

MOST_KEYS = 5  # of runs that are named where the last one cannot be read
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
    check_kinds(store=store, study=study, scale=scale)
    check_required(results=results)
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


def stored_run(store: Store, named: str | None) -> StoredStudy:
    """The run that is meant by a study's name or a key; the last one unless named. Raises StoreError, UnknownName."""
    refuse_unread(store, named)
    stored = store.studies(needed=True)
    if not stored:
        raise StoreError(f"{store.path} holds no study yet; `lrlab run demo` makes one")
    if named is None:
        return stored[-1]
    names = {each.study.name: each for each in stored}
    alike = [each for each in stored if each.key.startswith(named.lower())] if len(named) >= SHORTEST else []
    keyed = list({each.key: each for each in alike}.values())  # of one key the newest
    found = names.get(named) or (keyed[0] if len(keyed) == 1 else None)
    if found is None:
        raise UnknownName("study in this store", named, [*names, *(each.key for each in stored)])
    return found


def refuse_unread(store: Store, name: str | None) -> None:
    """Raise StoreError where the last run of a store cannot be read: an older one is not what was asked for.

    name: of its study; None: of any. Nothing is said here where no study at all can be read.
    """
    noted = store.noted_studies()
    last = next((each for each in reversed(noted) if name in (None, each.name)), None)
    others = [f"{each.key} ({each.name})" for each in reversed(noted) if isinstance(each, StoredStudy)]
    if isinstance(last, UnreadStudy) and others:
        which = (
            f"the last run in {store.path}, {last.name}," if name is None else f"the last run {name} in {store.path}"
        )
        raise StoreError(f"{which} cannot be read: {last.reason}; or name another run: {', '.join(others[:MOST_KEYS])}")


def runs(store: Path | str | None = None) -> tuple[StoredRun, ...]:
    """What a store holds: every study that was run, newest first, how far it is, its answer, and where its page lies.

    store: the file records are kept in; default as in `compare`. Raises StoreError where there is none.
    """
    check_kinds(store=store)
    with Store(store_place(store)) as opened:
        return tuple(describe_run(stored, opened) for stored in reversed(opened.studies()))


class EndedRun(NamedTuple):
    """What is noted of a run that ended: how many trials it has, the first line of its answer, and all of it."""

    stored: int
    headline: str
    answer: str

    @classmethod
    def of(cls, findings: StudyResults) -> "EndedRun":
        """Of a study that was just answered."""
        keys = {record.trial.key for record in (*findings.tuned, *findings.confirmed, *findings.rivals)}
        return cls(len(keys), headline(findings), answer(findings))

    @classmethod
    def read(cls, text: str) -> "EndedRun | None":
        """What `text` wrote; None of anything else."""
        stored, _, words = text.partition("\n")
        first_line, apart, whole = words.partition("\n")
        return cls(int(stored), first_line, whole) if stored.isdecimal() and apart else None

    @property
    def text(self) -> str:
        """All of it, as an index keeps it."""
        return f"{self.stored}\n{self.headline}\n{self.answer}"


class KnownRuns:
    """What was noted of runs that ended, so that their records are not read again while the store holds the same.

    noted: as `noted_words` gives it. results: of a run that has just been answered.
    """

    def __init__(self, noted: Mapping[str, str], store: Store, results: Results | None = None) -> None:
        self._noted, self._mark = dict(noted), _mark_of(store)
        if results is not None:
            self._noted[self._place(results.key)] = EndedRun.of(results.findings).text

    def find(self, key: str) -> EndedRun | None:
        """What was noted of a run that ended; None where nothing was, or the store holds other trials since."""
        return EndedRun.read(self._noted.get(self._place(key), ""))

    def note(self, run: StoredRun) -> tuple[str, str] | None:
        """What is noted of a run, after what it depends on; None where trials are missing."""
        return None if run.missing else (self._place(run.key), EndedRun(run.stored, run.headline, run.answer).text)

    def _place(self, key: str) -> str:
        from .. import __version__

        return f"{key} {self._mark} {__version__}"


def _mark_of(store: Store) -> str:
    """Changes with the trials that a store holds; one that was forgotten and trained again lies at another place."""
    return hashlib.sha256("\n".join(store.record_keys()).encode()).hexdigest()[:16]


def describe_run(stored: StoredStudy, store: Store, known: KnownRuns | None = None) -> StoredRun:
    """A run in words."""
    study, failures = stored.study, list[str]()
    found, missing = known.find(stored.key) if known else None, 0
    if found is None:
        done = progress(study, stored.data, store)
        missing = done.missing
        found = EndedRun(done.stored, *(("", "") if missing else _answer_words(stored, store)))
    if missing:
        failures = [each.words for each in failed_trials(study, stored.data, store)]
    folder = writable_folder(store.path.parent)
    page = run_page(folder, study, stored.data)
    return StoredRun(
        study=study.name,
        task=study.task,
        date=stored.date,
        stored=found.stored,
        missing=missing,
        answer=found.answer,
        headline=found.headline,
        failures=tuple(failures),
        key=stored.key,
        request=request_words(study, budget_of_request(stored.request)),
        page=page if page.exists() else page_of_part(study, folder),
    )


def _answer_words(stored: StoredStudy, store: Store) -> tuple[str, str]:
    """The first line of an answer, and all of it."""
    try:
        results = stored_results(stored, store)
        return headline(results), answer(results)
    except LabError as error:  # of an array that is damaged: the others are shown all the same
        return str(error), str(error)
