"""What tells the runs of an arm apart: a column of seeds, the names of files or runs, else a number."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import RunsError
from ._arms import has_text, varying
from ._asked import BY_FILE, AskedColumns
from ._numbers import is_blank
from ._raw_table import FILE, RawTable
from ._run_names import split_run_names
from ._words import REPEATS, RUNS, find_column, is_seed, list_names, plain_name, write_option

if TYPE_CHECKING:
    import polars


def find_seed(
    table: RawTable, asked: AskedColumns, by_file: list[tuple[str, str | None]]
) -> "tuple[polars.Series | None, str | None, str]":
    """The seed of each row, the column it is in, and what was decided."""
    if asked.seed and asked.seed != BY_FILE:
        column = find_column(asked.seed, table.columns, "--seed")
        return _read_seeds(table, column), column, ""
    found = [name for name in table.columns if is_seed(name) and not is_blank(table.frame[name]).all()]
    exact = _drop_copies(table, [name for name in found if plain_name(name) == "seed"])
    column = (exact or found or [None])[0]
    if column and asked.seed is None:
        if len(exact) != 1 and len(varying(table, found)) > 1:
            raise RunsError(f"the seed may be {list_names(found)}; write --seed {write_option(found[0])}")
        return _read_seeds(table, column), column, f"seed is the column `{column}`"
    seeds = [seed for _, seed in by_file]
    if any(seed is not None for seed in seeds):
        if None in seeds:
            name = table.files[seeds.index(None)].name
            other = next(file.name for file, seed in zip(table.files, seeds, strict=True) if seed is not None)
            raise RunsError(f"{name}: its name has no seed, as others have; call it like {other}")
        return table.spread(seeds), None, "seed is the number in the names of the files"
    if asked.seed:
        raise RunsError("the names of the files have no seeds; call them like cosine_seed3.csv, or write --seed COLUMN")
    return None, None, ""


def _drop_copies(table: RawTable, columns: list[str]) -> list[str]:
    """Without columns that have the cells of one before them, as settings that a log and a file beside it both hold."""
    kept: list[str] = []
    for column in columns:
        if not any(table.frame[column].equals(table.frame[other], null_equal=True) for other in kept):
            kept.append(column)
    return kept


def _read_seeds(table: RawTable, column: str) -> "polars.Series":
    """Seeds as text: 3 for 3, 3.0, "seed_3" and "seed=3"; other text as it is."""
    import polars

    cells = table.frame[column].cast(polars.String).str.strip_chars()
    empty = is_blank(cells)
    if empty.any():
        place = table.place(empty.arg_max() or 0)
        raise RunsError(f"{place}: no seed in column `{column}`; write it, or leave the row out")
    bare = cells.str.replace(r"(?i)^(random[_ -]?)?(seed|s)[_ =:-]?(\d+)$", "${3}").str.replace(r"^(\d+)\.0*$", "${1}")
    return bare.str.replace(r"^0+(\d)", "${1}").alias("seed")


def find_run(table: RawTable, skip: Sequence[str]) -> "tuple[polars.Series | None, str | None, str]":
    """What tells runs without seeds apart: a column, else files; the column; and what was decided."""
    import polars

    for kinds in (REPEATS, RUNS):
        for column in table.columns:
            if column not in skip and plain_name(column) in kinds and table.frame[column].n_unique() > 1:
                note = f"no column of seeds: runs are told apart by `{column}`, and nothing pairs them"
                if not has_text(table, column):
                    note += f"; where runs of one number share their seed, write --seed {write_option(column)}"
                return table.frame[column].cast(polars.String), column, note
    note = "no column of seeds: runs are only numbered, and nothing pairs them"
    return (table.frame[FILE].cast(polars.String) if len(table.files) > 1 else None), None, note


def split_names(names: "polars.Series") -> "tuple[polars.Series, polars.Series | None, str]":
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
