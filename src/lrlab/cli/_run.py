"""`lrlab run STUDY`."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UnknownName
from ..publications import Publication
from ..spec import Study
from ._options import (
    DEFAULT_STORE,
    DataOption,
    DeviceOption,
    EngineOption,
    JsonOption,
    KeepOption,
    PageOption,
    ResultsOption,
    ScaleOption,
    SecondsOption,
    StoreOption,
    WorkersOption,
    means,
    refuse_scale,
)

DEFAULT_SCALE = "reduced"


def run(
    study: Annotated[str, typer.Argument(help="A study by name (see `lrlab list studies`), or a YAML file.")],
    store: StoreOption = DEFAULT_STORE,
    page: PageOption = None,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    device: DeviceOption = "cpu",
    max_seconds: SecondsOption = None,
    data_dir: DataOption = None,
    scale: ScaleOption = None,
    results: ResultsOption = Path("results"),
    keep: KeepOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a study, or what is missing of it, and answer it."""
    from .. import lab
    from ..spec import load_study
    from ..store import Store
    from ._publication import run_publication_and_show
    from ._study import run_and_show, start_workers

    how = means(workers, engine, device, max_seconds, data_dir)
    is_file = study.lower().endswith((".yaml", ".yml"))
    plan = load_study(Path(study), {"task": _known_task}) if is_file else _by_name(study, scale)
    if isinstance(plan, Publication):
        with Store(store, write=True) as opened, start_workers(how.workers) as executor:
            run_publication_and_show(plan, opened, executor, how, results, page, as_json)
        return
    refuse_scale(study, scale)
    with Store(store, write=True) as opened, start_workers(how.workers) as executor:
        place = lab.open_task(plan.task)
        place = lab.kept_version(place, opened) if keep else place
        run_and_show(lab.prepare(plan, place), opened, executor, how, page, as_json)


def _by_name(name: str, scale: str | None) -> Study | Publication:
    """A published study at that scale, or another study."""
    from .. import lab, publications

    if publications.is_published(name):
        return publications.find_publication(name, scale or DEFAULT_SCALE)
    try:
        return lab.find_study(name)
    except UnknownName:
        raise UnknownName("study", name, {**lab.STUDIES, **publications.PUBLICATIONS}) from None


def _known_task(name: str) -> None:
    from ..tasks import resolve

    resolve(name)
