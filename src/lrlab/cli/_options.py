"""Options several verbs share, and how the user's words become values."""

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, cast, get_args

import typer

from ..errors import StudyError, UnknownName, shortened

if TYPE_CHECKING:
    from ..lab import Engine

DEFAULT_STORE = Path("lrlab-results/records.db")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
PAGE = b"<!doctype html>"  # how one begins
LONGEST_BUDGET = 1e9  # seconds; a longer one is a slip of the keyboard


def _place(path: Path | None) -> Path | None:
    """A path as the system takes it; `~` is the home folder. An empty one would be the folder the program is in."""
    if path is None:
        return None
    try:
        place = path.expanduser()
        place.exists()  # refuses names that are too long
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise typer.BadParameter(f"there can be no file {shortened(str(path), 100)!r}: {reason}") from None
    return place


def file_place(path: Path | None) -> Path | None:
    """A path of a file. Raises BadParameter where there can be none of that name."""
    place = _place(path)
    if place is not None and (not place.name or place.is_dir()):
        raise typer.BadParameter(f"{str(path)!r} is a folder; name a file")
    if place is not None and place.exists() and not place.is_file():
        raise typer.BadParameter(f"{str(path)!r} is a pipe or a device, and no plain file; name another")
    return place


def _page_place(path: Path | None) -> Path | None:
    """A path of a page; a file that is none, such as the store, is not written over."""
    place = file_place(path)
    if place is not None and not _begins(place).lower().startswith(PAGE[: len(_begins(place))]):
        raise typer.BadParameter(f"{str(path)!r} is a file that is no page, and would be lost; name another")
    return place


def _begins(place: Path) -> bytes:
    """The first bytes of a file; none where there is none, or it is not ours to read."""
    if not place.is_file():
        return b""
    try:
        with place.open("rb") as file:
            return file.read(len(PAGE))
    except OSError:
        return b""


def _folder_place(path: Path | None) -> Path | None:
    place = _place(path)
    if place is not None and place.exists() and not place.is_dir():
        raise typer.BadParameter(f"{str(path)!r} is a file; name a folder")
    return place


StoreOption = Annotated[
    Path, typer.Option("--store", envvar="LRLAB_STORE", callback=file_place, help="The file records are kept in.")
]
PageOption = Annotated[
    Path | None, typer.Option("--page", callback=_page_place, help="The HTML report; beside the store unless given.")
]
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
    typer.Option(
        "--data-dir",
        envvar="LRLAB_DATA",
        callback=_place,
        help="The folder that holds mnist, cifar10 and data of your own.",
    ),
]
KeepOption = Annotated[
    bool, typer.Option("--keep", help="Use the records of your task from before its program changed, as they are.")
]
ScaleOption = Annotated[
    str | None,
    typer.Option("--scale", help="Of a published study: smoke, reduced (unless given) or full, the document's own."),
]
ResultsOption = Annotated[
    Path,
    typer.Option(
        "--results", callback=_folder_place, help="The folder results of published studies are kept in, and read from."
    ),
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

    device, engine = device.strip().lower(), engine.strip().lower()
    check_device(device)
    if engine not in get_args(Engine):
        raise UnknownName("engine", engine, get_args(Engine))
    if max_seconds is not None and not math.isfinite(max_seconds):
        raise StudyError(
            f"--max-seconds is a number of seconds, but got {max_seconds}; leave it out to go on to the end"
        )
    data_folder(data)
    return Means(workers, cast(Engine, engine), device, max_seconds)


def data_folder(path: Path | None) -> None:
    """Make the data folder known to this process and to those it starts."""
    if path is not None:
        os.environ["LRLAB_DATA"] = str(path.resolve())


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
    if not 0 < seconds <= LONGEST_BUDGET:
        raise StudyError(f'a budget is a duration, but got {shortened(text, 100)!r}; write "90s", "5m" or "1h30m"')
    return seconds


def numbers_of(texts: Sequence[str], what: str) -> list[float]:
    """Numbers separated by commas or blanks, in one text or several; nan is what was not measured.

    >>> numbers_of(["1e-3, 3e-3", "0.01"], "peaks")
    [0.001, 0.003, 0.01]
    """
    parts = [part for text in texts for part in re.split(r"\s*,\s*|\s+", text.strip())]
    wrong = next((part for part in parts if not NUMBER.fullmatch(part) and part != "nan"), None)
    if wrong is not None:
        raise StudyError(
            f"{what} are numbers separated by commas, but got {shortened(wrong, 100)!r}; "
            f"write {what} like 0.01,0.03,1e-1"
        )
    return [float(part) for part in parts]


def refuse_numbers(schedules: Sequence[str]) -> None:
    """Raise StudyError for numbers among schedules: peaks that a blank cut off."""
    stray = next((text for text in schedules if NUMBER.fullmatch(text)), None)
    if stray is not None:
        raise StudyError(f"{stray} is a number, not a schedule; write peaks with commas, as in --peaks 0.01,{stray}")
