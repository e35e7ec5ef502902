"""Which columns say arm, seed, run and step: as asked, else by their names, else by the names of files and runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import RunsError
from ._asked import Asked
from ._numbers import EMPTY, NOT_A_NUMBER
from ._raw_table import FILE, RawTable
from ._run_names import split_paths, split_run_names
from ._words import (
    ARMS,
    REPEATS,
    RUNS,
    STEPS,
    find_column,
    is_bookkeeping,
    is_seed,
    is_setting,
    list_names,
    plain_name,
    write_option,
)

if TYPE_CHECKING:
    import polars

BY_FILE = "file"  # asked as a column: what the names of files and folders say


@dataclass(frozen=True)
class Keys:
    """Of each row: its arm; its seed; else what tells runs apart, if anything does. step: the column of steps.

    used: the columns that are none of the metrics. notes: what was decided.
    """

    arm: "polars.Series"
    seed: "polars.Series | None"
    run: "polars.Series | None"
    step: str | None
    used: tuple[str, ...]
    notes: tuple[str, ...]


def find_keys(table: RawTable, asked: Asked) -> Keys:
    """Arm, seed, run and step of each row.

    Raises RunsError: none or several columns may be meant, cells are empty. UnknownName: a column that is not there.
    """
    by_file = _split_files(table)
    seed, seed_column, seed_note = _find_seed(table, asked, by_file)
    step = find_step(table, asked)
    skip = [column for column in (seed_column, step) if column]
    arm, arm_columns, arm_note = _find_arm(table, asked, by_file, skip)
    run = None
    if arm_columns and seed is None and plain_name(arm_columns[0]) in RUNS:  # its names may say both
        arm, seed, seed_note = _split_names(arm)
    if seed is None:
        run, column, seed_note = _find_run(table, (*arm_columns, *skip))
        skip += [column] if column else []
    step_note = f"step is the column `{step}`" if step else ""
    notes = (arm_note, seed_note, step_note)
    return Keys(arm, seed, run, step, (*arm_columns, *skip), tuple(note for note in notes if note))


def find_step(table: RawTable, asked: Asked) -> str | None:
    """The column of steps, or None."""
    if asked.step:
        return find_column(asked.step, table.columns, "--step")
    for name in STEPS:
        for column in table.columns:
            if (
                plain_name(column) == name
                and not column.startswith(("config.", "params."))
                and table.frame[column].n_unique() > 1
            ):
                return column
    return None


def varying(table: RawTable, columns: Sequence[str]) -> list[str]:
    """Those of the columns with at least two different cells."""
    return [column for column in columns if table.frame[column].n_unique() > 1]


def _split_files(table: RawTable) -> list[tuple[str, str | None]]:
    """Arm and seed of each file by its path; none where there is one file."""
    if len(table.files) == 1 or not all(file.parts for file in table.files):
        return [("", None)] * len(table.files)
    return split_paths([file.parts for file in table.files])


def _spread_files(table: RawTable, values: Sequence[str | None]) -> "polars.Series":
    """A value of each file as one of each row."""
    import polars

    return polars.Series(values, dtype=polars.String).gather(table.frame[FILE])


def _find_seed(
    table: RawTable, asked: Asked, by_file: list[tuple[str, str | None]]
) -> "tuple[polars.Series | None, str | None, str]":
    """The seed of each row, the column it is in, and what was decided."""
    if asked.seed and asked.seed != BY_FILE:
        column = find_column(asked.seed, table.columns, "--seed")
        return _read_seeds(table, column), column, ""
    found = [name for name in table.columns if is_seed(name) and table.frame[name].null_count() < table.frame.height]
    exact = [name for name in found if plain_name(name) == "seed"]
    column = (exact or found or [None])[0]
    if column and asked.seed is None:
        if len(exact) != 1 and len(varying(table, found)) > 1:
            raise RunsError(f"the seed may be {list_names(found)}; write --seed {write_option(found[0])}")
        return _read_seeds(table, column), column, f"seed is the column `{column}`"
    seeds = [seed for _, seed in by_file]
    if any(seed is not None for seed in seeds):
        if None in seeds:
            name = table.files[seeds.index(None)].name
            raise RunsError(f"{name}: its name has no seed, as others have; call it like {table.files[0].name}")
        return _spread_files(table, seeds), None, "seed is the number in the names of the files"
    if asked.seed:
        raise RunsError("the names of the files have no seeds; call them like cosine_seed3.csv, or write --seed COLUMN")
    return None, None, ""


def _read_seeds(table: RawTable, column: str) -> "polars.Series":
    """Seeds as text: 3 for 3, 3.0, "seed_3" and "seed=3"; other text as it is."""
    import polars

    cells = table.frame[column].cast(polars.String).str.strip_chars()
    empty = cells.is_null() | (cells == "")
    if empty.any():
        place = table.place(empty.arg_max() or 0)
        raise RunsError(f"{place}: no seed in column `{column}`; write it, or leave the row out")
    bare = cells.str.replace(r"(?i)^(random[_ -]?)?(seed|s)[_ =:-]?(\d+)$", "${3}").str.replace(r"^(\d+)\.0*$", "${1}")
    return bare.str.replace(r"^0+(\d)", "${1}").alias("seed")


def _find_arm(
    table: RawTable, asked: Asked, by_file: list[tuple[str, str | None]], skip: list[str]
) -> "tuple[polars.Series, tuple[str, ...], str]":
    """The arm of each row, the columns it is made of, and what was decided."""
    if asked.arm and asked.arm != (BY_FILE,):
        columns = tuple(find_column(name, table.columns, "--arm") for name in asked.arm)
        return _join_columns(table, columns), columns, ""
    files = list(dict.fromkeys(arm for arm, _ in by_file))
    path = _spread_files(table, [arm or "all" for arm, _ in by_file]) if len(files) > 1 else None
    if asked.arm:
        if path is None:
            raise RunsError("the names of the files tell no arms apart; write --arm COLUMN")
        return path, (), ""
    column = _guess_arm_column(table, [name for name in table.columns if name not in skip], path is not None)
    if column:
        return _join_columns(table, (column,)), (column,), f"arm is the column `{column}`"
    if path is not None:
        _check_settings(table, skip)
        return path, (), f"arm is the name of the file: {list_names(files)}"
    raise RunsError(
        f"no column says which arm a run belongs to; write --arm and one of {list_names(table.columns)}, "
        "or --arm A,B for an arm made of several"
    )


def _guess_arm_column(table: RawTable, columns: list[str], by_file: bool) -> str | None:
    """The column that the arm is in, by its name and cells; None: none, so that files may tell.

    First what is called like an arm, then text of no other meaning, then settings, then names of runs.
    """
    for exact in ("arm", "arms"):
        for column in columns:
            if plain_name(column) == exact:
                return column
    named = [name for name in columns if plain_name(name) in ARMS]
    text = [name for name in columns if _may_be_arm(table, name)]
    names = [name for name in columns if plain_name(name) in RUNS and _has_text(table, name)]
    settings = [] if by_file else [name for name in columns if is_setting(name)]
    for found in (named, text, _repeated(table, names), settings):
        kept = _drop_synonyms(table, varying(table, found))
        if len(kept) > 1:
            both = ",".join(kept)
            raise RunsError(
                f"the arm may be {list_names(kept)}; write --arm {write_option(kept[0])}, "
                f"or --arm {write_option(both)} for arms made of several"
            )
        if kept:
            return kept[0]
    return (named or ([] if by_file else names) or [None])[0]


def _may_be_arm(table: RawTable, name: str) -> bool:
    """Whether a column is text that repeats and is called like nothing else."""
    if is_bookkeeping(name) or plain_name(name) in (*RUNS, *REPEATS, *STEPS, "phase", "outcome", "split"):
        return False
    return _has_text(table, name) and table.frame[name].n_unique() < table.frame.height


def _has_text(table: RawTable, name: str) -> bool:
    """Whether most cells of a column are words."""
    import polars

    series = table.frame[name]
    if series.dtype != polars.String:
        return False
    cells = series.unique().drop_nulls().str.strip_chars()
    cells = cells.filter(~cells.str.to_lowercase().is_in([*EMPTY, *NOT_A_NUMBER, "true", "false"]))
    words = cells.str.contains(r"^[^\d\s.,+-]|[A-Za-z]{3}")
    return int(words.sum()) * 2 > len(cells)


def _repeated(table: RawTable, names: list[str]) -> list[str]:
    """Names of runs that stand for several: no more than half as many as there are rows."""
    return [name for name in names if table.frame[name].n_unique() * 2 <= table.frame.height]


def _check_settings(table: RawTable, skip: list[str]) -> None:
    """Refuse settings that differ among the runs of one file where files would be the arms."""
    import polars

    if any(plain_name(column) in STEPS for column in skip):
        return
    settings = varying(table, [name for name in table.columns if is_setting(name) and name not in skip])
    counts = table.frame.group_by(FILE).agg(polars.col(settings).n_unique())
    inside = [name for name in settings if (counts[name] > 1).any()]
    if inside:
        raise RunsError(
            f"the arm may be {list_names(inside)}, or the name of the file; "
            f"write --arm {write_option(inside[0])} or --arm {BY_FILE}"
        )


def _drop_synonyms(table: RawTable, columns: list[str]) -> list[str]:
    """Without columns that tell rows apart exactly as one before them does."""
    kept: list[str] = []
    for column in columns:
        pairs = [table.frame.select(other, column).n_unique() for other in kept]
        counts = [table.frame[other].n_unique() for other in kept]
        if not any(pair == count == table.frame[column].n_unique() for pair, count in zip(pairs, counts, strict=True)):
            kept.append(column)
    return kept


def _join_columns(table: RawTable, columns: tuple[str, ...]) -> "polars.Series":
    """Arms as text; of several columns "cosine, peak=0.1"."""
    import polars

    parts = []
    for column in columns:
        cells = table.frame[column].cast(polars.String).str.strip_chars()
        empty = cells.is_null() | (cells == "")
        if empty.any():
            place = table.place(empty.arg_max() or 0)
            raise RunsError(f"{place}: no arm in column `{column}`; write one, or leave the row out")
        parts.append(cells if len(columns) == 1 or _has_text(table, column) else f"{plain_name(column)}=" + cells)
    return polars.select(polars.concat_str(parts, separator=", ")).to_series().alias("arm")


def _split_names(names: "polars.Series") -> "tuple[polars.Series, polars.Series | None, str]":
    """Arms and seeds out of names of runs."""
    import polars

    known = names.unique(maintain_order=True).to_list()
    found = dict(zip(known, split_run_names(known), strict=True))
    seeds = [seed for _, seed in found.values()]
    if all(seed is None for seed in seeds):
        return names, None, ""
    if None in seeds:
        without = next(name for name, (_, seed) in found.items() if seed is None)
        raise RunsError(f"the name of run {without!r} has no seed, as others have; call it like {known[0]!r}")
    arms = names.replace_strict({name: arm for name, (arm, _) in found.items()}, return_dtype=polars.String)
    return (
        arms.alias("arm"),
        names.replace_strict({name: seed for name, (_, seed) in found.items()}, return_dtype=polars.String),
        f"arm and seed are in the names of the runs: {known[0]!r} is {found[known[0]][0]!r}, seed {found[known[0]][1]}",
    )


def _find_run(table: RawTable, skip: Sequence[str]) -> "tuple[polars.Series | None, str | None, str]":
    """What tells runs without seeds apart: a column, else files; the column; and what was decided."""
    import polars

    for kinds in (REPEATS, RUNS):
        for column in table.columns:
            if column not in skip and plain_name(column) in kinds and table.frame[column].n_unique() > 1:
                note = f"no column of seeds: runs are told apart by `{column}`, and nothing pairs them"
                if kinds is REPEATS:
                    note += f"; where runs of one number share their seed, write --seed {write_option(column)}"
                return table.frame[column].cast(polars.String), column, note
    note = "no column of seeds: runs are only numbered, and nothing pairs them"
    return (table.frame[FILE].cast(polars.String) if len(table.files) > 1 else None), None, note
