"""Wide tables made long: a column for each seed, for each arm, or for each line of a W&B chart."""

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..errors import RunsError
from ._arms import has_text
from ._asked import AskedColumns
from ._direction import higher_is_better_by_name
from ._keys import find_step
from ._numbers import is_mostly_numeric
from ._raw_table import FILE, LINE, RawTable
from ._split_column import holds_splits
from ._words import (
    ARMS,
    METRICS,
    PLAIN_SPLIT,
    REPEATS,
    RUNS,
    STEPS,
    SUMMARIES,
    VALUES,
    is_bookkeeping,
    is_key,
    is_seed,
    is_setting,
    list_names,
    plain_name,
    split_of,
)

if TYPE_CHECKING:
    import polars

SEED_HEADING = re.compile(r"^(?:(.*?)[\s_\-./(])?(?:random[_ ]?)?(?:seed|s)[\s_=:\-#]*(\d+)\)?$", re.IGNORECASE)
REPEAT_HEADING = re.compile(r"^(run|rep|repeat|repetition|replicate|restart|trial|fold|r)[\s_#-]*\d+$", re.IGNORECASE)
CHART = re.compile(r"^(.+) - (.+?)(__MIN|__MAX)?$")
NUMBER_HEADING = re.compile(r"^()(\d+)(?:\.0)?$")


def melt_wide(table: RawTable, asked: AskedColumns) -> RawTable:
    """The table with a row for each run, metric and step where columns are seeds, arms or lines of a chart.

    Raises RunsError: a chart of groups, a table of means.
    """
    chart = _melt_chart(table)
    if chart is not None:
        return chart
    by_seed = _melt_seeds(table, asked) or _melt_repeats(table, asked)
    if by_seed is not None:
        return by_seed
    by_arm = _melt_arms(table, asked)
    return table if by_arm is None else by_arm


def _melt_chart(table: RawTable) -> RawTable | None:
    """Lines of a W&B chart: "Step", "run - metric", "run - metric__MIN", "run - metric__MAX"."""
    import polars

    lines = {name: CHART.match(name) for name in table.columns}
    found = {name: (match[1], match[2]) for name, match in lines.items() if match and not match[3]}
    bounds = [name for name, match in lines.items() if match and match[3]]
    if not found or not bounds or any(f"{name}__MIN" not in bounds for name in found):
        return None
    grouped = [run for run, _ in found.values() if re.match(r"^[^:]+: ", run)]
    if grouped:
        raise RunsError(
            f"{table.files[0].name} holds means of groups ({grouped[0]!r}); take grouping off and export again"
        )
    long = _unpivot(table, list(found), [name for name in table.columns if name not in (*found, *bounds)])
    names = polars.DataFrame(
        {
            "heading": list(found),
            "run": [run for run, _ in found.values()],
            "metric": [metric for _, metric in found.values()],
        }
    )
    return table.with_frame(
        long.join(names, on="heading", how="left", maintain_order="left").drop("heading"),
        "a column for each run, as W&B exports charts",
    )


def _melt_seeds(table: RawTable, asked: AskedColumns) -> RawTable | None:
    """Columns called "seed_3", "3" or "acc_seed3": a value for each seed; before the seed stands a metric or an arm."""
    import polars

    numbered = {name: match for name in table.columns if (match := NUMBER_HEADING.match(name))}
    table = _rename_corner(table, len(numbered))
    if asked.seed or any(is_seed(name) for name in table.columns):
        return _melt_steps(table, list(numbered))
    found = {name: match for name in table.columns if (match := SEED_HEADING.match(name))}
    found = numbered if len(found) < 2 else found
    if len(found) < 2 or not all(is_mostly_numeric(table.frame[name]) for name in found):
        return None
    others = [name for name in table.columns if name not in found]
    summaries = [name for name in others if _is_summary(name)]
    rest = [name for name in others if name not in summaries]
    before = [match[1] or None for match in found.values()]
    what = (
        "metric" if _has_arm(table, rest, asked) or all(name is None or _is_no_arm(name) for name in before) else "arm"
    )
    columns = {"heading": list(found), "seed": [str(int(match[2])) for match in found.values()], what: before}
    names = polars.DataFrame(columns, schema=dict.fromkeys(columns, polars.String))
    if any(plain_name(name) in METRICS for name in rest):
        names = names.drop(what)
    notes = ["a column for each seed"]
    notes += [f"left out, as they sum up others: {list_names(summaries)}"] if summaries else []
    long = _unpivot(table, list(found), rest)
    long = long.join(names, on="heading", how="left", maintain_order="left").drop("heading")
    return _drop_empty(_name_metric(table.with_frame(long, *notes), asked))


def _melt_repeats(table: RawTable, asked: AskedColumns) -> RawTable | None:
    """Columns called "run1" or "fold_2", and nothing else that numbers runs: a value for each run of the row's arm."""
    import polars

    found = {name: match for name in table.columns if (match := REPEAT_HEADING.match(name))}
    words = {plain_name(match[1]) for match in found.values()}
    rest = [name for name in table.columns if name not in found]
    if len(found) < 2 or len(words) > 1 or asked.seed or any(is_key(name) for name in rest):
        return None
    if not _has_arm(table, rest, asked) or not all(is_mostly_numeric(table.frame[name]) for name in found):
        return None
    column = "fold" if words == {"fold"} else "run"
    summaries = [name for name in rest if _is_summary(name)]
    long = _unpivot(table, list(found), [name for name in rest if name not in summaries])
    long = long.with_columns(polars.col("heading").str.extract(r"(\d+)$").alias(column)).drop("heading")
    if not any(plain_name(name) in METRICS for name in rest):
        long = long.with_columns(metric=polars.lit(None, polars.String))
    notes = [f"left out, as they sum up others: {list_names(summaries)}"] if summaries else []
    return _drop_empty(_name_metric(table.with_frame(long, f"a column for each {column}", *notes), asked))


def _melt_steps(table: RawTable, headings: list[str]) -> RawTable | None:
    """Columns called by numbers beside a column of seeds: a value for each step."""
    if len(headings) < 2 or not all(is_mostly_numeric(table.frame[name]) for name in headings):
        return None
    long = _unpivot(table, headings, [name for name in table.columns if name not in headings])
    return table.with_frame(long.rename({"heading": "step"}), "a column for each step")


def _rename_corner(table: RawTable, numbered: int) -> RawTable:
    """The table with its first column as "arm" where that is called like seeds but holds words, above numbers."""
    first = table.columns[0]
    others = len(table.columns) - 1
    if is_seed(first) and numbered == others > 1 and has_text(table, first):
        return table.with_frame(table.frame.rename({first: "arm"}))
    return table


def _has_arm(table: RawTable, rest: list[str], asked: AskedColumns) -> bool:
    """Whether one of these columns may say the arm."""
    others = [name for name in rest if not is_key(name) and plain_name(name) not in METRICS]
    return bool(asked.arm) or any(not holds_splits(table, name) for name in others)


def _melt_arms(table: RawTable, asked: AskedColumns) -> RawTable | None:
    """Columns that are arms: at least two of numbers, none called like a metric, and nothing else that says the arm."""
    import polars

    if asked.arm or asked.value or any(plain_name(name) in (*ARMS, *RUNS, *METRICS) for name in table.columns):
        return None
    keys = {find_step(table, asked), asked.seed}
    rest = [
        name
        for name in table.columns
        if name in keys
        or is_seed(name)
        or plain_name(name) in (*REPEATS, *STEPS)
        or is_bookkeeping(name)
        or holds_splits(table, name)
    ]
    arms = [name for name in table.columns if name not in rest]
    if len(arms) < 2 or not all(is_mostly_numeric(table.frame[name]) for name in arms):
        return None
    if any(_is_no_arm(name) for name in arms) or any(metric in arms for metric in asked.metrics):
        return None
    summaries = [name for name in arms if _is_summary(name)]
    arms = [name for name in arms if name not in summaries]
    column = "arm" if any(is_seed(name) for name in rest) or asked.seed else "run"
    long = _unpivot(table, arms, rest).rename({"heading": column}).with_columns(metric=polars.lit(None, polars.String))
    return _drop_empty(_name_metric(table.with_frame(long, f"a column for each arm: {list_names(arms)}"), asked))


def _is_no_arm(name: str) -> bool:
    """Whether a heading is a metric's or a setting's."""
    return (
        higher_is_better_by_name(name) is not None
        or split_of(name) != PLAIN_SPLIT
        or is_setting(name)
        or plain_name(name) in VALUES
    )


def _is_summary(name: str) -> bool:
    """Whether a heading says that its cells sum up others."""
    return plain_name(name).split("_")[0] in SUMMARIES


def _unpivot(table: RawTable, on: list[str], index: list[str]) -> "polars.DataFrame":
    """A row for each cell of these columns: the other columns, heading, value."""
    frame = table.frame
    kinds = {frame[name].dtype for name in on}
    if len(kinds) > 1:
        import polars

        whole = all(kind.is_numeric() for kind in kinds)
        frame = frame.with_columns(polars.col(on).cast(polars.Float64 if whole else polars.String))
    return frame.unpivot(on, index=[*index, FILE, LINE], variable_name="heading", value_name="value")


def _name_metric(table: RawTable, asked: AskedColumns) -> RawTable:
    """The table with names of metrics where headings have none: the name asked, or that of the file, or "value"."""
    import polars

    if "metric" not in table.frame.columns or not table.frame["metric"].null_count():
        return table
    names = [_metric_of_file(file.parts) for file in table.files]
    said = set(names) != {"value"} and any("split" in file.facts for file in table.files)
    if asked.metrics and len(set(names)) == 1 and not said:
        names = [asked.metrics[0]] * len(names)
    by_row = polars.Series(names, dtype=polars.String).gather(table.frame[FILE])
    note = (
        ""
        if set(names) <= {"value", *asked.metrics}
        else f"metric is the name of the file: {list_names(dict.fromkeys(names))}"
    )
    frame = table.frame.with_columns(metric=polars.col("metric").fill_null(by_row))
    return table.with_frame(frame, *([note] if note else []))


def _metric_of_file(parts: tuple[str, ...]) -> str:
    """The name of a file where it is a metric's, else "value"."""
    stem = PurePath(parts[-1]).name.split(".")[0] if parts else ""
    return stem if higher_is_better_by_name(stem) is not None else "value"


def _drop_empty(table: RawTable) -> RawTable:
    """Without empty cells: no such run. Where a run diverged, its cell is NaN."""
    import polars

    value = polars.col("value")
    empty = (
        value.is_null()
        if table.frame["value"].dtype != polars.String
        else value.is_null() | (value.str.strip_chars() == "")
    )
    kept = table.frame.filter(~empty)
    count = table.frame.height - kept.height
    if not count:
        return table
    first = table.with_frame(table.frame.filter(empty)).place(0)
    cells = "1 cell is empty" if count == 1 else f"{count} cells are empty"
    return table.with_frame(kept, f"{cells} ({first}): taken as no run; write NaN for a run that diverged")
