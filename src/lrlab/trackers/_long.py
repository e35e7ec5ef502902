"""Tables with their keys known, as runs in long form."""

from typing import TYPE_CHECKING

from ..errors import RunsError
from ._asked import AskedColumns
from ._keys import Keys, find_keys
from ._metrics import find_metric_columns, find_metric_names
from ._numbers import read_numbers
from ._raw_table import FILE, LINE, RawTable
from ._words import METRICS, VALUES, find_column, list_names, plain_name, write_option

if TYPE_CHECKING:
    import polars

KEYS = ("arm", "seed", "run", "step")


def make_long(table: RawTable, asked: AskedColumns) -> tuple[RawTable, tuple[str, ...], bool]:
    """Rows of arm, seed, metric, step and value, with FILE and LINE; the metrics, in order; whether seeds were given.

    Raises RunsError, UnknownName.
    """
    keys = find_keys(table, asked)
    table = table.with_frame(table.frame, *keys.notes)
    metric, value = _find_long_columns(table, asked, keys)
    read = (
        _read_long(table, asked, keys, metric, value) if metric and value else _read_columns(table, asked, keys, value)
    )
    table, metrics = read
    return _number_runs(table, keys), metrics, keys.seed is not None


def _find_long_columns(table: RawTable, asked: AskedColumns, keys: Keys) -> tuple[str | None, str | None]:
    """The columns of a long table with the metric's name and its value; None for what there is not."""
    columns = [name for name in table.columns if name not in keys.used]
    value = find_column(asked.value, table.columns, "--value") if asked.value else None
    names = [name for name in columns if plain_name(name) in METRICS and name != value]
    values = [value] if value else [name for name in columns if plain_name(name) in VALUES and name not in names]
    if not names or not values:
        return None, value
    if len(names) > 1 or len(values) > 1:
        raise RunsError(f"the value may be {list_names(values)}; write --value {write_option(values[0])}")
    return names[0], values[0]


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
    table = table.with_frame(table.frame.with_columns(names.alias(metric)))
    metrics, note = find_metric_names([name for name in names.unique(maintain_order=True) if name], asked.metrics)
    chosen = names.is_in(metrics)
    numbers, notes = read_numbers(table.with_frame(table.frame.filter(chosen)), value, names.filter(chosen))
    frame = (
        _key_columns(table, keys)
        .filter(chosen)
        .with_columns(names.filter(chosen).alias("metric"), numbers.alias("value"))
    )
    return table.with_frame(frame, *([note] if note else []), *notes), metrics


def _read_columns(
    table: RawTable, asked: AskedColumns, keys: Keys, value: str | None
) -> tuple[RawTable, tuple[str, ...]]:
    """A row for each metric of each row."""
    import polars

    if value:  # one column of values, whose metric is called as asked
        columns, names, note = (value,), (asked.metrics[:1] or (value,)), ""
    else:
        columns, note = find_metric_columns(table, asked.metrics, keys)
        names = columns
    rows, notes, base = [], [note] if note else [], _key_columns(table, keys)
    for column, name in zip(columns, names, strict=True):
        _check_files(table, column)
        headings = None if name == column else polars.Series([name]).new_from_index(0, table.frame.height)
        numbers, said = read_numbers(table, column, headings)
        notes += said
        rows.append(base.with_columns(polars.lit(name).alias("metric"), numbers.alias("value")))
    return table.with_frame(polars.concat(rows), *notes), tuple(names)


def _check_files(table: RawTable, column: str) -> None:
    """Refuse files that lack a metric and have columns that those with it lack: perhaps it has another name there.

    A file that lacks it and has nothing else is a run that broke off before it was measured.
    """
    with_it = [file for file in table.files if column in file.columns]
    known = {name for file in with_it for name in file.columns}
    for file in table.files:
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
