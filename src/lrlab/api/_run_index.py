"""The index of a store: one page that links those of all its runs."""

from pathlib import Path

from ..errors import LabError
from ..report import RunLine, index_place, noted_words, write_run_index
from ..store import Store
from ._checks import check_kind, check_kinds, check_required
from ._places import store_place, writable_folder
from ._results import Results
from ._stored import KnownRuns, describe_run, results_of


def write_index(store: Path | str | None = None, *, pages: bool = True, results: Results | None = None) -> Path:
    """Write `index.html` beside a store: all its runs, newest first, with date, answer and a link; where it lies.

    store: the file records are kept in; as `compare` has it unless given. pages: write those of finished runs that have
    none, too. results: of a run of the store, whose answer is not made a second time. Raises StoreError where there is
    no store, a LabError where nothing can be written.
    """
    check_kinds(store=store)
    check_required(pages=pages)
    check_kind("results", results, (Results,), "what `compare` or `run` gave")
    with Store(store_place(store)) as opened:
        place = index_place(writable_folder(opened.path.parent), opened.path)
        known, lines = KnownRuns(noted_words(place), opened, results), list[RunLine]()
        for stored in reversed(opened.studies()):
            run = describe_run(stored, opened, known)
            page = run.page
            if pages and page is None and not run.missing:
                try:
                    page = results_of(stored, opened).page()
                except LabError:  # of an array that is damaged: the others have their page
                    page = None
            words = run.key, run.study, run.task, run.date, run.request, run.state, run.headline, run.answer
            lines.append(RunLine(*words, page, known.note(run)))
        write_run_index(lines, place, opened.path)
        return place
