"""`lrlab report [STUDY]`."""

from collections.abc import Mapping
from functools import partial
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
    ShowCodeOption,
    StoreOption,
    file_place,
    load_plugins,
    refuse_options,
)

TABLES = "a published one's page has its own tables and claims"
NOT_PUBLISHED = {  # options that published studies do not have, and what they have instead
    "--png": "the figures of a published one lie with its kept results",
    "--beyond": TABLES,
    "--target": TABLES,
    "--code": "a published one names no schedule to paste",
}


def report(
    study: Annotated[
        str | None,
        typer.Argument(
            help="A run by its study's name (the newest of it) or its key (`lrlab list runs`), or a published study; "
            "default: the last run."
        ),
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
            help="A validation score to reach, such as 0.9 for 90 %; default: the baseline's.",
        ),
    ] = None,
    index: Annotated[
        bool, typer.Option("--index", help="Write the page that links those of all runs of the store, instead.")
    ] = False,
    so_far: Annotated[
        bool,
        typer.Option("--so-far", help="For a run that is going on or was stopped: how far it is, and its page so far."),
    ] = False,
    scale: Annotated[
        str | None,
        typer.Option(
            "--scale",
            help="Of a published study: smoke, reduced, standard (of two) or full; default: the largest that is kept.",
        ),
    ] = None,
    results: ResultsOption = Path("results"),
    plugin: PluginOption = None,
    code: ShowCodeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a study again from its records, and write its page; nothing is trained.

    The page lies beside the store or, where nothing may be written there, in the current folder.
    """
    from .. import api
    from ._figures import figures_after
    from ._show_results import refuse_published, show_results

    load_plugins(plugin)
    told = {"--figures": figures, "--png": png, "--beyond": beyond, "--target": target, "--code": code}
    if index:
        others = {"STUDY": study, "--page": page, "--scale": scale, "--so-far": so_far}
        refuse_options(told | others, "--index writes the page of all runs, and nothing else")
        _write_index(store, as_json)
        return
    if so_far:
        refuse_published(study, "--so-far", "a published one is answered from what is kept, whatever is missing")
        if _show_so_far(study, store, page, as_json, told):
            return
    for option, instead in NOT_PUBLISHED.items():
        if told[option] is not None and told[option] is not False:
            refuse_published(study, option, instead)
    answered = api.load(store, study, scale=scale, results=results)
    draw = partial(answered.figures, target=target) if isinstance(answered, api.Results) else answered.figures
    try:
        with figures_after(draw, figures, as_json):
            show_results(answered, page, as_json, code=code, beyond=beyond, target=target)
    finally:
        if png is not None and isinstance(answered, api.Results):
            answered.picture(png)


def _write_index(store: Path, as_json: bool) -> None:

    from .. import api
    from ._output import print_json, say

    place = api.write_index(store)
    if as_json:
        print_json({"index": str(place)}, indent=None)
    else:
        say(f"All runs of this store: {place}", whole=True)


def _show_so_far(study: str | None, store: Path, page: Path | None, as_json: bool, told: Mapping[str, object]) -> bool:
    """Show a run that is in the middle; False of one that is finished, whose report is to be shown.

    told: options of a finished run. Raises StudyError where one is given for a run in the middle.
    """
    from .. import api
    from ._output import columns, print_json, say

    found = api.so_far(store, study)
    if found.findings.finished:
        return False
    refuse_options(told, "this run is in the middle, and what is shown of it so far has no answer to draw or print")
    place = found.page(page)
    if as_json:
        print_json(found.to_dict() | {"page": str(place)})
        return True
    for sentence in found.sentences():
        say(sentence)
    say(found.table(columns()), whole=True)
    say(f"The page so far: {place}", whole=True)
    return True
