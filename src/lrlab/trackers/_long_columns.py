"""Which columns of a long table hold the name of a metric and its value."""

from collections.abc import Iterable, Sequence

from ..errors import RunsError
from ._asked import AskedColumns
from ._direction import higher_is_better_by_name
from ._raw_table import RawTable
from ._words import (
    ARMS,
    METRICS,
    PLAIN_SPLIT,
    VALUES,
    find_column,
    is_setting,
    list_names,
    plain_name,
    split_of,
    write_option,
)

SURE = ("metric", "metrics", "metric_name")  # others, such as `tag` and `key`, may be arms or runs as well


def list_long_columns(table: RawTable, asked: AskedColumns, taken: Iterable[str | None]) -> tuple[list[str], list[str]]:
    """The columns that may hold names of metrics, and those that may hold values; none where the table is not long.

    taken: columns that are known for something else.
    """
    value = find_column(asked.value, table.columns, "--value") if asked.value else None
    columns = [name for name in table.columns if name not in {*taken, value} and not is_setting(name)]
    names = [name for name in columns if plain_name(name) in METRICS]
    names = [name for name in names if plain_name(name) in SURE] or names
    values = [value] if value else [name for name in columns if plain_name(name) in VALUES and name not in names]
    return (names, values) if names and values else ([], [])


def find_long_columns(table: RawTable, asked: AskedColumns, used: Sequence[str]) -> tuple[str | None, str | None]:
    """The columns of a long table with the metric's name and its value; None for what there is not.

    Raises RunsError: several may be meant.
    """
    names, values = list_long_columns(table, asked, used)
    if not names:
        return None, find_column(asked.value, table.columns, "--value") if asked.value else None
    if len(names) > 1 or len(values) > 1:
        raise RunsError(f"the value may be {list_names(values)}; write --value {write_option(values[0])}")
    return names[0], values[0]


def list_doubtful(table: RawTable, names: Sequence[str]) -> list[str]:
    """Of columns that may hold names of metrics, those in which no cell reads like one: they may be arms."""
    return [name for name in names if plain_name(name) not in SURE and not any(map(_is_metric, _cells(table, name)))]


def refuse_metrics_as_arms(table: RawTable, asked: AskedColumns, arm: str) -> None:
    """Raise RunsError where what was guessed to be arms reads like metrics, and no other column names the metric."""
    cells = _cells(table, arm)
    plain, known = plain_name(arm), [cell for cell in cells if higher_is_better_by_name(cell) is not None]
    bare = asked.value or plain in METRICS or any(plain_name(name) in VALUES for name in table.columns if name != arm)
    if plain in SURE or (bare and plain not in ARMS and len(known) == len(cells) > 1):
        head = "" if plain in METRICS else "head that column metric, and "
        raise RunsError(
            f"`{arm}` holds {list_names(cells)}, which read like metrics, and no other column says which arm a run "
            f"belongs to; {head}write --arm COLUMN and --value COLUMN, or where these are arms, write "
            f"--arm {write_option(arm)}"
        )


def _cells(table: RawTable, name: str) -> list[str]:
    """The different cells of a column, as text."""
    return [str(cell).strip() for cell in table.frame[name].unique(maintain_order=True) if cell is not None]


def _is_metric(cell: str) -> bool:
    """Whether a name reads like that of a metric."""
    return higher_is_better_by_name(cell) is not None or split_of(cell) != PLAIN_SPLIT
