"""read_runs: runs made anywhere, from wherever they were written, as one RunTable."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ._asked import BY_FILE, AskedColumns, split_asked
from ._direction import higher_is_better_by_name
from ._duplicates import drop_copies
from ._endings import read_endings
from ._implied_steps import STEP, number_steps
from ._lab_exports import read_lab_export
from ._long import make_long
from ._metrics import correct_direction
from ._prepare import prepare_columns
from ._run_table import RunTable
from ._sources import read_source
from ._units import check_units
from ._wide import melt_wide


def read_runs(
    source: str | Path | Iterable[str | Path] | Iterable[Mapping[str, Any]] | Any,
    *,
    arm: str | Sequence[str] | None = None,
    seed: str | None = None,
    metric: str | Sequence[str] | None = None,
    value: str | None = None,
    step: str | None = None,
    higher_is_better: bool | None = None,
) -> RunTable:
    """Runs made anywhere, read as one table.

    source: a file, several, or a folder of them (CSV or other delimited text, JSON, JSON lines, Parquet, gzip of
    these; a database of MLflow or Trackio, event files of TensorBoard, W&B's `run-*.wandb`), a frame of polars or
    pandas, or rows as dicts. Tables may be long, or wide: a column for each metric, seed or arm.
    arm, seed, metric, value, step: the columns that say so, where they are not to be guessed. Several columns may make
    up an arm: "schedule,peak"; "file" stands for what the names of files and folders say. metric: one or several, the
    first to be judged; in a long table, names in its column of metrics.
    higher_is_better: of the first metric, where its name does not say.

    Raises RunsError, with file and line, for what cannot be read, or could be read in two ways; UnknownName for a
    column or metric that is not there.
    """
    table, sources = read_source(source, split_asked(metric, ()), split_asked(arm, ()) == (BY_FILE,))
    table = prepare_columns(table)
    metrics = table.metrics or split_asked(metric, table.columns)
    asked = AskedColumns(split_asked(arm, table.columns), seed, metrics, value, step)
    given = table
    table, asked = read_lab_export(table, asked)
    by_others = table is given
    melted = melt_wide(table, asked)
    stepped = number_steps(melted, asked)
    long, metrics, seeded = make_long(stepped, asked)
    long = drop_copies(long, stepped)
    long = long.with_frame(long.frame, *check_units(long))
    if by_others and melted is table:  # ours are read already; of a wide table a row is not a run
        long = read_endings(long, stepped, asked)
    made = {name for name in melted.columns if name not in table.columns}
    unsaid = {f"{what} is the column `{name}`" for name in made for what in ("arm", "seed")}
    unsaid |= {f"step is the column `{STEP}`"} if stepped is not melted else set()
    notes = [note for note in long.notes if note not in unsaid]  # what was made here is no column of the user's
    return RunTable(
        frame=long.frame.select("arm", "seed", "metric", "step", "value", long.places().alias("where")),
        metrics=metrics,
        seeded=seeded,
        guessed=tuple(dict.fromkeys(correct_direction(notes, metrics[0], higher_is_better))),
        higher_is_better=_find_directions(metrics, higher_is_better, long.directions),
        sources=sources,
        diverged=long.runs_of(long.diverged),
        at_chance=long.runs_of(long.at_chance),
        key=long.key,
    )


def _find_directions(metrics: Sequence[str], asked: bool | None, told: Mapping[str, bool]) -> dict[str, bool]:
    """The direction of each metric for which it is asked, the source tells it, or its name says it."""
    found = {name: told.get(name, higher_is_better_by_name(name)) for name in metrics} | (
        {metrics[0]: asked} if asked is not None else {}
    )
    return {name: up for name, up in found.items() if up is not None}
