"""`lrlab report [STUDY]`."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import StoreError, UnknownName
from ._options import DEFAULT_STORE, JsonOption, PageOption, StoreOption


def report(
    study: Annotated[
        str | None, typer.Argument(help="A study that was run, by name; the last one unless given.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    page: PageOption = None,
    png: Annotated[Path | None, typer.Option("--png", help="Save a still picture as well: .png, .svg or .pdf.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a study again from its records, and write its page; nothing is trained."""
    from ..lab import stored_results
    from ..report import save_summary_png
    from ..store import Store
    from ._study import default_page, show

    with Store(store) as opened:
        plans = {plan.study.name: plan for plan in opened.plans()}
        if not plans:
            raise StoreError(f"{store} holds no study yet; `lrlab run demo` makes one")
        name = study or list(plans)[-1]
        if name not in plans:
            raise UnknownName("study in this store", name, plans)
        results = stored_results(plans[name], opened)
        if png is not None:
            save_summary_png(results, png)
        show(results, page or default_page(store, name), as_json)
