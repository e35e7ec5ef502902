"""`lrlab run STUDY`."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import (
    DEFAULT_STORE,
    AddressOption,
    CheckpointsOption,
    CodeOption,
    DataOption,
    DeviceOption,
    EngineOption,
    FiguresOption,
    JsonOption,
    KeepOption,
    OnOption,
    PageOption,
    PluginOption,
    ResultsOption,
    RetryOption,
    ScaleOption,
    SecondsOption,
    ShowCodeOption,
    StoreOption,
    TimeoutOption,
    TrackOption,
    TransferOption,
    WatchOption,
    WorkersOption,
    load_plugins,
)


def run(
    study: Annotated[str, typer.Argument(help="A study by name (see `lrlab list studies`), or a YAML file.")],
    store: StoreOption = DEFAULT_STORE,
    page: PageOption = None,
    figures: FiguresOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    device: DeviceOption = "cpu",
    max_seconds: SecondsOption = None,
    data_dir: DataOption = None,
    transfer: TransferOption = None,
    scale: ScaleOption = None,
    results: ResultsOption = Path("results"),
    keep: KeepOption = False,
    trial_timeout: TimeoutOption = None,
    retry_failed: RetryOption = False,
    track: TrackOption = None,
    watch: WatchOption = False,
    allow_code: CodeOption = False,
    on: OnOption = None,
    address: AddressOption = None,
    checkpoints: CheckpointsOption = None,
    plugin: PluginOption = None,
    code: ShowCodeOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a study, or what is missing of it, and answer it."""
    from .. import api
    from ._figures import figures_after
    from ._show_results import refuse_published, show_results
    from ._stop import shown, since_start

    load_plugins(plugin)
    if code:
        refuse_published(study, "--code", "a published one names no schedule to paste")
    answered = api.run(
        study,
        scale=scale,
        results=results,
        store=store,
        workers=workers,
        engine=engine,
        device=device,
        max_seconds=max_seconds,
        keep=keep,
        data_dir=data_dir,
        transfer=transfer,
        trial_timeout=trial_timeout,
        retry_failed=retry_failed,
        track=track,
        watch=watch,
        allow_code=allow_code,
        on=on,
        address=address,
        checkpoints=checkpoints,
        progress=shown(trains=False),
        began=since_start(),
    )
    with figures_after(answered.figures, figures, as_json):
        show_results(answered, page, as_json, code=code, store=store)
