"""Names of built-in tasks, HEAD(option=value, ...), and what an option may be. Text only: torch is not loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import TaskError, shortened
from ...schedules import read_number
from .._names import FOLDER, HUB, read_options, write_name


class TaskOption(NamedTuple):
    """An option of a name. usual: its value where it is left out. read: its value, from its own name and the text."""

    usual: Any
    read: Callable[[str, str], Any]


class BuiltIn(NamedTuple):
    """One built-in task.

    text: its line in the list. place: `file:function` of this folder that makes it, of the options by name.
    example: options as one writes them, for errors. check: raises TaskError where values of options cannot be.
    optimizer: what trains it where nobody names one; "": SGD.
    """

    text: str
    place: str
    options: Mapping[str, TaskOption]
    example: str
    check: Callable[[Mapping[str, Any]], None] = lambda values: None  # noqa: ARG005
    optimizer: str = ""


@dataclass(frozen=True)
class NamedTask:
    """What a name asks for; `str` gives the canonical name: options in alphabetical order, usual values left out.

    values: of every option. A file's value is its whole path, of which the name has the last part, as records do.
    """

    head: str
    values: Mapping[str, Any]
    usual: Mapping[str, Any]

    def __str__(self) -> str:
        given = {name: Path(value).name if name == "file" else value for name, value in self._given.items()}
        return write_name(self.head, given)

    @property
    def where(self) -> str:
        """The canonical name with the whole path of its file, which any process finds from anywhere."""
        return write_name(self.head, self._given)

    @property
    def _given(self) -> dict[str, Any]:
        return {name: value for name, value in sorted(self.values.items()) if value != self.usual[name]}

    def with_values(self, **changes: Any) -> "NamedTask":
        """The same task with other values of its options."""
        return replace(self, values={**self.values, **changes})


def read_name(head: str, inside: str, text: str, kind: BuiltIn) -> NamedTask:
    """The task that a name asks for. inside: what stands in its parentheses. text: the whole name.

    Raises UnknownName for an option that does not exist, TaskError for a value that cannot be.
    """
    usual = {name: option.usual for name, option in sorted(kind.options.items())}
    readers = {name: kind.options[name].read for name in usual}
    if inside.strip() and not readers:
        raise TaskError(f"{head} has no options, but got {shortened(inside, 100)!r}; write {head}")
    form = f'write "{head}" or "{head}({kind.example})"'
    values = usual | read_options(inside, text, readers, form)
    kind.check(values)
    return NamedTask(head, values, usual)


def whole_number(low: int, high: int) -> Callable[[str, str], int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(option: str, text: str) -> int:
        written = text.strip()
        if not (written.isdecimal() and len(written) < 10 and low <= int(written) <= high):
            nearest = high if written.isdecimal() and int(written[:10]) > high else low
            raise TaskError(
                f"`{option}` must be a whole number from {low} to {high}, but got {text!r}; write {option}={nearest}"
            )
        return int(written)

    return read


def number(low: float, high: float) -> Callable[[str, str], float]:
    """A reader of numbers from `low` to `high`."""

    def read(option: str, text: str) -> float:
        value = read_number(text.strip())
        if value is None or not low <= value <= high:
            nearest = low if value is not None and value < low else high
            raise TaskError(
                f"`{option}` must be a number in [{low:g}, {high:g}], but got {text!r}; write {option}={nearest:g}"
            )
        return value

    return read


def word(*known: str) -> Callable[[str, str], str]:
    """A reader of one of some words."""

    def read(option: str, text: str) -> str:
        written = text.strip().lower()
        if written not in known:
            raise TaskError(f"`{option}` must be {' or '.join(known)}, but got {text!r}; write {option}={known[-1]}")
        return written

    return read


def read_file(option: str, text: str) -> str:
    """A file that is there, as its whole path."""
    try:
        path = Path(text.strip()).expanduser().resolve()
        exists = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # too long, a zero byte, no such user
        raise TaskError(f"there can be no file {shortened(text, 100)!r}: {error}; give the path of one") from None
    if not exists:
        raise TaskError(f"`{option}`: there is no file {shortened(text, 200)}; give the path of one that is there")
    return str(path)


def read_folder(option: str, text: str) -> str:
    """The name of a sub-folder of the data folder, or of a set on the hub. Whether it is there only `get` finds out."""
    name = text.strip()
    parts = name.removeprefix(HUB).split("/")
    if len(parts) != (2 if name.startswith(HUB) else 1) or not all(map(FOLDER.fullmatch, parts)):
        raise TaskError(
            f"`{option}` must be the name of a sub-folder of the data folder, or hub:OWNER/NAME, but got "
            f"{shortened(text, 100)!r}; write {option}=reviews or {option}=hub:stanfordnlp/imdb"
        )
    return name


def read_column(option: str, text: str) -> str:
    """The name of a column of a table."""
    if not text.strip():
        raise TaskError(f"`{option}` must be the name of a column, but is empty; write {option}=review")
    return text.strip()
