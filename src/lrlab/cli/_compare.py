"""`lrlab compare TASK A B C`: the shortest way to an answer."""

from typing import Annotated

import typer

from ._options import (
    DEFAULT_STORE,
    DataOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    KeepOption,
    PageOption,
    PluginOption,
    SecondsOption,
    StoreOption,
    WorkersOption,
    load_plugins,
    numbers_of,
    refuse_numbers,
)


def compare(
    task: Annotated[
        str, typer.Argument(help="A task by name (see `lrlab list tasks`), or your own: FILE.py[:OBJECT].")
    ],
    schedules: Annotated[list[str], typer.Argument(help='Such as constant cosine "warmup(span=5%)+one_cycle".')],
    budget: Annotated[str, typer.Option(help='How long all of it may take: "90s", "5m", "1h30m".')] = "5m",
    epochs: Annotated[
        float | None, typer.Option(help="Epochs of each trial, instead of what the budget allows.")
    ] = None,
    peaks: Annotated[
        list[str] | None, typer.Option(help="Peak rates to try, such as 0.01,0.03,1e-1; may be given several times.")
    ] = None,
    optimizer: Annotated[str, typer.Option(help="sgd, adam, adamw or rmsprop.")] = "sgd",
    momentum: Annotated[float, typer.Option(help="SGD's or RMSprop's momentum, or Adam's beta1.")] = 0.9,
    weight_decay: Annotated[float, typer.Option(help="Weight decay.")] = 0.0,
    batch_size: Annotated[int, typer.Option(help="Examples in a batch.")] = 32,
    tuning_seeds: Annotated[int, typer.Option(help="Seeds each peak is tried on.")] = 2,
    seeds: Annotated[
        int | None,
        typer.Option(
            help="Fresh seeds the chosen peaks are confirmed on; unless given 10, or what the questions of many "
            "schedules need."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The study's name, for `lrlab report`.")] = None,
    store: StoreOption = DEFAULT_STORE,
    page: PageOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    device: DeviceOption = "cpu",
    max_seconds: SecondsOption = None,
    keep: KeepOption = False,
    data_dir: DataOption = None,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which of these schedules is better on this task, each at its best peak? Says first how long it will take."""
    from .. import api
    from ._show_results import show_results
    from ._stop import shown, since_start

    refuse_numbers(schedules)
    load_plugins(plugin)
    results = api.compare(
        task,
        schedules,
        budget=budget,
        epochs=epochs,
        peaks=numbers_of(peaks, "peaks") if peaks else None,
        optimizer={"name": optimizer, "momentum": momentum, "weight_decay": weight_decay},
        batch_size=batch_size,
        tuning_seeds=tuning_seeds,
        seeds=seeds,
        name=name,
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        max_seconds=max_seconds,
        keep=keep,
        data_dir=data_dir,
        progress=shown(),
        began=since_start(),
    )
    show_results(results, page, as_json)
