"""`lrlab report [STUDY]`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ..errors import StoreError, StudyError, UnknownName
from ._options import (
    DEFAULT_STORE,
    JsonOption,
    PageOption,
    ResultsOption,
    ScaleOption,
    StoreOption,
    file_place,
    refuse_scale,
)


def report(
    study: Annotated[
        str | None, typer.Argument(help="A study that was run, or a published one, by name; the last one unless given.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    page: PageOption = None,
    png: Annotated[
        Path | None,
        typer.Option("--png", callback=file_place, help="Save a still picture as well: .png, .svg or .pdf."),
    ] = None,
    scale: ScaleOption = None,
    results: ResultsOption = Path("results"),
    as_json: JsonOption = False,
) -> None:
    """Answer a study again from its records, and write its page; nothing is trained.

    The page lies beside the store or, where nothing may be written there, in the current folder.
    """
    from ..lab import stored_results
    from ..report import save_summary_png
    from ..store import Store
    from ..studies import is_published
    from ._publication import report_publication
    from ._study import page_for, show

    if study is not None and is_published(study):
        if png is not None:
            raise StudyError("--png is for plain studies; the figures of a published one lie with its kept results")
        report_publication(study, scale, results, page, store.parent, as_json)
        return
    refuse_scale(study or "the last study", scale)
    with Store(store) as opened:
        plans = {plan.study.name: plan for plan in opened.studies()}
        if not plans:
            raise StoreError(f"{store} holds no study yet; `lrlab run demo` makes one")
        name = study or list(plans)[-1]
        if name not in plans:
            raise UnknownName("study in this store", name, plans)
        plan = plans[name]
        found = stored_results(plan, opened)
        place = page_for(page, _beside(store), plan.study, plan.data)
        try:
            show(found, place, as_json)
        finally:
            if png is not None:
                save_summary_png(found, png)


def _beside(store: Path) -> Path:
    """What the page goes beside unless the user says: the store, or here where nothing may be written there."""
    as_who = os.access in os.supports_effective_ids
    return store if os.access(store.parent, os.W_OK, effective_ids=as_who) else Path(store.name)
