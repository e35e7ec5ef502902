"""`lrlab compare TASK A B C`: the shortest way to an answer."""

import re
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
    SecondsOption,
    StoreOption,
    WorkersOption,
    means,
    numbers_of,
    refuse_numbers,
    seconds_of,
)

MOST_EPOCHS = 30  # of a trial, where a budget of seconds decides


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
    as_json: JsonOption = False,
) -> None:
    """Which of these schedules is better on this task, each at its best peak? Says first how long it will take."""
    from .. import lab
    from ..store import Store
    from ._budget import within
    from ._study import run_and_show, start_workers

    refuse_numbers(schedules)
    how = means(workers, engine, device, max_seconds, data_dir)
    seconds = None if epochs is not None else seconds_of(budget)
    draft = lab.comparison_study(
        task,
        schedules,
        name=name or _name(task),
        budget=f"{epochs if epochs is not None else MOST_EPOCHS} epochs",
        optimizer={"name": optimizer, "momentum": momentum, "weight_decay": weight_decay},
        peaks=numbers_of(peaks, "peaks") if peaks else None,
        tuning_seeds=tuning_seeds,
        confirm_seeds=seeds,
        batch_size=batch_size,
    )
    with Store(store, write=True) as opened, start_workers(how.workers) as executor:
        place = lab.open_task(task)
        place = lab.kept_version(place, opened) if keep else place
        prepared = lab.prepare(draft, place)
        if seconds is None:
            run_and_show(prepared, opened, executor, how, page, as_json)
        else:
            request = f"{draft.key} {place.data} {seconds:g} s"
            prepared, keeper = within(seconds, prepared, request, opened, executor, how)
            run_and_show(prepared, opened, executor, how, page, as_json, request=request, keeper=keeper)


def _name(task: str) -> str:
    """A study's name: compare-digits-convnet for digits/convnet, compare-mine-task for any/folder/mine.py:task."""
    own = (":" in task or task.endswith(".py")) and not task.startswith("hub:")
    place = re.sub(r"\.py(:|$)", r"\1", task).rpartition("/")[2] if own else task
    return f"compare-{re.sub(r'[^A-Za-z0-9_]+', '-', place).strip('-')}"[:80]
