"""Options several verbs share, and how the user's words become values."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import StudyError, shortened

if TYPE_CHECKING:
    from ..spec import Halving, SettingValue

DEFAULT_STORE = Path("lrlab-results/records.db")  # as the door has it, whose import takes long
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
PAGE = b"<!doctype html>"  # how one begins


def _usable_path(path: Path | None) -> Path | None:
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
    place = _usable_path(path)
    if place is not None and (not place.name or place.is_dir()):
        raise typer.BadParameter(f"{str(path)!r} is a folder; name a file")
    if place is not None and place.exists() and not place.is_file():
        raise typer.BadParameter(f"{str(path)!r} is a pipe or a device, and no plain file; name another")
    return place


def page_place(path: Path | None) -> Path | None:
    """A path of a page; a file that is none, such as the store, is not written over, and no folder is made."""
    place = file_place(path)
    if place is not None and not place.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {place.parent} for the report; make it, or give another --page")
    if place is not None and not _first_bytes(place).lower().startswith(PAGE[: len(_first_bytes(place))]):
        raise typer.BadParameter(f"{str(path)!r} is a file that is no page, and would be lost; name another")
    return place


def _first_bytes(place: Path) -> bytes:
    """The first bytes of a file; none where there is none, or it is not ours to read."""
    if not place.is_file():
        return b""
    try:
        with place.open("rb") as file:
            return file.read(len(PAGE))
    except OSError:
        return b""


def _folder_place(path: Path | None) -> Path | None:
    place = _usable_path(path)
    if place is not None and place.exists() and not place.is_dir():
        raise typer.BadParameter(f"{str(path)!r} is a file; name a folder")
    return place


StoreOption = Annotated[
    Path, typer.Option("--store", envvar="LRLAB_STORE", callback=file_place, help="The file records are kept in.")
]
PageOption = Annotated[
    Path | None, typer.Option("--page", callback=page_place, help="The HTML report; default: beside the store.")
]
FiguresOption = Annotated[
    Path | None,
    typer.Option(
        "--figures",
        metavar="DIR",
        callback=_folder_place,
        help="Write figures for papers into this folder: SVG, PDF and PNG, the numbers as CSV.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=0,
        max=1024,
        help="Worker processes of one thread each; default: one for each core; 0: train in this process.",
    ),
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
    typer.Option("--max-seconds", min=1, help="Stop at a checkpoint after so many seconds; run again to go on."),
]
DeviceOption = Annotated[str, typer.Option("--device", help="cpu, or torch's name of a graphics card: cuda, cuda:1.")]
DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="LRLAB_DATA",
        callback=_usable_path,
        help="The folder that holds mnist, cifar10 and data of your own.",
    ),
]
KeepOption = Annotated[
    bool, typer.Option("--keep", help="Use the records of your task from before its program changed.")
]
TimeoutOption = Annotated[
    str | None,
    typer.Option(
        "--trial-timeout", help='End a trial that takes longer, in seconds or as "10m"; it fails, the others go on.'
    ),
]
WatchOption = Annotated[
    bool, typer.Option("--watch", help="Serve a page on 127.0.0.1 that shows the run while it goes on.")
]
RetryOption = Annotated[
    bool,
    typer.Option("--retry-failed", help="Train only the trials that failed last time, and say how far the study is."),
]
TrackOption = Annotated[
    list[str] | None,
    typer.Option(
        "--track",
        help="Write the trials to a tracker too: tensorboard:FOLDER, mlflow:URI, wandb:PROJECT, trackio:PROJECT, "
        "optuna:FILE, or its name alone; may be given several times.",
    ),
]
CodeOption = Annotated[
    bool, typer.Option("--allow-code", help="Run the code that the study file names as its task, such as net.py:task.")
]
OnOption = Annotated[
    str | None, typer.Option("--on", help="Where trials run: here (the default), or ray: on a Ray cluster.")
]
AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address",
        help="Address of the Ray cluster: auto, HOST:PORT or ray://HOST:PORT; default: RAY_ADDRESS, else one is "
        "started on this machine.",
    ),
]
CheckpointsOption = Annotated[
    str | None,
    typer.Option(
        "--checkpoints",
        help="For a Ray cluster: a folder that all nodes share, or an address such as s3://bucket/folder; default: "
        "they are sent to this machine.",
    ),
]
ScaleOption = Annotated[
    str | None,
    typer.Option(
        "--scale",
        help="For a published study: smoke, reduced (the default), standard (of two) or full, as in the document.",
    ),
]
ResultsOption = Annotated[
    Path,
    typer.Option("--results", callback=_folder_place, help="The folder with the kept results of published studies."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON, for scripts.")]
ShowCodeOption = Annotated[
    bool, typer.Option("--code", help="Print the lines to paste too: with lrlab's scheduler, and plain PyTorch.")
]


TaskArgument = Annotated[
    str,
    typer.Argument(
        help="A task by name (see `lrlab list tasks`), or your own, a task or a training loop: FILE.py[:OBJECT]."
    ),
]
SchedulesArgument = Annotated[
    list[str] | None, typer.Argument(help='Such as constant cosine "warmup(span=5%)+one_cycle".')
]
BudgetOption = Annotated[
    str | None,
    typer.Option(help='How long all of it may take, in seconds or as "90s", "5m", "1h30m"; default: 5m.'),
]
EpochsOption = Annotated[float | None, typer.Option(help="Epochs of each trial, instead of what the budget allows.")]
UpdatesOption = Annotated[
    int | None, typer.Option(help="Updates of each trial, instead of epochs; a loop of your own needs one of them.")
]
SettingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--setting",
        help="For a loop of your own: values of a setting to try, such as weight_decay=1e-4,1e-3; may be given several "
        "times.",
    ),
]
HalvingOption = Annotated[
    str | None,
    typer.Option(help="Stop peaks that are behind while tuning, at the ends of epochs 2,3 or at 25%,50%; or auto."),
]
HyperbandOption = Annotated[
    bool, typer.Option("--hyperband", help="Halving in several races; the last one stops nothing.")
]
PeaksOption = Annotated[
    list[str] | None, typer.Option(help="Peak rates to try, such as 0.01,0.03,1e-1; may be given several times.")
]
OptimizerOption = Annotated[
    str | None,
    typer.Option(
        help='One of {optimizers}; or with fields: "adamw(no_decay=true)". Default: what the task suggests, else sgd.'
    ),
]
WeightDecayOption = Annotated[float | None, typer.Option(help="Weight decay; default: 0, or what the task suggests.")]
MomentumOption = Annotated[
    float | None, typer.Option(help="SGD's or RMSprop's momentum, or Adam's beta1; default: the optimizer's usual one.")
]
SeedsOption = Annotated[
    int | None,
    typer.Option(
        help="Fresh seeds that confirm the chosen peaks; default: as many as the questions need, 10 or more, "
        "and 30 where that is quick."
    ),
]
SplitOption = Annotated[
    str | None,
    typer.Option("--split", help="fresh: each seed draws its own split of all examples; of tasks split here: digits."),
]
TransferOption = Annotated[
    str | None,
    typer.Option(
        "--transfer",
        help='Ask the claims again at other widths and budgets, "width=1/2,2; budget=2": holds, flips, or cannot tell.',
    ),
]
LooksOption = Annotated[
    str | None,
    typer.Option(
        "--looks",
        help="Numbers of seeds at which questions may be decided: 12,20,30, or auto; decided questions train no "
        "further.",
    ),
]
MarginOption = Annotated[
    float | None,
    typer.Option(
        "--margin",
        help="The largest difference that would not matter: points, of a share (0.5 is half a point of accuracy); "
        "default: about what the test data can resolve.",
    ),
]
TuneOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tune",
        help="What is searched, with ranges or the usual ones: peak=0.01..1,warmup.span,momentum=0.8..0.99.",
    ),
]
SearchOption = Annotated[
    str | None, typer.Option("--search", help="How: tpe (the default), cmaes, sobol, random or grid.")
]
ScaleRateOption = Annotated[
    str | None, typer.Option(help="For a search over batch_size: scale peaks with it, linear or sqrt; default: none.")
]
TrialsOption = Annotated[
    int | None, typer.Option("--trials", help="Settings that a search tries for each schedule; default: 30.")
]
PluginOption = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin", help="A module or FILE.py with schedules or rules of your own; may be given several times."
    ),
]


def load_plugins(named: Sequence[str] | None) -> None:
    """Make schedules and rules of the user's own known."""
    if named:
        from .. import schedules

        schedules.load_plugins(named)


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


def looks_of_words(text: str | None) -> list[int] | str | None:
    """Planned looks as they are written: whole numbers separated by commas, or "auto". Raises StudyError.

    >>> looks_of_words("12, 20,30"), looks_of_words("auto"), looks_of_words(None)
    ([12, 20, 30], 'auto', None)
    """
    if text is None or text.strip().lower() == "auto":
        return text
    parts = re.split(r"\s*,\s*|\s+", text.strip())
    if not all(re.fullmatch(r"[0-9]{1,5}", part) for part in parts):
        raise StudyError(
            f"looks are whole numbers of seeds separated by commas, or auto, but got {shortened(text, 100)!r}; "
            "write --looks 12,20,30"
        )
    return [int(part) for part in parts]


def settings_of(texts: Sequence[str]) -> "dict[str, list[SettingValue]]":
    """Settings as they are written, `name=value,value` each. Raises StudyError.

    >>> settings_of(["weight_decay=1e-4,1e-3", "width=64", "norm=batch"])
    {'weight_decay': [0.0001, 0.001], 'width': [64], 'norm': ['batch']}
    """
    settings: dict[str, list[SettingValue]] = {}
    for text in texts:
        name, equals, values = (part.strip() for part in text.partition("="))
        if not (equals and name and values) or name in settings:
            again = " again" if name in settings else ""
            raise StudyError(
                f"a setting is written name=value,value, but got {shortened(text, 100)!r}{again}; "
                "write --setting weight_decay=1e-4,1e-3"
            )
        settings[name] = [_setting_value(value.strip()) for value in values.split(",")]
    return settings


def _setting_value(text: str) -> "SettingValue":
    if not NUMBER.fullmatch(text):
        return text
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else float(text)


def optimizer_of_words(text: str | None, momentum: float | None, weight_decay: float | None) -> dict[str, Any]:
    """The fields of an optimizer from the command line: its name, perhaps with fields, and two options of their own.

    Raises StudyError where one of these contradicts a field of the text.
    """
    given: dict[str, Any] = {} if momentum is None else {"momentum": momentum}
    given |= {} if weight_decay is None else {"weight_decay": weight_decay}
    if text is None:
        return given
    if "(" not in text:
        return {"name": text} | given
    from ..spec import read_optimizer

    optimizer = read_optimizer(text, {})
    for field in given.keys() & optimizer.model_fields_set:
        written = getattr(optimizer, field)
        if written != given[field]:
            raise StudyError(
                f"{field} is {written:g} in --optimizer and {given[field]:g} in --{field.replace('_', '-')}; "
                f"leave one of them out"
            )
    return optimizer.to_dict() | given


def halving_asked(rungs: str | None, hyperband: bool) -> "Halving | str | None":
    """Halving as `lrlab.compare` takes it. rungs: as written; None: not. hyperband: whether that was asked for."""
    if not hyperband:
        return rungs
    from ..api import halving_of, hyperband_of

    return hyperband_of(halving_of(rungs or "auto"))


def refuse_options(told: Mapping[str, object], reason: str) -> None:
    """Raise StudyError where options are given, neither None nor False, that would do nothing. reason: why not."""
    given = [option for option, value in told.items() if value is not None and value is not False]
    if given:
        raise StudyError(f"{reason}: leave out {', '.join(given)}")


def refuse_numbers(schedules: Sequence[str]) -> None:
    """Raise StudyError for numbers among schedules: peaks that a blank cut off."""
    stray = next((text for text in schedules if NUMBER.fullmatch(text)), None)
    if stray is not None:
        raise StudyError(f"{stray} is a number, not a schedule; write peaks with commas, as in --peaks 0.01,{stray}")
