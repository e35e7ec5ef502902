"""`lrlab run STUDY`."""

from pathlib import Path
from typing import Annotated

import typer

from ._options import (
    DEFAULT_STORE,
    DataOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    PageOption,
    SecondsOption,
    StoreOption,
    WorkersOption,
    means,
)


def run(
    study: Annotated[str, typer.Argument(help="A study by name (see `lrlab list studies`), or a YAML file.")],
    store: StoreOption = DEFAULT_STORE,
    page: PageOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    device: DeviceOption = "cpu",
    max_seconds: SecondsOption = None,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a study, or what is missing of it, and answer it."""
    from .. import lab, studies
    from ..spec import load_study
    from ..store import Store
    from ._study import run_and_show, start_workers

    how = means(workers, engine, device, max_seconds, data_dir)
    is_file = study.endswith((".yaml", ".yml"))
    plan = load_study(Path(study), {"task": _known_task}) if is_file else studies.find(study)
    with Store(store, write=True) as opened, start_workers(how.workers) as executor:
        run_and_show(lab.prepare(plan, lab.open_task(plan.task)), opened, executor, how, page, as_json)


def _known_task(name: str) -> None:
    from ..tasks import resolve

    resolve(name)
