"""Where runs come from: files, folders, frames and rows, each as raw tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import RunsError, escape_halves
from ._csv import read_csv
from ._encoding import decode_text, read_bytes
from ._facts import read_facts
from ._folders import list_files, name_files
from ._json import read_json, rows_of_columns, table_of_rows
from ._lab_runs import keep_confirmed
from ._metric_paths import name_metrics
from ._mlflow import is_mlflow, read_mlflow
from ._mlflow_files import is_mlflow_run, read_mlflow_files
from ._parquet import read_parquet, table_of_frame
from ._raw_table import RawFile, RawTable, join_tables
from ._split_paths import split_off_parts
from ._sqlite import START as SQLITE
from ._sqlite import list_tables, open_to_read
from ._tensorboard import is_event_file, read_tensorboard
from ._tracked import TrackedRun, table_of_runs
from ._trackio import is_trackio, read_trackio
from ._wandb import START as WANDB
from ._wandb import read_wandb
from ._words import is_seed

PARQUET = b"PAR1"
OWN_STORE = {"record", "plan", "standing"}  # tables of a store of lrlab


def read_source(source: Any, metrics: Sequence[str], by_file: bool = False) -> tuple[RawTable, tuple[str, ...]]:
    """All rows of a source as one table, and the names of its files as the user wrote them.

    metrics: those asked for; trackers hold many, and only these are read. by_file: whether the files are the arms, so
    that those of training and of validation are not taken as one run.

    Raises RunsError.
    """
    if isinstance(source, str) and not source.strip():
        raise RunsError("the path of the runs is empty; write that of a file, or . for all of this folder")
    if isinstance(source, str | Path):
        return _read_paths([Path(source)], metrics, by_file), (escape_halves(str(source)),)
    rows = RawFile("the rows", by_row=True)
    if isinstance(source, Mapping):
        source = _rows_of_mapping(source, rows)
    if hasattr(source, "to_frame") and hasattr(source, "name"):  # a series
        source = source.to_frame()
    if hasattr(source, "collect_schema") or hasattr(source, "columns"):
        return table_of_frame(source, RawFile("the frame", by_row=True)), ()
    if not isinstance(source, Iterable):
        raise RunsError(
            f"runs are read from a path, paths, a frame or rows, not from {type(source).__name__}; write one"
        )
    items = list(source)
    if not items:
        raise RunsError("no runs are given: what was passed is empty; write a path, a frame, or a row for each run")
    if all(isinstance(item, str | Path) for item in items):
        return _read_paths([Path(item) for item in items], metrics, by_file), tuple(
            escape_halves(str(item)) for item in items
        )
    return table_of_rows(items, range(1, len(items) + 1), rows), ()


def _rows_of_mapping(source: Mapping[Any, Any], file: RawFile) -> list[dict[Any, Any]]:
    """Rows of columns by name. Raises RunsError: none, or of different lengths."""
    bare = [name for name, column in source.items() if isinstance(column, str) or not hasattr(column, "__len__")]
    if bare:
        raise RunsError(
            f"{file.name}: {bare[0]!r} holds one value, where a dict of columns needs a list; write rows as a list of "
            "dicts, or columns as lists"
        )
    return rows_of_columns({name: list(column) for name, column in source.items()}, file)


def _read_paths(paths: Sequence[Path], metrics: Sequence[str], by_file: bool) -> RawTable:
    """The runs in files and in folders."""
    listed = [list_files(path) for path in paths]
    found = list(dict.fromkeys(file for files, _ in listed for file in files))
    named = list(zip(found, name_files(found), strict=True))
    events = [(path, file.parts) for path, file in named if is_event_file(path)]
    logged = [(path, file.name) for path, file in named if is_mlflow_run(path)]
    runs, tables = [*read_tensorboard(events, by_file), *read_mlflow_files(logged)], []
    others = [(path, file) for path, file in named if not is_event_file(path) and not is_mlflow_run(path)]
    for path, file in others if by_file else _join_parts(others):
        read = _read_file(path, file)
        tables += [read] if isinstance(read, RawTable) else []
        runs += read if isinstance(read, list) else []
    if runs and tables:
        raise RunsError(f"{tables[0].files[0].name} is a table, {runs[0].place} a tracker's; read one kind at a time")
    runs, confirmed = keep_confirmed(runs, escape_halves(str(paths[0])))
    if runs or not tables:
        table = table_of_runs(runs, metrics, escape_halves(str(paths[0])))
    else:
        table = _drop_shared_facts(join_tables(tables if by_file else name_metrics(tables)))
    notes = [confirmed] if confirmed else []
    return table.with_frame(table.frame, *notes, *(note for _, notes in listed for note in notes))


def _join_parts(files: Sequence[tuple[Path, RawFile]]) -> list[tuple[Path, RawFile]]:
    """The files, those of training and of validation of one run under one name, with a column that says which it is."""
    split = split_off_parts([file.parts for _, file in files])
    return [
        (path, replace(file, parts=parts, facts={"split": part}) if part else file)
        for (path, file), (parts, part) in zip(files, split, strict=True)
    ]


def _drop_shared_facts(table: RawTable) -> RawTable:
    """Without the settings that are the same beside all files: they tell no runs apart, and least those of one file."""
    first = table.files[0].facts
    shared = {name for name, cell in first.items() if all(file.facts.get(name) == cell for file in table.files)}
    kept = [{name: cell for name, cell in file.facts.items() if name not in shared} for file in table.files]
    files = tuple(replace(file, facts=facts) for file, facts in zip(table.files, kept, strict=True))
    where = "the file" if len(files) == 1 else "all files"
    notes = [
        f"the settings beside {where} say {name} {first[name]}: it tells no runs apart and is not used"
        for name in first
        if name in shared and is_seed(name) and not any(map(is_seed, table.columns))
    ]
    return replace(table, files=files, notes=(*table.notes, *notes))


def _read_file(path: Path, file: RawFile) -> RawTable | list[TrackedRun]:
    """The rows or runs of one file, by what is in it."""
    found = read_bytes(path)
    if found.startswith(SQLITE):
        return _read_database(path)
    if found.startswith(WANDB):
        return [read_wandb(found, file.name)]
    file = replace(file, facts={**read_facts(path.parent), **file.facts})
    if found.startswith(PARQUET):
        return read_parquet(found, file)
    text, notes = decode_text(found, file.name)
    read = read_json if text.lstrip()[:1] in ("{", "[") else read_csv
    table = read(text, file)
    return table.with_frame(table.frame, *notes)


def _read_database(path: Path) -> list[TrackedRun]:
    """The runs of a tracker's database.

    Raises RunsError: it is none that is known.
    """
    with open_to_read(path) as connection:
        tables, name = list_tables(connection), escape_halves(path.name)
        if is_mlflow(tables):
            return read_mlflow(connection, name)
        if is_trackio(tables):
            return read_trackio(connection, tables, name)
        if set(tables) >= OWN_STORE:
            raise RunsError(
                f"{path} is a store of lrlab: `lrlab report --store {name}` answers what was asked there; to judge its "
                "runs write them first, lrlab store export FOLDER --study NAME"
            )
    raise RunsError(
        f"{path} is a database, but neither MLflow's nor Trackio's; "
        "write its runs as CSV, with columns arm,seed,metric,value"
    )
