"""What `run` and `report` print of a published study."""

import json
from pathlib import Path

from rich.console import Console

from ..errors import StudyError
from ..execution import Executor
from ..publications import Publication, PublicationResults, load_publication, page_place, run_publication
from ..spec import Event, PhaseBegun, Said, SetApart, StudyBegun, TrialsStored
from ..store import Store
from ._options import Means
from ._output import Faults, columns, say
from ._progress import ProgressWatch
from ._stop import since_start


def run_publication_and_show(
    publication: Publication,
    store: Store,
    executor: Executor,
    how: Means,
    results: Path,
    page: Path | None,
    as_json: bool,
) -> None:
    """Run a published study, or what is missing of it, and show it."""
    _refuse_page(page)
    page = page or page_place(publication, store.path.parent)
    with ProgressWatch(0) as watch:
        answered = run_publication(
            publication,
            store=store,
            executor=executor,
            results=results,
            engine=how.engine,
            device=how.device,
            until=None if how.max_seconds is None else since_start() + how.max_seconds,
            listen=lambda event: _show_event(event, watch),
            page=page,
            began=since_start(),
        )
    show_publication(answered, page, as_json)


def report_publication(
    name: str, scale: str | None, results: Path, page: Path | None, beside: Path, as_json: bool
) -> None:
    """Write the page of what is kept and print the answers: no data are read, nothing is trained.

    scale: the largest that is kept unless given. beside: where the page goes unless given.
    """
    answered, _ = load_publication(name, scale, results, beside)
    _refuse_page(page)
    show_publication(answered, page or answered.free_page(), as_json)


def show_publication(answered: PublicationResults, page: Path, as_json: bool) -> None:
    """Print the tables and the answers, then write the page and say where it lies.

    A part that fails costs no other. Raises RunError, after all that could be shown, with what could not.
    """
    faults = Faults()
    with faults.apart("the answer"):
        if as_json:
            print(json.dumps(answered.summary() | {"page": str(page), "folder": str(answered.folder)}, indent=2))
        else:
            say(answered.text(columns()))
    with faults.apart(f"the page {page}"):
        answered.page(page)
        if not as_json:
            say(f"\nThe whole report: {page}", whole=True)
    faults.end()


def _refuse_page(page: Path | None) -> None:
    """Raise StudyError where there is no folder for the page that is asked for."""
    if page is not None and not page.parent.is_dir():
        raise StudyError(f"there is no folder {page.parent} for the report; make it, or give another --page")


def _show_event(event: Event, watch: ProgressWatch) -> None:
    """Show what a run says of itself."""
    if isinstance(event, Said):
        style = "yellow" if event.important else None
        Console(stderr=True, highlight=False).print(event.text, style=style, soft_wrap=True, markup=False)
    elif isinstance(event, StudyBegun):
        watch.expect(event.stored + event.missing)
    elif isinstance(event, PhaseBegun):
        watch.begin(event.phase, event.trials, event.missing)
    elif isinstance(event, TrialsStored):
        watch.ended(event.records)
    elif isinstance(event, SetApart):
        watch.set_apart(event.trials, event.reason)
