"""What `run` and `report` do with a published study: run what is missing, keep it, show published beside measured."""

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic, time
from typing import get_args

from rich.console import Console

from ..errors import Paused, StoreError, StudyError, visible
from ..execution import Executor
from ..lab import (
    Crew,
    Edition,
    Prepared,
    kept_results,
    open_publication,
    progress,
    run_publication,
    seconds_for,
    setup_of,
)
from ..report import (
    publication_tables,
    publication_terminal,
    write_publication_figures,
    write_publication_page,
)
from ..spec import Publication, PublicationResults, Scale, Setup
from ..store import Store
from ..studies import find_publication
from ._options import Means, duration
from ._progress import ProgressWatch
from ._study import say_plan

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
    """Say what will be run, run it, keep records, tables and figures, write the page, print the answers."""
    console, start = Console(stderr=True, highlight=False), monotonic()
    page = _page(page, store.path.parent, publication)
    folder = results / publication.name / publication.scale
    edition = open_publication(publication, folder, store)
    done = {part.study.name: progress(part.study, part.task.data, store) for part in edition.parts}
    setups = {
        part.study.name: setup_of(part, store, executor, how.engine, how.device)
        for part in edition.parts
        if done[part.study.name].missing
    }
    console.print(f"{publication.title}, scale {publication.scale}", style="bold", markup=False)
    for part in edition.parts:
        setup, so_far = setups.get(part.study.name), done[part.study.name]
        seconds = None if setup is None else _seconds(part, so_far.missing, setup)
        console.print(say_plan(part.study, so_far, seconds, setup), soft_wrap=True, markup=False)
    crew = _crew(edition, executor, setups, None if how.max_seconds is None else time() + how.max_seconds)
    total = sum(one.stored + one.missing for one in done.values())
    try:
        with ProgressWatch(total) as watch:
            found = run_publication(edition, store, crew, watch, request="")
    except Paused:
        so_far = kept_results(publication, folder)
        if so_far is not None:
            write_publication(so_far, folder, page)
        raise
    write_publication(found, folder, page)
    show_publication(found, folder, page, as_json)
    console.print(f"kept in {visible(str(folder))}; took {duration(monotonic() - start)}", soft_wrap=True, markup=False)


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
            page = _page(page, beside, publication)
            write_publication_page(found, page)
            show_publication(found, folder, page, as_json)
            return
    at = "" if scale is None else f" --scale {scale}"
    raise StoreError(
        f"{results} keeps no results of {name}{at and f' at scale {scale}'}; `lrlab run {name}{at}` makes them, or "
        f"--results names the folder"
    )


def show_publication(found: PublicationResults, folder: Path, page: Path, as_json: bool) -> None:
    """Print the tables and the answers, and where the page lies."""
    if as_json:
        slim = found.to_dict()
        for part in slim["parts"]:
            del part["tuned"], part["confirmed"], part["curves"]
        print(json.dumps(slim | {"page": str(page), "folder": str(folder)}, indent=2))
        return
    print(publication_terminal(found))
    print(f"\nThe whole report: {visible(str(page))}")


def write_publication(found: PublicationResults, folder: Path, page: Path) -> None:
    """Write tables and figures beside the kept records, and the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TABLES).write_text(publication_tables(found), encoding="utf-8")
    write_publication_figures(found, folder)
    write_publication_page(found, page)


def _page(asked: Path | None, beside: Path, publication: Publication) -> Path:
    """Where the page goes. Raises StudyError where there is no such folder."""
    page = asked or beside / f"{publication.name}-{publication.scale}.html"
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
    places = {part.study.name: part.task.where for part in edition.parts}
    idle = Setup(layout="reference")
    return lambda part: Crew(executor, setups.get(part.study.name, idle), places[part.study.name], until)
