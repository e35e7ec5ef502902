"""`lrlab report [STUDY]`."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import (
    DEFAULT_STORE,
    FiguresOption,
    JsonOption,
    PageOption,
    PluginOption,
    ResultsOption,
    ScaleOption,
    StoreOption,
    file_place,
    load_plugins,
)


def report(
    study: Annotated[
        str | None, typer.Argument(help="A study that was run, or a published one, by name; the last one unless given.")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    page: PageOption = None,
    figures: FiguresOption = None,
    png: Annotated[
        Path | None,
        typer.Option("--png", callback=file_place, help="Save a still picture as well: .png, .svg or .pdf."),
    ] = None,
    beyond: Annotated[
        bool,
        typer.Option(
            "--beyond",
            help="Say more: how much the peak matters, time to a target, ranks on the way, what tuning brings, cost.",
        ),
    ] = False,
    target: Annotated[
        float | None,
        typer.Option(
            "--target",
            help="A validation score to reach, such as 0.9 for 90 %; unless given, the baseline's.",
        ),
    ] = None,
    scale: ScaleOption = None,
    results: ResultsOption = Path("results"),
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a study again from its records, and write its page; nothing is trained.

    The page lies beside the store or, where nothing may be written there, in the current folder.
    """
    from .. import api
    from ._figures import figures_after
    from ._show_results import refuse_published, show_results

    load_plugins(plugin)
    if png is not None:
        refuse_published(study, "--png", "the figures of a published one lie with its kept results")
    if beyond or target is not None:
        refuse_published(study, "--beyond", "a published one's page has its own tables and claims")
    answered = api.load(store, study, scale=scale, results=results)
    try:
        with figures_after(answered, figures, as_json):
            show_results(answered, page, as_json, beyond=beyond, target=target)
    finally:
        if png is not None and isinstance(answered, api.Results):
            answered.picture(png)
