"""Which metric is judged: as asked, else the only one, or the one that convention puts first."""

import re
from collections.abc import Sequence

from ..errors import RunsError, UnknownName
from ._direction import higher_is_better_by_name, split_words
from ._keys import Keys
from ._numbers import is_mostly_numeric
from ._raw_table import RawTable
from ._split_column import list_parts, name_part, rows_of_part
from ._words import (
    PLAIN_SPLIT,
    VALUES,
    find_column,
    is_bookkeeping,
    is_key,
    is_setting,
    list_names,
    plain_name,
    split_of,
    write_option,
)

SUMMED_UP = {
    "best",
    "max",
    "min",
    "last",
    "final",
    "std",
    "sd",
    "stderr",
    "sem",
    "mean",
    "avg",
    "average",
    "median",
    "ema",
}


def find_metric_columns(
    table: RawTable, asked: Sequence[str], keys: Keys, value: str | None = None
) -> tuple[dict[str, tuple[str, str]], str]:
    """The metrics asked for, each with its column and the part of the data that its rows are of; and what was decided.

    value: the one column of values, whose metric is called as asked.

    Raises RunsError: there is none, or several that may be meant. UnknownName.
    """
    if value:
        return _choose_parts(table, {(asked[0] if asked else value): value}, asked[:1] or [value], keys), ""
    if asked:
        if not keys.split:
            found = [find_column(name, table.columns, "--metric") for name in asked]
            return {name: (name, "") for name in found}, ""
        return _choose_parts(table, {name: name for name in table.columns if name not in keys.used}, asked, keys), ""
    named = _part_columns(table, {name: name for name in _guess_metrics(table, keys)}, keys)
    metric = _choose_on_parts(list(named), list_parts(table, keys.split))
    return {metric: named[metric]}, say_metric(metric, list(named))


def _choose_parts(
    table: RawTable, columns: dict[str, str], asked: Sequence[str], keys: Keys
) -> dict[str, tuple[str, str]]:
    """The metrics asked for, by their name on a part of the data, else by that of their column."""
    named = _part_columns(table, columns, keys)
    parts = list_parts(table, keys.split)
    return {name: named[name] for name in (_find_on_parts(name, list(named), parts) for name in asked)}


def _part_columns(table: RawTable, columns: dict[str, str], keys: Keys) -> dict[str, tuple[str, str]]:
    """Each metric's column by its name, on every part of the data that has a number in it."""
    if not keys.split:
        return {name: (column, "") for name, column in columns.items()}
    named = {}
    for part in [*list_parts(table, keys.split), ""]:
        frame = table.frame.filter(rows_of_part(table, keys.split, part))
        held = [name for name, column in columns.items() if is_mostly_numeric(frame[column].drop_nulls())]
        named |= {name_part(part, name): (columns[name], part) for name in held if frame[columns[name]].count()}
    return named


def _guess_metrics(table: RawTable, keys: Keys) -> list[str]:
    """The columns that may hold metrics, by their names and cells.

    Raises RunsError: none.
    """
    no_metric = {name for name in table.columns if is_bookkeeping(name) or is_setting(name) or is_key(name)}
    columns = [name for name in table.columns if name not in keys.used and name not in no_metric]
    found = [name for name in columns if is_mostly_numeric(table.frame[name])]
    named = [name for name in found if higher_is_better_by_name(name) is not None]
    found = named + [name for name in found if name not in named and not _is_of_arm(table, name, keys)] or found
    found = found or [name for name in columns if higher_is_better_by_name(name) is not None]  # to say what is wrong
    if not found:
        raise RunsError(f"no column holds a metric: {list_names(table.columns)}; write --metric and its name")
    if {plain_name(name) for name in found} & {"mean", "avg", "average"} and not any(name in VALUES for name in found):
        raise RunsError(
            f"{list_names(found)}: these sum up runs; the runs themselves are due, a row or a cell for each"
        )
    return found


def find_metric_names(
    names: Sequence[str], asked: Sequence[str], parts: Sequence[str] = ()
) -> tuple[tuple[str, ...], str]:
    """Which of a long table's metrics are asked for, and what was decided. parts: of the data, that names begin with.

    Raises RunsError, UnknownName.
    """
    if not asked:
        metric = _choose_on_parts(names, parts)
        return (metric,), say_metric(metric, names)
    return tuple(dict.fromkeys(_find_on_parts(name, names, parts) for name in asked)), ""


def _find_on_parts(asked: str, names: Sequence[str], parts: Sequence[str]) -> str:
    """The metric that a name means: with the part of the data it is measured on, or on the first by convention.

    Raises UnknownName; RunsError where several may be meant.
    """
    bare = _bare_names(names, parts)
    try:
        return find_column(asked, names, "--metric")
    except UnknownName:
        try:
            column = find_column(asked, list(dict.fromkeys(bare.values())), "--metric")
        except UnknownName as error:
            raise UnknownName("metric", error.name, names) from None
    return _choose_on_parts([name for name in names if bare[name] == column], parts)


def _choose_on_parts(names: Sequence[str], parts: Sequence[str]) -> str:
    """The metric that convention puts first, of parts of the data that are called as usual.

    Raises RunsError where that leaves several.
    """
    if all(split_of(part) != PLAIN_SPLIT for part in parts):
        return choose_metric(names)
    bare = _bare_names(names, parts)
    metric = choose_metric(list(dict.fromkeys(bare.values())))
    found = [name for name in names if bare[name] == metric]
    if len(found) > 1:
        raise RunsError(f"there are several metrics: {list_names(found)}; write --metric {write_option(found[0])}")
    return found[0]


def _bare_names(names: Sequence[str], parts: Sequence[str]) -> dict[str, str]:
    """Each metric's name without the part of the data that it begins with."""
    heads = [f"{part}/" for part in parts]
    return {name: next((name.removeprefix(head) for head in heads if name.startswith(head)), name) for name in names}


def choose_metric(names: Sequence[str]) -> str:
    """The metric that convention puts first: test before validation before training, and a score before its loss.

    Raises RunsError where that leaves several.

    >>> choose_metric(["train_loss", "val_acc", "val_loss"])
    'val_acc'
    """
    first = min(split_of(name) for name in names)
    split = [name for name in names if split_of(name) == first]
    plain = [name for name in split if not SUMMED_UP & set(split_words(name))] or split
    plain = [name for name in plain if not _is_top_five(name, plain)]
    scores = [name for name in plain if higher_is_better_by_name(name)]
    if len(plain) > 1 and len(scores) == 1 and all(_is_loss(name) for name in plain if name not in scores):
        return scores[0]
    if len(plain) > 1:
        likely = [name for name in plain if higher_is_better_by_name(name) is not None] or plain
        raise RunsError(f"there are several metrics: {list_names(names)}; write --metric {write_option(likely[0])}")
    return plain[0]


def _is_top_five(name: str, names: Sequence[str]) -> bool:
    """Whether a score counts what is among the first five, and the one that counts the first is beside it."""
    first = re.sub(r"(?<!\d)5(?!\d)", "1", name)
    return first != name and first in names and bool(higher_is_better_by_name(name))


def say_metric(metric: str, names: Sequence[str]) -> str:
    """The choice in a sentence."""
    others = [name for name in names if name != metric]
    return f"metric is `{metric}`{_direction_words(metric)}" + (f"; beside it {list_names(others)}" if others else "")


def _direction_words(metric: str) -> str:
    """What its name says of a metric's direction, if anything."""
    up = higher_is_better_by_name(metric)
    return "" if up is None else f", {'higher' if up else 'lower'} is better, by its name"


def correct_direction(notes: Sequence[str], metric: str, asked: bool | None) -> list[str]:
    """The notes, and where another direction is asked for than a metric's name says, that instead.

    >>> correct_direction(["metric is `loss`, lower is better, by its name"], "loss", asked=True)
    ['metric is `loss`', 'by its name lower `loss` is better, but higher is asked for']
    """
    up = higher_is_better_by_name(metric)
    if asked is None or up is None or asked == up:
        return list(notes)
    by_name, wanted = ("higher", "lower") if up else ("lower", "higher")
    others = [note.replace(_direction_words(metric), "") for note in notes]
    return [*others, f"by its name {by_name} `{metric}` is better, but {wanted} is asked for"]


def _is_loss(name: str) -> bool:
    """Whether a metric is the loss that was trained on."""
    return bool(re.search(r"loss|entropy|\bce\b|nll", " ".join(split_words(name))))


def _is_of_arm(table: RawTable, name: str, keys: Keys) -> bool:
    """Whether a column is the same for all runs of each arm that has several, as a setting is."""
    import polars

    counts = table.frame.select(name, arm=keys.arm).group_by("arm").agg(polars.col(name).n_unique(), rows=polars.len())
    several = counts.filter(polars.col("rows") > 1)
    return several.height > 0 and bool((several[name] == 1).all()) and table.frame[name].n_unique() > 1
