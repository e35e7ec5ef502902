"""AskedColumns: which columns the caller named."""

from collections.abc import Sequence
from dataclasses import dataclass

BY_FILE = "file"  # asked for as a column: what the names of files and folders say


@dataclass(frozen=True)
class AskedColumns:
    """Columns by name; None, or (), where they are to be guessed.

    arm: one or several columns that make up an arm. metrics: what is judged, first, and what else is wanted.
    """

    arm: tuple[str, ...] = ()
    seed: str | None = None
    metrics: tuple[str, ...] = ()
    value: str | None = None
    step: str | None = None


def split_asked(names: str | Sequence[str] | None, columns: Sequence[str]) -> tuple[str, ...]:
    """Names as a tuple; a text with commas is several, unless a column is called so.

    >>> split_asked("schedule, peak", ["schedule", "peak"]), split_asked("a,b", ["a,b"])
    (('schedule', 'peak'), ('a,b',))
    """
    if names is None:
        return ()
    if not isinstance(names, str):
        return tuple(dict.fromkeys(names))
    if names in columns:
        return (names,)
    return tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
