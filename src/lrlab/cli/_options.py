"""Options several verbs share, and how the user's words become values."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast, get_args

import typer

from ..errors import StudyError, UnknownName

if TYPE_CHECKING:
    from ..lab import Engine

DEFAULT_STORE = Path("lrlab-results/records.db")

StoreOption = Annotated[Path, typer.Option("--store", envvar="LRLAB_STORE", help="The file records are kept in.")]
PageOption = Annotated[Path | None, typer.Option("--page", help="The HTML report; beside the store unless given.")]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, max=1024, help="Processes, of one thread each; as many as cores unless given."),
]
EngineOption = Annotated[
    str,
    typer.Option(
        "--engine",
        help="auto (measured), lanes (trials in lanes of vectors, compiled), stacked (trials as one model in torch) "
        "or reference (the plain loop, one by one).",
    ),
]
SecondsOption = Annotated[
    float | None,
    typer.Option("--max-seconds", min=1, help="Stop after so many seconds at a checkpoint; run again to go on."),
]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu, or torch's name of a graphics card: cuda, cuda:1.")]
DataOption = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="LRLAB_DATA", help="The folder that holds mnist, cifar10 and data of your own."),
]
KeepOption = Annotated[
    bool, typer.Option("--keep", help="Use the records of your task from before its program changed, as they are.")
]
ScaleOption = Annotated[
    str | None,
    typer.Option("--scale", help="Of a published study: smoke, reduced (unless given) or full, the document's own."),
]
ResultsOption = Annotated[
    Path, typer.Option("--results", help="The folder results of published studies are kept in, and read from.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for scripts.")]


class Means(NamedTuple):
    """What the user says of how trials are run: processes, engine, device, and for how long at most."""

    workers: int | None
    engine: "Engine"
    device: str
    max_seconds: float | None


def means(workers: int | None, engine: str, device: str, max_seconds: float | None, data: Path | None) -> Means:
    """The options as one value; the data folder is made known."""
    from ..lab import Engine, check_device  # heavy: `lrlab --help` does without

    check_device(device)
    if engine not in get_args(Engine):
        raise UnknownName("engine", engine, get_args(Engine))
    data_folder(data)
    return Means(workers, cast(Engine, engine), device, max_seconds)


def data_folder(path: Path | None) -> None:
    """Make the data folder known to this process and to those it starts."""
    if path is not None:
        os.environ["LRLAB_DATA"] = str(path.expanduser().resolve())


def refuse_scale(study: str, scale: str | None) -> None:
    """Raise StudyError where a scale is given for a study that has none."""
    if scale is not None:
        from ..studies import PUBLICATIONS

        known = ", ".join(PUBLICATIONS)
        raise StudyError(f"--scale is for published studies ({known}), but {study} is not one; leave it out")


def seconds_of(text: str) -> float:
    """A duration such as "90s", "5m" or "1h30m" in seconds.

    >>> seconds_of("1h30m"), seconds_of("90 s")
    (5400.0, 90.0)
    """
    compact = text.replace(" ", "").lower()
    match = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s)?", compact)
    parts = [float(part or 0) for part in match.groups()] if match else []
    seconds = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    if not seconds:
        raise StudyError(f'a budget is a duration, but got {text!r}; write "90s", "5m" or "1h30m"')
    return seconds


def duration(seconds: float) -> str:
    """Seconds for people: "8 s", "1 min 40 s", "2 h 5 min".

    >>> duration(8.4), duration(100), duration(7500)
    ('8 s', '1 min 40 s', '2 h 5 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def numbers_of(text: str, what: str) -> list[float]:
    """Numbers separated by commas."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise StudyError(
            f"{what} are numbers separated by commas, but got {text!r}; write {what} like 0.01,0.03,0.1"
        ) from None
