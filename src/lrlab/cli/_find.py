"""`lrlab find TASK`: the range test."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ._options import (
    DEFAULT_STORE,
    DataOption,
    DeviceOption,
    EngineOption,
    FiguresOption,
    JsonOption,
    KeepOption,
    MomentumOption,
    OptimizerOption,
    PluginOption,
    SecondsOption,
    StoreOption,
    TaskArgument,
    TrackOption,
    WeightDecayOption,
    WorkersOption,
    file_place,
    load_plugins,
    numbers_of,
    optimizer_of_words,
)

if TYPE_CHECKING:
    from ..api import FindResults

NO_SUGGESTION = 4  # exit code


LengthOption = Annotated[
    str | None, typer.Option(help='Length of the training you plan: "30 epochs" or "2000 updates".')
]
UpdatesOption = Annotated[
    int | None,
    typer.Option(
        help="Updates of each short training; default: an eighth of the length (100 at least, or half of it), else 200."
    ),
]
RatesOption = Annotated[
    list[str] | None, typer.Option(help="Rates to begin with, such as 0.001,0.01,0.1; may be given several times.")
]
SecondsForFirst = Annotated[
    str | None, typer.Option("--budget", help='How long the first rates may take, as "60s"; updates are what fits.')
]
PictureOption = Annotated[
    Path | None, typer.Option("--png", callback=file_place, help="A file for the picture: .png, .svg or .pdf.")
]


def find(
    task: TaskArgument,
    optimizer: OptimizerOption = None,
    momentum: MomentumOption = None,
    weight_decay: WeightDecayOption = None,
    batch_size: Annotated[int, typer.Option(help="Examples in a batch.")] = 32,
    length: LengthOption = None,
    updates: UpdatesOption = None,
    seeds: Annotated[int, typer.Option(help="Seeds each rate is tried on, 2 or more.")] = 3,
    rates: RatesOption = None,
    budget: SecondsForFirst = None,
    png: PictureOption = None,
    figures: FiguresOption = None,
    store: StoreOption = DEFAULT_STORE,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    device: DeviceOption = "cpu",
    max_seconds: SecondsOption = None,
    keep: KeepOption = False,
    data_dir: DataOption = None,
    track: TrackOption = None,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which rate to train with? Trains briefly at many rates; suggests one with an interval, or says why not.

    Exit code 4 where there is no suggestion.
    """
    from .. import api
    from ._figures import figures_after
    from ._stop import shown, since_start

    load_plugins(plugin)
    results = api.find(
        task,
        optimizer=optimizer_of_words(optimizer, momentum, weight_decay),
        rates=numbers_of(rates, "rates") if rates else None,
        updates=updates,
        length=length,
        seeds=seeds,
        budget=budget,
        batch_size=batch_size,
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        max_seconds=max_seconds,
        keep=keep,
        data_dir=data_dir,
        track=track,
        progress=shown(),
        began=since_start(),
    )
    with figures_after(results.figures, figures, as_json):
        _print_results(results, as_json)
    if png is not None:
        results.picture(png)
    if results.suggestion is None:
        raise typer.Exit(NO_SUGGESTION)


def _print_results(results: "FindResults", as_json: bool) -> None:
    """Curve and answer, or the data."""
    from ._output import columns, print_json, say

    if as_json:
        print_json(results.to_dict())
        return
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    say(results.curve(min(columns() or 72, 100), unicode=unicode), whole=True)
    say(f"\n{results.answer}")
