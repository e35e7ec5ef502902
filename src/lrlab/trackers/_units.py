"""Shares and per cents: what a point of a metric is; both in one table are a mistake that no verdict survives."""

import re
from collections.abc import Iterable

from ..errors import RunsError
from ._direction import is_cost_of_reaching, split_words
from ._raw_table import FILE, RawTable

SHARES = {"acc", "accuracy", "top1", "top5", "precision", "recall", "f1", "auc", "auroc", "map", "iou", "miou", "dice"}
ACCURACY = re.compile(r"acc(uracy)?(?![a-z])", re.IGNORECASE)  # also within a word, as in "accuracy1"
PER_CENT = re.compile(r"%|(?<![a-z])(pct|percent|percentage)(?![a-z])", re.IGNORECASE)
LEAST_PERCENT = 1.5  # a value above cannot be a share; one below 1 beside it hardly is a percentage
MOST_PERCENT = 100 + 1e-4  # as float32 has it


def says_per_cent(name: str) -> bool:
    """Whether a heading says that its values are in per cent.

    >>> says_per_cent("test_accuracy (%)"), says_per_cent("f1_pct"), says_per_cent("accuracy")
    (True, True, False)
    """
    return bool(PER_CENT.search(name))


def point_of(name: str, values: Iterable[float], is_share: bool = False) -> float | None:
    """One point of a share, in the unit of its values: 0.01, or 1 where they are in per cent; None of all else.

    is_share: whether it is known for one, whatever its name says. The values decide, not a heading that says per cent:
    a point of 1 beside values of 0 to 1 would call them all equal. A hair above 1 is no per cent: means of float32, and
    smoothed overlaps, come to 1.0000001.

    >>> point_of("val_f1", [0.9, 1.0000001]), point_of("val_f1", [90, 87.5]), point_of("loss", [0.9])
    (0.01, 1.0, None)
    """
    named = is_share or bool(ACCURACY.search(name) or SHARES & set(split_words(name)))
    known = list(values)
    if not named or is_cost_of_reaching(name) or not all(0 <= value <= MOST_PERCENT for value in known):
        return None
    return 1.0 if max(known, default=0.0) > LEAST_PERCENT else 0.01


def check_units(table: RawTable) -> tuple[str, ...]:
    """Refuse a metric that is a share in some files or arms and in per cent in others; say where single runs look so.

    Raises RunsError.
    """
    import polars

    notes: list[str] = []
    for metric in table.frame["metric"].unique(maintain_order=True):
        if not SHARES & set(split_words(metric)) or is_cost_of_reaching(metric):
            continue
        rows = table.with_frame(table.frame.filter(polars.col("metric") == metric, polars.col("value").is_not_nan()))
        for group in ("arm", FILE):
            most = rows.frame.select(polars.col("value").max().over(group)).to_series()
            share, percent = (most > 0) & (most < 1), (most > LEAST_PERCENT) & (most <= MOST_PERCENT)
            if share.any() and percent.any():
                at_most = rows.frame["value"] == most
                _refuse_mix(rows, metric, (share & at_most).arg_max() or 0, (percent & at_most).arg_max() or 0)
        notes += [*_doubt_heading(rows, metric), *_doubt_runs(rows, metric)]
    return tuple(notes)


def _doubt_heading(rows: RawTable, metric: str) -> list[str]:
    """A sentence where a heading says per cent, and no value is one that a share could not be."""
    most = rows.frame["value"].max()
    if not says_per_cent(metric) or not isinstance(most, float) or most > LEAST_PERCENT:
        return []
    return [f"`{metric}` says per cent, but no value is above {most:.3g}: if these are shares, a point of them is 0.01"]


def _doubt_runs(rows: RawTable, metric: str) -> list[str]:
    """A sentence where the best of a run is below 1 and a hundred times as much would be among those of its arm."""
    import polars

    best = (
        rows.frame.with_row_index("at")
        .group_by("arm", "seed", maintain_order=True)
        .agg(polars.col("at").get(polars.col("value").arg_max()), polars.col("value").max())
    )
    percent = polars.col("value").filter(polars.col("value") > LEAST_PERCENT)
    ends = best.with_columns(low=percent.min().over("arm"), high=percent.max().over("arm"))
    odd = ends.filter(
        polars.col("value").is_between(0, 1, closed="none"),
        (100 * polars.col("value")).is_between(0.8 * polars.col("low"), 1.2 * polars.col("high")),
    )
    if not odd.height:
        return []
    at, value, low = odd.select("at", "value", "low").row(0)
    return [
        f"{rows.place(at)}: {metric} is {value:g}, where other runs of its arm have {low:g} or more; look whether it "
        "is a share among per cents"
    ]


def _refuse_mix(rows: RawTable, metric: str, share: int, percent: int) -> None:
    """Name a value of each kind."""
    low, high = rows.frame["value"][share], rows.frame["value"][percent]
    raise RunsError(
        f"{metric} is a share at {rows.place(share)} ({low:g}) and in per cent at {rows.place(percent)} ({high:g}); "
        "write all in one unit"
    )
