"""`lrlab plan [TASK] [SCHEDULE...]`: how many seeds, and how long."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import (
    DEFAULT_STORE,
    DataOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    OptimizerOption,
    PeaksOption,
    PluginOption,
    StoreOption,
    WorkersOption,
    load_plugins,
    numbers_of,
    refuse_numbers,
)


def plan(
    task: Annotated[str | None, typer.Argument(help="As for `compare`; none: only numbers.")] = None,
    schedules: Annotated[list[str] | None, typer.Argument(help="The schedules to compare.")] = None,
    arms: Annotated[int | None, typer.Option(help="How many schedules to compare, if you do not name them.")] = None,
    questions: Annotated[int | None, typer.Option(help="How many questions to ask; default: 2 arms - 3.")] = None,
    difference: Annotated[
        float | None, typer.Option(help="The smallest difference that matters, in the unit of the tables: points.")
    ] = None,
    sd: Annotated[float | None, typer.Option(help="Standard deviation of paired differences, same unit.")] = None,
    source: Annotated[
        list[str] | None, typer.Option("--from", help="A store, or runs as `judge` reads them, to take --sd from.")
    ] = None,
    pilot: Annotated[bool, typer.Option("--pilot", help="Train 8 seeds of each schedule to measure --sd.")] = False,
    seeds: Annotated[int | None, typer.Option(help="A number of seeds to ask about.")] = None,
    power: Annotated[float, typer.Option(help="The chance to decide a difference of that size.")] = 0.8,
    epochs: Annotated[float | None, typer.Option(help="Epochs of each trial, for the time.")] = None,
    updates: Annotated[int | None, typer.Option(help="Updates of each trial, instead of epochs.")] = None,
    peaks: PeaksOption = None,
    optimizer: OptimizerOption = None,
    batch_size: Annotated[int, typer.Option(help="Examples in a batch.")] = 32,
    tuning_seeds: Annotated[int, typer.Option(help="Seeds each peak is tried on.")] = 2,
    store: StoreOption = DEFAULT_STORE,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    device: DeviceOption = "cpu",
    data_dir: DataOption = None,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many seeds does a difference need, and how long does it take? Trains nothing, except for --pilot."""
    from .. import api
    from ._show_plan import show_plan
    from ._stop import STORED_WORDS, say_when_stopped

    refuse_numbers(schedules or ())
    load_plugins(plugin)
    if pilot:
        say_when_stopped(STORED_WORDS)
    sources = [Path(text) for text in source or ()]
    planned = api.plan(
        task,
        schedules or (),
        arms=arms,
        questions=questions,
        difference=difference,
        sd=sd,
        source=sources[0] if len(sources) == 1 else sources or None,
        pilot=pilot,
        seeds=seeds,
        power=power,
        epochs=epochs,
        updates=updates,
        peaks=numbers_of(peaks, "peaks") if peaks else None,
        optimizer=optimizer,
        batch_size=batch_size,
        tuning_seeds=tuning_seeds,
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        data_dir=data_dir,
    )
    show_plan(planned, as_json)
