"""A program that is run as a command, as `compare` and `verify` are told of it."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import StudyError

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..spec import SettingValue

CommandOption = Annotated[
    str | None,
    typer.Option(
        "--command",
        help='A program as the task: "python train.py --lr {peak} --schedule {schedule} --seed {seed} --out {result}".',
    ),
]
MetricOption = Annotated[
    str | None, typer.Option("--metric", help="With --command: the metric of its trials, such as accuracy.")
]
DirectionOption = Annotated[
    bool | None,
    typer.Option("--higher-is-better/--lower-is-better", help="For a metric whose direction lrlab does not know."),
]
EpochLengthOption = Annotated[
    int | None, typer.Option("--updates-per-epoch", min=1, help="With --command, for schedules that count epochs.")
]
VersionOption = Annotated[
    str | None,
    typer.Option("--version", help="With --command: change it when something changed that text and files do not show."),
]


def loop_of_command(
    text: str | None,
    settings: "Sequence[str] | Mapping[str, SettingValue]",
    metric: str | None = None,
    higher_is_better: bool | None = None,
    updates_per_epoch: int | None = None,
    version: str | None = None,
) -> "OwnLoop | None":
    """The loop that a command is; None where none was given. settings: their names, or the usual value of each.

    Raises StudyError for options that are only for a command.
    """
    told = {
        "metric": metric,
        "higher_is_better": higher_is_better,
        "updates_per_epoch": updates_per_epoch,
        "version": version,
    }
    given = {name: value for name, value in told.items() if value is not None}
    if text is not None:
        from ..loops import command

        return command(text, settings=settings, **given)  # pyright: ignore[reportArgumentType]
    if given:
        name = next(iter(given))
        raise StudyError(
            f"--{name.replace('_', '-')} is for --command; of a function it is said over it, @lrlab.trial({name}=...)"
        )
    return None


def words_of_command(words: Sequence[str], verb: str) -> list[str]:
    """The words of a verb beside a command, which are its schedules. Raises StudyError where there are none."""
    file = next((word for word in words if re.search(r"\.py(:|$)", word)), None)
    if file is not None:
        raise StudyError(f"a command is the task itself, and {file} is another; leave out one of them")
    if not words:
        raise StudyError(f'no schedule is given; write lrlab {verb} --command "..." constant cosine')
    return list(words)
