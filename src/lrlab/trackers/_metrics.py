"""Which metric is judged: as asked, else the only one, or the one that convention puts first."""

import re
from collections.abc import Sequence

from ..errors import RunsError, UnknownName
from ._direction import higher_is_better_by_name, split_words
from ._keys import Keys
from ._numbers import is_mostly_numeric
from ._raw_table import RawTable
from ._words import (
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


def find_metric_columns(table: RawTable, asked: Sequence[str], keys: Keys) -> tuple[tuple[str, ...], str]:
    """The columns that hold the metrics asked for, and what was decided.

    Raises RunsError: there is none, or several that may be meant. UnknownName.
    """
    if asked:
        return tuple(dict.fromkeys(find_column(name, table.columns, "--metric") for name in asked)), ""
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
    metric = choose_metric(found)
    return (metric,), say_metric(metric, found)


def find_metric_names(names: Sequence[str], asked: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """Which of a long table's metrics are asked for, and what was decided.

    Raises RunsError, UnknownName.
    """
    if not asked:
        metric = choose_metric(names)
        return (metric,), say_metric(metric, names)
    try:
        return tuple(dict.fromkeys(find_column(name, names, "--metric") for name in asked)), ""
    except UnknownName as error:
        raise UnknownName("metric", error.name, names) from None


def choose_metric(names: Sequence[str]) -> str:
    """The metric that convention puts first: test before validation before training, and a score before its loss.

    Raises RunsError where that leaves several.

    >>> choose_metric(["train_loss", "val_acc", "val_loss"])
    'val_acc'
    """
    first = min(split_of(name) for name in names)
    split = [name for name in names if split_of(name) == first]
    plain = [name for name in split if not SUMMED_UP & set(split_words(name))] or split
    scores = [name for name in plain if higher_is_better_by_name(name)]
    if len(plain) > 1 and len(scores) == 1 and all(_is_loss(name) for name in plain if name not in scores):
        return scores[0]
    if len(plain) > 1:
        likely = [name for name in plain if higher_is_better_by_name(name) is not None] or plain
        raise RunsError(f"there are several metrics: {list_names(names)}; write --metric {write_option(likely[0])}")
    return plain[0]


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
