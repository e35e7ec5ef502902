"""Tables with their keys known, as runs in long form."""

from typing import TYPE_CHECKING

from ..errors import RunsError
from ._asked import AskedColumns
from ._keys import Keys, find_keys
from ._long_columns import find_long_columns
from ._metrics import find_metric_columns, find_metric_names
from ._numbers import read_numbers
from ._raw_table import FILE, LINE, RawTable
from ._split_column import list_parts, name_parts, rows_of_part
from ._words import list_names

if TYPE_CHECKING:
    import polars

KEYS = ("arm", "seed", "run", "step")


def make_long(table: RawTable, asked: AskedColumns) -> tuple[RawTable, tuple[str, ...], bool]:
    """Rows of arm, seed, metric, step and value, with FILE and LINE; the metrics, in order; whether seeds were given.

    Raises RunsError, UnknownName.
    """
    keys = find_keys(table, asked)
    table = table.with_frame(table.frame, *keys.notes)
    metric, value = find_long_columns(table, asked, keys.used)
    read = (
        _read_long(table, asked, keys, metric, value) if metric and value else _read_columns(table, asked, keys, value)
    )
    table, metrics = read
    return _number_runs(table, keys), metrics, keys.seed is not None


def _key_columns(table: RawTable, keys: Keys) -> "polars.DataFrame":
    """Arm, seed, run, step, FILE and LINE of each row; null where there is none."""
    import polars

    step = read_numbers(table, keys.step)[0].fill_nan(None) if keys.step else None
    none = polars.lit(None, polars.String)
    return table.frame.select(
        keys.arm.alias("arm"),
        none.alias("seed") if keys.seed is None else keys.seed.alias("seed"),
        none.alias("run") if keys.run is None else keys.run.alias("run"),
        polars.lit(None, polars.Float64).alias("step") if step is None else step.alias("step"),
        FILE,
        LINE,
    )


def _read_long(
    table: RawTable, asked: AskedColumns, keys: Keys, metric: str, value: str
) -> tuple[RawTable, tuple[str, ...]]:
    """The rows of the metrics asked for."""
    import polars

    names = table.frame[metric].cast(polars.String).str.strip_chars()
    names = name_parts(table, keys.split, names)
    table = table.with_frame(table.frame.with_columns(names.alias(metric)))
    known = [name for name in names.unique(maintain_order=True) if name]
    metrics, note = find_metric_names(known, asked.metrics, list_parts(table, keys.split))
    chosen = names.is_in(metrics)
    numbers, notes = read_numbers(table.with_frame(table.frame.filter(chosen)), value, names.filter(chosen))
    base = _key_columns(table, keys)
    frame = base.filter(chosen).with_columns(names.filter(chosen).alias("metric"), numbers.alias("value"))
    if keys.split:
        rows = [_add_unmeasured(frame.filter(polars.col("metric") == name), base) for name in metrics]
        frame = polars.concat(rows)
    return table.with_frame(frame, *([note] if note else []), *notes), metrics


def _read_columns(
    table: RawTable, asked: AskedColumns, keys: Keys, value: str | None
) -> tuple[RawTable, tuple[str, ...]]:
    """A row for each metric of each row."""
    import polars

    columns, note = find_metric_columns(table, asked.metrics, keys, value)
    rows, notes, base = [], [note] if note else [], _key_columns(table, keys)
    for name, (column, part) in columns.items():
        of_part = rows_of_part(table, keys.split, part)
        measured = table.with_frame(table.frame.filter(of_part))
        _check_files(measured, column)
        headings = None if name == column else polars.Series([name]).new_from_index(0, measured.frame.height)
        numbers, said = read_numbers(measured, column, headings)
        notes += said
        found = base.filter(of_part).with_columns(polars.lit(name).alias("metric"), numbers.alias("value"))
        rows.append(_add_unmeasured(found, base) if keys.split else found)
    return table.with_frame(polars.concat(rows), *notes), tuple(columns)


def _add_unmeasured(found: "polars.DataFrame", base: "polars.DataFrame") -> "polars.DataFrame":
    """The rows of a metric, and one without a value for each run that has rows on other data alone.

    Raises RunsError: an arm that has no row of the metric.
    """
    import polars

    name = found["metric"][0]
    lost = base.join(found, on="arm", how="anti")
    if lost.height:
        raise RunsError(
            f"arm {lost['arm'][0]!r} has no row of {name}; leave the arm out, or write --metric and one that all have"
        )
    missing = base.join(found, on=["arm", "seed", "run"], how="anti", nulls_equal=True)
    last = missing.unique(["arm", "seed", "run"], keep="last", maintain_order=True)
    empty = last.with_columns(polars.lit(name).alias("metric"), polars.lit(None, polars.Float64).alias("value"))
    return polars.concat([found, empty])


def _check_files(table: RawTable, column: str) -> None:
    """Refuse files that lack a metric and have columns that those with it lack: perhaps it has another name there.

    A file that lacks it and has nothing else is a run that broke off before it was measured.
    """
    files = [table.files[number] for number in table.frame[FILE].unique(maintain_order=True)]
    with_it = [file for file in files if column in file.columns]
    known = {name for file in with_it for name in file.columns}
    for file in files:
        other = [name for name in file.columns if name not in known]
        if with_it and column not in file.columns and other:
            raise RunsError(
                f"{file.name} has no column `{column}`, as {with_it[0].name} has, but {list_names(other)}; "
                "give what is the same one name in all files"
            )


def _number_runs(table: RawTable, keys: Keys) -> RawTable:
    """Seeds filled in where there are none; steps left out where each run has one value; empty cells made NaN."""
    import polars

    frame = table.frame
    if keys.seed is None:
        frame = frame.with_columns(seed=_number_by_arm(table, keys))
    run = ["arm", "seed", "metric"]
    value = polars.col("value")
    frame = frame.filter(
        value.is_not_null()
        | (value.is_null().all().over(run) & (polars.int_range(polars.len()) == polars.len() - 1).over(run))
    )
    empty = frame.filter(value.is_null())
    notes = []
    if empty.height:
        runs = "1 run has" if empty.height == 1 else f"{empty.height} runs have"
        notes.append(f"{runs} no value ({table.with_frame(empty).place(0)}): taken as diverged")
    if frame.select(run).is_unique().all():
        notes += _say_unlike_steps(frame, keys)
        frame = frame.with_columns(step=polars.lit(None, polars.Float64))
    elif keys.step:
        _check_steps(table.with_frame(frame), keys.step)
        notes.append(f"step is the column `{keys.step}`")
    frame = frame.with_columns(value.fill_null(float("nan")))
    return table.with_frame(frame.select("arm", "seed", "metric", "step", "value", FILE, LINE), *notes)


def _say_unlike_steps(frame: "polars.DataFrame", keys: Keys) -> list[str]:
    """A sentence where runs have one row each, and not all at the same step."""
    steps = frame["step"].drop_nulls()
    if steps.n_unique() < 2:
        return []
    return [f"each run has one row, but they differ in `{keys.step}`, {steps.min():g} to {steps.max():g}"]


def _check_steps(table: RawTable, step: str) -> None:
    """Refuse a row without a step where its run has others: nothing says where in the curve it is."""
    import polars

    several = polars.len().over("arm", "seed", "metric") > 1
    lost = table.frame.select(polars.col("step").is_null() & several).to_series()
    if lost.any():
        raise RunsError(
            f"{table.place(lost.arg_max() or 0)}: no step in column `{step}`, but its run has several rows; write it, "
            "or leave the row out"
        )


def _number_by_arm(table: RawTable, keys: Keys) -> "polars.Expr":
    """The number of each row's run among those of its arm, from 1, as text."""
    import polars

    if keys.run is not None:
        return polars.col("run").rank("dense").over("arm").cast(polars.String)
    if keys.step is None:
        return (polars.int_range(polars.len()).over("arm", "metric") + 1).cast(polars.String)
    twice = ~table.frame.select("arm", "metric", "step").is_unique()
    if twice.any():
        place = table.place(twice.arg_max() or 0)
        raise RunsError(
            f"{place}: several values of one arm at one step, and nothing tells its runs apart; add a column `seed`, "
            "or write --seed COLUMN"
        )
    return polars.lit("1")
