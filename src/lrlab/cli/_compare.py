"""`lrlab compare TASK A B C`: the shortest way to an answer."""

from typing import Annotated, Any

import typer

from ._command import (
    CommandOption,
    DirectionOption,
    EpochLengthOption,
    MetricOption,
    VersionOption,
    loop_of_command,
    words_of_command,
)
from ._options import (
    DEFAULT_STORE,
    AddressOption,
    BudgetOption,
    CheckpointsOption,
    DataOption,
    DeviceOption,
    EngineOption,
    EpochsOption,
    FiguresOption,
    HalvingOption,
    HyperbandOption,
    JsonOption,
    KeepOption,
    LooksOption,
    MarginOption,
    MomentumOption,
    OnOption,
    OptimizerOption,
    PageOption,
    PeaksOption,
    PluginOption,
    RetryOption,
    ScaleRateOption,
    SchedulesArgument,
    SearchOption,
    SecondsOption,
    SeedsOption,
    SettingOption,
    ShowCodeOption,
    SplitOption,
    StoreOption,
    TaskArgument,
    TimeoutOption,
    TrackOption,
    TransferOption,
    TrialsOption,
    TuneOption,
    UpdatesOption,
    WatchOption,
    WeightDecayOption,
    WorkersOption,
    halving_asked,
    load_plugins,
    looks_of_words,
    numbers_of,
    optimizer_fields,
    refuse_numbers,
    settings_of,
)


def compare(
    task: TaskArgument,
    schedules: SchedulesArgument = None,
    command: CommandOption = None,
    metric: MetricOption = None,
    higher_is_better: DirectionOption = None,
    updates_per_epoch: EpochLengthOption = None,
    version: VersionOption = None,
    budget: BudgetOption = None,
    epochs: EpochsOption = None,
    updates: UpdatesOption = None,
    peaks: PeaksOption = None,
    optimizer: OptimizerOption = None,
    momentum: MomentumOption = None,
    weight_decay: WeightDecayOption = None,
    batch_size: Annotated[int, typer.Option(help="Examples in a batch.")] = 32,
    setting: SettingOption = None,
    halving: HalvingOption = None,
    hyperband: HyperbandOption = False,
    tune: TuneOption = None,
    search: SearchOption = None,
    trials: TrialsOption = None,
    scale_rate: ScaleRateOption = None,
    tuning_seeds: Annotated[int, typer.Option(help="Seeds each peak is tried on.")] = 2,
    seeds: SeedsOption = None,
    looks: LooksOption = None,
    margin: MarginOption = None,
    name: Annotated[str | None, typer.Option(help="The study's name, for `lrlab report`.")] = None,
    store: StoreOption = DEFAULT_STORE,
    page: PageOption = None,
    figures: FiguresOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    device: DeviceOption = "cpu",
    max_seconds: SecondsOption = None,
    keep: KeepOption = False,
    data_dir: DataOption = None,
    split: SplitOption = None,
    transfer: TransferOption = None,
    trial_timeout: TimeoutOption = None,
    retry_failed: RetryOption = False,
    track: TrackOption = None,
    watch: WatchOption = False,
    on: OnOption = None,
    address: AddressOption = None,
    checkpoints: CheckpointsOption = None,
    plugin: PluginOption = None,
    code: ShowCodeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Which of these schedules is best on this task, each at its best peak? Says first how long it will take."""
    from .. import api
    from ._figures import figures_after
    from ._show_results import show_results
    from ._stop import shown, since_start

    settings = settings_of(setting or ())
    loop = loop_of_command(command, settings, metric, higher_is_better, updates_per_epoch, version)
    named = list(schedules or ()) if loop is None else words_of_command([task, *(schedules or ())], "compare")
    refuse_numbers(named)
    load_plugins(plugin)
    how: dict[str, Any] = {"store": store, "workers": workers, "engine": engine, "device": device, "keep": keep}
    how |= {"max_seconds": max_seconds, "data_dir": data_dir}
    how |= {"trial_timeout": trial_timeout, "retry_failed": retry_failed, "track": track, "watch": watch}
    how |= {"on": on, "address": address, "checkpoints": checkpoints}
    results = api.compare(
        task if loop is None else loop,
        named,
        budget=budget,
        epochs=epochs,
        updates=updates,
        peaks=numbers_of(peaks, "peaks") if peaks else None,
        optimizer=optimizer_fields(optimizer, momentum, weight_decay),
        batch_size=batch_size,
        settings=settings,
        halving=halving_asked(halving, hyperband),
        tune=tune,
        search=search,
        trials=trials,
        scale_rate=scale_rate,
        tuning_seeds=tuning_seeds,
        seeds=seeds,
        looks=looks_of_words(looks),
        margin=margin,
        name=name,
        **how,
        split=split,
        transfer=transfer,
        progress=shown(),
        began=since_start(),
    )
    with figures_after(results.figures, figures, as_json):
        show_results(results, page, as_json, code=code)
