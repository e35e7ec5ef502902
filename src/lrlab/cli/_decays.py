"""`lrlab decays TASK`: one run, all decays."""

from typing import Annotated

import typer

from ._options import (
    DEFAULT_STORE,
    DataOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    OptimizerOption,
    PluginOption,
    SecondsOption,
    StoreOption,
    WeightDecayOption,
    WorkersOption,
    load_plugins,
    optimizer_of_words,
)

CurvesOption = Annotated[str, typer.Option(help="Shapes of the decays; see `lrlab show wsd`.")]
CooldownsOption = Annotated[str, typer.Option(help="How long the decays are, as shares of their horizon.")]
HorizonsOption = Annotated[str, typer.Option(help="Where the decays end, as shares of the run.")]


def decays(
    task: Annotated[
        str, typer.Argument(help="A task by name (see `lrlab list tasks`), or your own: FILE.py[:OBJECT].")
    ],
    peak: Annotated[float | None, typer.Option(help="The constant rate; default: a usual one.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Epochs of the constant run; default: 20.")] = None,
    updates: Annotated[int | None, typer.Option(help="Updates of the constant run, instead of epochs.")] = None,
    curves: CurvesOption = "linear,1-sqrt",
    cooldowns: CooldownsOption = "10%,20%,40%",
    horizons: HorizonsOption = "50%,100%",
    warmup: Annotated[str | None, typer.Option(help='Before it: "1 epochs" or "50 updates".')] = None,
    seeds: Annotated[int, typer.Option(help="Paired seeds, 2 or more.")] = 10,
    margin: Annotated[
        float | None,
        typer.Option(
            help="The largest difference that would not matter; points, of a share. Default: one point, or 5 % of a "
            "metric that is no share."
        ),
    ] = None,
    optimizer: OptimizerOption = None,
    momentum: Annotated[float | None, typer.Option(help="Momentum, or beta1; default: the optimizer's own.")] = None,
    weight_decay: WeightDecayOption = None,
    batch_size: Annotated[int, typer.Option(help="Examples in a batch.")] = 32,
    store: StoreOption = DEFAULT_STORE,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    device: DeviceOption = "cpu",
    max_seconds: SecondsOption = None,
    data_dir: DataOption = None,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """Can one run at constant rate stand in for every cooldown? Merges its weights, and compares with true decays."""
    from .. import api
    from ._output import print_json, say
    from ._stop import shown, since_start

    load_plugins(plugin)
    results = api.decays(
        task,
        peak=peak,
        epochs=epochs,
        updates=updates,
        curves=_split_texts(curves),
        cooldowns=_split_texts(cooldowns),
        horizons=_split_texts(horizons),
        warmup=warmup,
        seeds=seeds,
        margin=margin,
        optimizer=optimizer_of_words(optimizer, momentum, weight_decay),
        batch_size=batch_size,
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        max_seconds=max_seconds,
        data_dir=data_dir,
        progress=shown(),
        began=since_start(),
    )
    if as_json:
        print_json(results.to_dict())
        return
    answer, table = str(results).split("\n\n", 1)
    say(answer)
    say(f"\n{table}", whole=True)


def _split_texts(words: str) -> list[str]:
    """The texts between commas."""
    return [word.strip() for word in words.split(",") if word.strip()]
