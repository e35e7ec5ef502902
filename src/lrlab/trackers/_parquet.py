"""Parquet and frames of polars or pandas to rows."""

import io
from typing import Any

from ..errors import RunsError
from ._json import flatten, write_cell
from ._raw_table import RawFile, RawTable, table_of_lines
from ._words import is_seed


def read_parquet(found: bytes, file: RawFile) -> RawTable:
    """The rows of a Parquet file.

    Raises RunsError: broken.
    """
    import polars

    try:
        frame = polars.read_parquet(io.BytesIO(found), glob=False, hive_partitioning=False)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError) as error:
        raise RunsError(f"{file.name} is no whole Parquet file ({error}); write it again") from error
    return table_of_frame(frame, RawFile(file.name, file.parts, by_row=True, facts=file.facts))


def table_of_frame(frame: Any, file: RawFile) -> RawTable:
    """The rows of a polars frame, lazy or not, or of a pandas frame.

    Raises RunsError: no rows, names twice.
    """
    import polars

    if isinstance(frame, polars.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, polars.DataFrame):
        frame = _convert_foreign(frame)
    if frame.height == 0 or frame.width == 0:
        raise RunsError(f"{file.name} has no rows; it needs one for each run")
    plain = polars.DataFrame([column for series in frame for column in _plain_columns(series)])
    return table_of_lines(plain, range(1, plain.height + 1), file)


def _convert_foreign(frame: Any) -> Any:
    """A pandas frame as a polars frame; an index with a name becomes a column."""
    import polars

    index = getattr(frame, "index", None)
    if index is not None and any(name is not None for name in getattr(index, "names", [])):
        frame = frame.reset_index()
    names = [_name_column(name, frame.columns.names) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise RunsError(f"two columns of the frame are called {twice!r}; give each its own name, or leave one out")
    columns = [frame.iloc[:, number] for number in range(len(names))]
    return polars.DataFrame([_convert_column(name, column) for name, column in zip(names, columns, strict=True)])


def _name_column(name: Any, levels: Any) -> str:
    """A heading of pandas as text; of several levels ("acc", 3), where the second is called "seed", "acc_seed3"."""
    if not isinstance(name, tuple):
        return str(name)
    parts = [
        f"seed{part}" if level is not None and is_seed(str(level)) and str(part).isdigit() else str(part)
        for part, level in zip(name, levels, strict=True)
    ]
    return "_".join(part for part in parts if part)


def _convert_column(name: str, column: Any) -> Any:
    """A column of pandas as a series: numbers as they are, else text; NaN is an empty cell, as pandas means it."""
    import numpy as np
    import polars

    values = column.to_numpy()
    if values.dtype.kind in "iuf":
        return polars.Series(name, values.astype(np.float64) if values.dtype.kind == "f" else values, nan_to_null=True)
    cells = [None if value is None or value != value or str(value) == "<NA>" else value for value in values.tolist()]
    return polars.Series(name, [write_cell(value) for value in cells], dtype=polars.String)


def _plain_columns(series: Any) -> list[Any]:
    """A series as columns of text or numbers: fields of structs one by one, the rest as text."""
    import polars

    if isinstance(series.dtype, polars.Struct):
        rows = [flatten({series.name: row or {}}) for row in series.to_list()]
        names = dict.fromkeys(name for row in rows for name in row)
        return [polars.Series(name, [write_cell(row.get(name)) for row in rows], dtype=polars.String) for name in names]
    if series.dtype.is_numeric() or series.dtype == polars.String:
        return [series]
    if series.dtype in (polars.Categorical, polars.Enum, polars.Boolean, polars.Null) or series.dtype.is_temporal():
        return [series.cast(polars.String)]
    return [polars.Series(series.name, [write_cell(cell) for cell in series.to_list()], dtype=polars.String)]
