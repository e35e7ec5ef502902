"""Which column says the arm of a run: as asked, else by its name and its cells, else the names of the files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import RunsError
from ._asked import BY_FILE, AskedColumns
from ._numbers import EMPTY, NOT_A_NUMBER
from ._raw_table import FILE, RawTable
from ._split_column import holds_splits
from ._words import (
    ARMS,
    METRICS,
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


def find_arm(
    table: RawTable,
    asked: AskedColumns,
    by_file: list[tuple[str, str | None]],
    skip: list[str],
    doubtful: Sequence[str] = (),
) -> "tuple[polars.Series, tuple[str, ...], str]":
    """The arm of each row, the columns it is made of, and what was decided.

    skip: columns that are known for something else. doubtful: those of them that are arms where nothing else is.
    """
    if asked.arm and asked.arm != (BY_FILE,):
        columns = tuple(find_column(name, table.columns, "--arm") for name in asked.arm)
        return _join_columns(table, columns), columns, ""
    files = list(dict.fromkeys(arm for arm, _ in by_file))
    path = table.spread([arm or "all" for arm, _ in by_file]) if len(files) > 1 else None
    if asked.arm:
        if path is None:
            raise RunsError("the names of the files tell no arms apart; write --arm COLUMN")
        return path, (), ""
    column = _guess_arm_column(table, skip, path is not None, doubtful)
    if column:
        return _join_columns(table, (column,)), (column,), f"arm is the column `{column}`"
    if path is not None:
        _check_settings(table, skip)
        return path, (), f"arm is the name of the file: {list_names(files)}"
    raise RunsError(
        f"no column says which arm a run belongs to; write --arm and one of {list_names(table.columns)}, "
        "or --arm A,B for an arm made of several; where each column is an arm, head it with the arm's name alone"
    )


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


def _guess_arm_column(table: RawTable, skip: list[str], by_file: bool, doubtful: Sequence[str]) -> str | None:
    """The column that the arm is in, by its name and cells; None: none, so that files may tell.

    First what is called like an arm, then text of no other meaning, then settings, then names of runs.
    """
    columns, runs = [name for name in table.columns if name not in skip], _count_runs(table, skip)
    for exact in ("arm", "arms"):
        for column in columns:
            if plain_name(column) == exact:
                return column
    named = [name for name in columns if plain_name(name) in ARMS]
    text = [name for name in columns if _may_be_arm(table, name, runs)]
    names = [name for name in columns if plain_name(name) in RUNS and has_text(table, name)]
    settings = [] if by_file else [name for name in columns if is_setting(name)]
    for found in (named, text, [name for name in names if table.frame[name].n_unique() * 2 <= runs], settings):
        kept = _drop_synonyms(table, varying(table, found))
        if len(kept) > 1:
            both = ",".join(kept)
            raise RunsError(
                f"the arm may be {list_names(kept)}; write --arm {write_option(kept[0])}, "
                f"or --arm {write_option(both)} for arms made of several"
            )
        if kept:
            return kept[0]
    return (named or ([] if by_file else [*names, *doubtful]) or [None])[0]


def _count_runs(table: RawTable, skip: Sequence[str]) -> int:
    """How many runs there are: the rows of one metric and split, or where there are steps, what tells runs apart."""
    metrics = [name for name in dict.fromkeys(skip) if plain_name(name) in METRICS or holds_splits(table, name)]
    if not any(plain_name(name) in STEPS for name in skip):
        rows = table.frame.group_by(metrics).len()["len"].max() if metrics else table.frame.height
        return int(rows or 0)  # pyright: ignore[reportArgumentType]
    told = [name for name in table.columns if is_seed(name) or plain_name(name) in (*RUNS, *REPEATS)]
    apart = [name for name in told if name not in metrics]
    return table.frame.select(FILE, *apart).n_unique()


def _may_be_arm(table: RawTable, name: str, runs: int) -> bool:
    """Whether a column is text that repeats and is called like nothing else."""
    if is_bookkeeping(name) or plain_name(name) in (*RUNS, *REPEATS, *STEPS, "phase", "outcome", "split"):
        return False
    return has_text(table, name) and table.frame[name].n_unique() < runs


def has_text(table: RawTable, name: str) -> bool:
    """Whether most cells of a column are words."""
    import polars

    series = table.frame[name]
    if series.dtype != polars.String:
        return False
    cells = series.unique().drop_nulls().str.strip_chars()
    cells = cells.filter(~cells.str.to_lowercase().is_in([*EMPTY, *NOT_A_NUMBER, "true", "false"]))
    words = cells.str.contains(r"^[^\d\s.,+\-−]|[A-Za-z]{3}")
    return int(words.sum()) * 2 > len(cells)


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
        empty = cells.is_null() | cells.str.to_lowercase().is_in(["", "nan"])  # "None" may be an arm
        if empty.any():
            place = table.place(empty.arg_max() or 0)
            raise RunsError(f"{place}: no arm in column `{column}`; write one, or leave the row out")
        parts.append(cells if len(columns) == 1 or has_text(table, column) else f"{plain_name(column)}=" + cells)
    return polars.select(polars.concat_str(parts, separator=", ")).to_series().alias("arm")


def varying(table: RawTable, columns: Sequence[str]) -> list[str]:
    """The columns with at least two different cells."""
    return [column for column in columns if table.frame[column].n_unique() > 1]


def say_mixed_settings(table: RawTable, arm: "polars.Series", used: Sequence[str]) -> str:
    """A sentence on a setting that differs among the runs of one arm; "" where none does."""
    import polars

    runs = _count_runs(table, used)
    told = [name for name in table.columns if name not in used and plain_name(name) not in STEPS]
    settings = varying(table, [name for name in told if is_setting(name) or _may_be_arm(table, name, runs)])
    plain = [name for name in settings if not is_bookkeeping(name) and not is_seed(name)]
    frame = table.frame.select(FILE, *plain).with_columns(arm.alias("\0arm"))
    within = frame.group_by(FILE).agg(polars.col(plain).n_unique())
    counts = frame.group_by("\0arm").agg(polars.col(plain).drop_nulls().n_unique())
    whole = len(table.files) == 1
    mixed = [name for name in plain if (counts[name] > 1).any() and (whole or (within[name] == 1).all())]
    return f"within an arm runs differ in {list_names(mixed)}; --arm A,{mixed[0]} would part them" if mixed else ""
