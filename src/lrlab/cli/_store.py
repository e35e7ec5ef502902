"""`lrlab store check|export|merge|forget|gc`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ._options import DEFAULT_STORE, JsonOption, PluginOption, StoreOption, load_plugins

store_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Check, export, merge and tidy the file with your records."
)
DryOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
StudyOption = Annotated[
    str | None, typer.Option("--study", help="Only the trials of this study: its name or a run's key.")
]


def check(
    store: StoreOption = DEFAULT_STORE,
    repair: Annotated[
        bool, typer.Option("--repair", help="Replace it by a file of all that is undamaged, and keep the damaged one.")
    ] = False,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every page, record and array; name the trials that damage costs."""
    from .. import api

    load_plugins(plugin)
    found = api.check_store(store, repair=repair)
    _show(found, found._asdict() | {"lost": found.lost}, as_json)
    if found.faults and found.kept_as is None:
        raise typer.Exit(1)


def export(
    folder: Annotated[Path, typer.Argument(help="Where the two tables go: trials and epochs.")],
    store: StoreOption = DEFAULT_STORE,
    study: StudyOption = None,
    table: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what was measured as tables, a row for each trial and for each epoch."""
    from .. import api

    load_plugins(plugin)
    places = api.export_store(folder, store, study=study, table=table)
    _show("\n".join(map(str, places)), {"files": places}, as_json)


def merge(
    others: Annotated[list[Path], typer.Argument(help="Stores to read; they stay as they are.")],
    store: StoreOption = DEFAULT_STORE,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add the records of other stores to this one; trials whose numbers differ are named, and stay as they are here."""
    from .. import api

    load_plugins(plugin)
    found = api.merge_stores(store, *others)
    _show(found, found._asdict(), as_json)
    if found.different:
        raise typer.Exit(1)


def forget(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys of trials, of 16 hexadecimal digits.")] = None,
    store: StoreOption = DEFAULT_STORE,
    study: StudyOption = None,
    schedule: Annotated[str | None, typer.Option("--schedule", help="Trials with this schedule.")] = None,
    peak: Annotated[float | None, typer.Option("--peak", help="Trials at this peak.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Trials on this seed.")] = None,
    dry_run: DryOption = False,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove single trials; running their study again trains them again."""
    from .. import api
    from ..spec import counted

    load_plugins(plugin)
    gone = api.forget_trials(
        *(keys or ()), store=store, study=study, schedule=schedule, peak=peak, seed=seed, dry_run=dry_run
    )
    head = f"{counted(len(gone), 'trial')} {'would be' if dry_run else 'is' if len(gone) == 1 else 'are'} forgotten"
    _show("\n".join([head, *gone]), {"trials": gone}, as_json)


def gc(
    store: StoreOption = DEFAULT_STORE,
    abandoned: Annotated[
        bool, typer.Option("--abandoned", help="Also what was begun and no run asks for any more.")
    ] = False,
    dry_run: DryOption = False,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove what no study refers to, and checkpoints that nothing goes on from; make the file small."""
    import sys

    from .. import api

    load_plugins(plugin)
    found = api.tidy_store(
        store,
        abandoned=abandoned,
        dry_run=dry_run,
        progress=lambda event: print(getattr(event, "text", ""), file=sys.stderr),
    )
    _show(found, found._asdict(), as_json)


def _show(found: object, fields: dict[str, Any], as_json: bool) -> None:
    from ..errors import visible
    from ._output import print_json

    if as_json:
        print_json(fields)
    else:
        print("\n".join(visible(line) for line in str(found).split("\n")))


VERBS = {"check": check, "export": export, "merge": merge, "forget": forget, "gc": gc}
