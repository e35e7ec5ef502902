"""What `run` and `report` do with a published study: run what is missing, keep it, show published beside measured."""

import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import get_args

from rich.console import Console

from ..errors import StoreError, StudyError, TimeUp, visible
from ..execution import Executor
from ..lab import (
    Crew,
    Prepared,
    crew_of,
    progress,
    seconds_for,
    setup_of,
)
from ..publications import (
    RECORDS,
    Edition,
    Publication,
    PublicationResults,
    Scale,
    find_publication,
    kept_results,
    mark_of,
    open_publication,
    publication_tables,
    publication_terminal,
    run_publication,
    too_few_for_claims,
    write_publication_figures,
    write_publication_page,
)
from ..report import free_page
from ..spec import Setup
from ..store import Store
from ._options import Means
from ._output import Faults, columns, say
from ._progress import ProgressWatch
from ._stop import since_start
from ._study import measuring, say_until

TABLES = "tables.md"


def run_publication_and_show(
    publication: Publication,
    store: Store,
    executor: Executor,
    how: Means,
    results: Path,
    page: Path | None,
    as_json: bool,
) -> None:
    """Say what will be run, run it, keep its records, print the answers, write tables, figures and the page."""
    console = Console(stderr=True, highlight=False)
    page = _page(page, store.path.parent, publication)
    folder = results / publication.name / publication.scale
    edition, before = open_publication(publication, folder, store), _state(folder)
    done = {part.study.name: progress(part.study, part.task.data, store) for part in edition.parts}
    setups = {
        part.study.name: setup_of(part, store, executor, how.engine, how.device, say=measuring(part.study.task))
        for part in edition.parts
        if done[part.study.name].missing
    }
    console.print(f"{publication.title}, scale {publication.scale}", style="bold", markup=False)
    for part in edition.parts:
        setup, so_far = setups.get(part.study.name), done[part.study.name]
        seconds = None if setup is None else _seconds(part, so_far.missing, setup)
        sentence = plan_sentence(part.study, stored=so_far.stored, missing=so_far.missing, seconds=seconds, setup=setup)
        console.print(sentence, soft_wrap=True, markup=False)
    for why in too_few_for_claims(publication) if setups else ():
        console.print(f"{why}.", style="yellow", soft_wrap=True, markup=False)
    crew = _crew(edition, executor, setups, say_until(how, console) if setups else None)
    total = sum(one.stored + one.missing for one in done.values())
    try:
        with ProgressWatch(total) as watch:
            found = run_publication(edition, store, crew, watch, request="")
    except TimeUp:
        _keep_so_far(publication, folder, page, before)
        raise
    except BaseException:
        _forget_tables(folder, before)
        raise
    took = f"kept in {visible(str(folder))}; took {whole_duration(monotonic() - since_start())}"
    console.print(took, soft_wrap=True, markup=False)
    show_publication(found, folder, page, as_json, lambda: _keep_shown(found, folder, before))


def report_publication(
    name: str, scale: str | None, results: Path, page: Path | None, beside: Path, as_json: bool
) -> None:
    """Write the page of what is kept and print the answers: no data are read, nothing is trained.

    scale: the largest that is kept unless given. beside: where the page goes unless given.
    """
    scales = [scale] if scale is not None else list(reversed(get_args(Scale)))
    for publication in (find_publication(name, each) for each in scales):
        folder = results / publication.name / publication.scale
        found = kept_results(publication, folder)
        if found is not None:
            beside.mkdir(parents=True, exist_ok=True)
            show_publication(found, folder, _page(page, beside, publication), as_json)
            return
    at = "" if scale is None else f" --scale {scale}"
    raise StoreError(
        f"{results} keeps no results of {name}{at and f' at scale {scale}'}; `lrlab run {name}{at}` makes them, or "
        f"--results names the folder"
    )


def show_publication(
    found: PublicationResults, folder: Path, page: Path, as_json: bool, keep: Callable[[], None] = lambda: None
) -> None:
    """Print the tables and the answers, `keep` what belongs beside the records, write the page and say where it lies.

    A part that fails costs no other. Raises RunError, after all that could be shown, with what could not.
    """
    faults = Faults()
    with faults.apart("the answer"):
        if as_json:
            slim = found.to_dict()
            for part in slim["parts"]:
                del part["tuned"], part["confirmed"], part["curves"]
            print(json.dumps(slim | {"page": str(page), "folder": str(folder)}, indent=2))
        else:
            say(publication_terminal(found, columns()))
    with faults.apart(f"the tables and figures in {folder}"):
        keep()
    with faults.apart(f"the page {page}"):
        write_publication_page(found, page)
        if not as_json:
            say(f"\nThe whole report: {page}", whole=True)
    faults.end()


def _keep_so_far(publication: Publication, folder: Path, page: Path, before: str) -> None:
    """Show what a run that was stopped has kept, as far as that goes; a fault is said and stops nothing."""
    faults = Faults()
    with faults.apart(f"the tables, figures and page of what is kept in {folder}"):
        found = kept_results(publication, folder)
        if found is not None:
            _keep_shown(found, folder, before)
            write_publication_page(found, page)
    for fault in faults.said:
        print(f"lrlab: {fault}", file=sys.stderr)


def _keep_shown(found: PublicationResults, folder: Path, before: str) -> None:
    """Write tables and figures beside the kept records, unless they lie there and these are as they were before."""
    _forget_tables(folder, before)
    tables = folder / TABLES
    if not tables.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_publication_figures(found, folder)
        tables.write_text(publication_tables(found), encoding="utf-8")  # last: they say that the figures are done


def _forget_tables(folder: Path, before: str) -> None:
    """Remove the tables of records that are others now."""
    if _state(folder) != before:
        (folder / TABLES).unlink(missing_ok=True)


def _state(folder: Path) -> str:
    """A hash of the kept records; "" where none are."""
    file = folder / RECORDS
    return sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _page(asked: Path | None, beside: Path, publication: Publication) -> Path:
    """Where the page goes. Raises StudyError where there is no such folder."""
    page = asked or free_page(beside, f"{publication.name}-{publication.scale}", mark_of(publication))
    if not page.parent.is_dir():
        raise StudyError(f"there is no folder {page.parent} for the report; make it, or give another --page")
    return page


def _seconds(part: Prepared, missing: int, setup: Setup) -> float:
    splits = part.task.validated + (part.study.watch == "test")
    return seconds_for(setup, missing, part.horizon, part.study.evaluate_every, splits)


def _crew(
    edition: Edition, executor: Executor, setups: dict[str, Setup], until: float | None
) -> Callable[[Prepared], Crew]:
    """Who runs a part; one that has no setup is done already."""
    prepared = {part.study.name: part for part in edition.parts}
    return lambda part: crew_of(prepared[part.study.name], executor, setups.get(part.study.name), until)
