"""Columns as they came, put right: none for row numbers, one for each field of a dict, the files' own facts."""

import re
from typing import TYPE_CHECKING

from ._json import flatten, read_dict, write_cell
from ._raw_table import FILE, LINE, RawTable
from ._words import SUMMARIES, is_seed

if TYPE_CHECKING:
    import polars

NUMBERED = re.compile(r"^(unnamed: ?\d+|index|column 1|level_0|_index|__index_level_0__)$", re.IGNORECASE)


def prepare_columns(table: RawTable) -> RawTable:
    """The table without columns of row numbers or of nothing, with fields of dicts and facts of files as columns."""
    import polars

    frame = table.frame
    for name in table.columns:
        if NUMBERED.match(name) and _counts_rows(frame[name]):
            frame = frame.drop(name)
        elif frame[name].dtype == polars.String and (fields := _read_dicts(frame[name])) is not None:
            frame = _replace_column(frame, name, fields)
    return _drop_summaries(table.with_frame(_add_facts(table, frame)))


def _drop_summaries(table: RawTable) -> RawTable:
    """Without rows whose seed is "mean" or the like."""
    import polars

    for name in table.columns:
        if is_seed(name) and table.frame[name].dtype == polars.String:
            summary = table.frame[name].str.strip_chars().str.to_lowercase().is_in(SUMMARIES).fill_null(False)
            if summary.any() and not summary.all():
                place = table.place(summary.arg_max() or 0)
                note = f"{summary.sum()} rows are left out, as they sum up others ({place})"
                table = table.with_frame(table.frame.filter(~summary), note)
    return table


def _counts_rows(series: "polars.Series") -> bool:
    """Whether cells are whole numbers, each one more than the one before, or starting again."""
    import polars

    numbers = series.cast(polars.Int64, strict=False)
    if numbers.null_count():
        return False
    steps = numbers.diff().drop_nulls()
    return bool(((steps == 1) | (numbers[1:] == numbers[0])).all())


def _read_dicts(series: "polars.Series") -> list[dict] | None:
    """The fields of each cell, where every cell that is not empty is a dict written as text."""
    cells = [(cell or "").strip() for cell in series.to_list()] if (series.str.starts_with("{").any()) else []
    if not any(cells) or any(cell and not (cell[0] == "{" and cell[-1] == "}") for cell in cells):
        return None
    dicts = [read_dict(cell) if cell else {} for cell in cells]
    return None if None in dicts else [flatten(found) for found in dicts if found is not None]


def _replace_column(frame: "polars.DataFrame", name: str, rows: list[dict]) -> "polars.DataFrame":
    """The frame with a column for each field instead of the one of dicts; `_wandb` and the like are left out."""
    import polars

    fields = dict.fromkeys(field for row in rows for field in row if not field.startswith("_wandb"))
    columns = [
        polars.Series(f"{name}.{field}", [write_cell(row.get(field)) for row in rows], dtype=polars.String)
        for field in fields
    ]
    return frame.drop(name).with_columns(columns)


def _add_facts(table: RawTable, frame: "polars.DataFrame") -> "polars.DataFrame":
    """The frame with what files say of themselves, where it has no such column."""
    import polars

    names = dict.fromkeys(
        name for file in table.files for name in file.facts if name not in (*frame.columns, FILE, LINE)
    )
    return frame.with_columns(
        polars.Series(name, [file.facts.get(name) for file in table.files], dtype=polars.String).gather(frame[FILE])
        for name in names
    )
