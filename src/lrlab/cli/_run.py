"""`lrlab run STUDY`."""

from pathlib import Path
from typing import Annotated, Any

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
    refuse_options,
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
    plan: Annotated[
        bool, typer.Option("--plan", help="Only say what would be trained and how long it takes; nothing is stored.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a study, or what is missing of it, and answer it."""
    from .. import api
    from ._figures import figures_after
    from ._show_results import refuse_published, show_results
    from ._stop import shown, since_start

    load_plugins(plugin)
    how: dict[str, Any] = {"scale": scale, "results": results, "store": store, "workers": workers, "engine": engine}
    how |= {"device": device, "data_dir": data_dir, "allow_code": allow_code}
    if plan:
        told = {"--page": page, "--figures": figures, "--max-seconds": max_seconds, "--transfer": transfer}
        told |= {"--keep": keep, "--trial-timeout": trial_timeout, "--retry-failed": retry_failed, "--track": track}
        told |= {"--watch": watch, "--on": on, "--address": address, "--checkpoints": checkpoints, "--code": code}
        refuse_options(told, "--plan says what would be trained, and trains nothing")
        _show_run_plan(study, how, as_json)
        return
    if code:
        refuse_published(study, "--code", "a published one names no schedule to paste")
    answered = api.run(
        study,
        **how,
        max_seconds=max_seconds,
        keep=keep,
        transfer=transfer,
        trial_timeout=trial_timeout,
        retry_failed=retry_failed,
        track=track,
        watch=watch,
        on=on,
        address=address,
        checkpoints=checkpoints,
        progress=shown(trains=False),
        began=since_start(),
    )
    with figures_after(answered.figures, figures, as_json):
        show_results(answered, page, as_json, code=code, store=store)


def _show_run_plan(study: str, how: dict[str, Any], as_json: bool) -> None:

    from .. import api
    from ._output import print_json, say

    planned = api.plan_run(study, **how)
    if as_json:
        print_json(planned.to_dict())
    else:
        say(str(planned))
