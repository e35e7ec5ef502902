"""Cells of text as numbers, or a refusal that names file and line."""

import re
from typing import TYPE_CHECKING

from ..errors import RunsError, shortened, visible
from ._raw_table import RawTable
from ._units import says_per_cent

if TYPE_CHECKING:
    import polars

EMPTY = ["", "null", "none", "na", "n/a", "#n/a", "<na>", "-", "--"]
NOT_A_NUMBER = ["nan", "-nan", "+nan", "#nan", "#num!", "1.#qnan", "inf", "-inf", "+inf", "infinity", "-infinity", "∞"]
# [0-9], for \d is a digit of any script, of which no number is made
PLAIN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
COMMA = r"^[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?$"
GROUPED = r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+$"
POINTED = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+$"
WHOLE = r"^[+-]?[0-9]+$"
LEAST_WHOLE = 100  # beside numbers of four digits and more, which have a point where it parts thousands


def is_blank(series: "polars.Series") -> "polars.Series":
    """Of each cell, whether it names nothing: empty, or "NaN" or "None" as programs write what is not there."""
    import polars

    cells = series.cast(polars.String).str.strip_chars().str.to_lowercase().fill_null("")
    return cells.is_in([*EMPTY, "nan"])


def is_mostly_numeric(series: "polars.Series") -> bool:
    """Whether at least half of the cells that are not empty are numbers or NaN: such a column may have a mistake."""
    import polars

    if series.dtype != polars.String:
        return series.dtype.is_numeric()
    if _cast_plain(series) is not None:
        return True
    kinds = _sort_cells(series)
    return int((kinds["number"] | kinds["nan"]).sum()) * 2 >= int((~kinds["empty"]).sum()) > 0


def read_numbers(
    table: RawTable, name: str, metrics: "polars.Series | None" = None
) -> "tuple[polars.Series, tuple[str, ...]]":
    """A column as Float64, and what was decided: null where a cell is empty, NaN where it is NaN or infinite.

    Decimal commas are read where no cell could mean thousands alone. "93.1%" is 0.931, but 93.1 where the heading says
    already that values are in per cent. metrics: of each cell, where the column's name is not its heading.

    Raises RunsError: a cell that is no number, or that could be two.
    """
    import polars

    series = table.frame[name]
    if series.dtype != polars.String:
        return _drop_infinite(series.cast(polars.Float64)), ()
    plain = _cast_plain(series)
    if plain is not None:
        _check_points(table, name)
        return _drop_infinite(plain), ()
    kinds = _sort_cells(series, _says_per_cent(name, metrics))
    if not kinds["known"].all():
        _refuse_cell(table, name, kinds["known"].arg_min() or 0)
    _check_points(table, name)
    notes = []
    if kinds["comma"].any():
        _check_commas(table, name, kinds)
        notes.append(f"`{name}` has decimal commas")
    for percent, are_read in (("as_share", "as shares"), ("as_percent", "as its heading says, in per cent")):
        if kinds[percent].any():
            cell, value = series.filter(kinds[percent])[0].strip(), kinds["value"].filter(kinds[percent])[0]
            notes.append(f"cells of `{name}` with % are read {are_read}: {cell} as {value:g}")
    return _drop_infinite(kinds["value"]), tuple(notes)


def _cast_plain(series: "polars.Series") -> "polars.Series | None":
    """Text as numbers where every cell is one as programs write it; else None."""
    import polars

    if series.is_empty() or not series[0]:
        return None
    values = series.cast(polars.Float64, strict=False)
    return None if values.null_count() else values


def _says_per_cent(name: str, metrics: "polars.Series | None") -> "polars.Series | bool":
    """Of each cell, whether its heading says per cent; one word for all where they have one heading."""
    import polars

    if metrics is None:
        return says_per_cent(name)
    told = {heading: says_per_cent(heading) for heading in metrics.unique()}
    return metrics.replace_strict(told, return_dtype=polars.Boolean)


def _sort_cells(series: "polars.Series", in_percent: "polars.Series | bool" = False) -> "polars.DataFrame":
    """Of each cell: empty, comma, number, known (any of these or NaN), its value, and how a % behind it was read.

    in_percent: whether the heading of a cell says per cent, so that its % says nothing new.
    """
    import polars

    cell = polars.col("cell")
    bare = cell.str.strip_suffix("%").str.strip_chars()
    pointed = bare.str.replace(",", ".", literal=True)
    return (
        polars.DataFrame({"cell": series.fill_null("").str.strip_chars().str.replace("−", "-", literal=True)})
        .with_columns(
            empty=cell.str.to_lowercase().is_in(EMPTY),
            nan=cell.str.to_lowercase().is_in(NOT_A_NUMBER),
            as_percent=cell.str.ends_with("%") & polars.lit(in_percent),
            as_share=cell.str.ends_with("%") & ~polars.lit(in_percent),
            comma=bare.str.contains(COMMA) & bare.str.contains(",", literal=True),
            grouped=bare.str.contains(GROUPED),
            plain=bare.str.contains(PLAIN),
        )
        .with_columns(number=polars.col("plain") | polars.col("comma"))
        .with_columns(
            known=polars.any_horizontal("empty", "nan", "number"),
            value=polars.when("nan").then(float("nan")).when("number").then(pointed.cast(polars.Float64, strict=False))
            / polars.when("as_share").then(100.0).otherwise(1.0),
        )
    )


def _check_commas(table: RawTable, name: str, kinds: "polars.DataFrame") -> None:
    """Refuse commas that may part thousands, and columns with both commas and points."""
    import polars

    pointed = kinds["plain"] & kinds["cell"].str.contains(".", literal=True)
    if pointed.any():
        comma, point = kinds["comma"].arg_max() or 0, pointed.arg_max() or 0
        raise RunsError(
            f"{table.place(comma)}: {kinds['cell'][comma]!r} in column `{name}`, but {kinds['cell'][point]!r} at "
            f"{table.place(point)}: decimal comma or point? Write all numbers with a point"
        )
    if kinds.filter(polars.col("comma") & ~polars.col("grouped")).is_empty():
        row = kinds["comma"].arg_max() or 0
        text = kinds["cell"][row]
        raise RunsError(
            f"{table.place(row)}: {text!r} in column `{name}` may be {text.replace(',', '')} or "
            f"{text.replace(',', '.', 1)}; write numbers without separators of thousands and with a decimal point"
        )


def _check_points(table: RawTable, name: str) -> None:
    """Refuse points that may part thousands: 1.001 beside 980, where all with a point have three digits behind it.

    Beside 100 alone they may be shares in per cent.
    """
    import polars

    cells = table.frame[name].str.strip_chars()
    pointed = cells.str.contains(".", literal=True).fill_null(False)
    if not pointed.any() or pointed.all() or not cells.filter(pointed).str.contains(POINTED).all():
        return
    other = cells.filter(~pointed & ~is_blank(cells))
    if not other.len() or not other.str.contains(WHOLE).all():
        return
    sizes = other.cast(polars.Float64).abs()
    if sizes.min() < LEAST_WHOLE or sizes.max() == LEAST_WHOLE:  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]
        return
    row = pointed.arg_max() or 0
    text = cells[row]
    raise RunsError(
        f"{table.place(row)}: {text!r} in column `{name}`, beside {other[0]!r}, may be {text.replace('.', '')} or "
        f"{text}; write numbers without separators of thousands, or, where the point is a decimal one, whole numbers "
        f"with one too, {other[0]}.0"
    )


def _refuse_cell(table: RawTable, name: str, row: int) -> None:
    """Say which cell is no number."""
    cell = visible(shortened(table.frame[name][row], 60))
    way = "write NaN for a run that diverged"
    if "±" in cell or "+-" in cell or "+/-" in cell or re.fullmatch(r"[\d.]+ ?\([\d.]+\)", cell):
        way = "the numbers of the runs are due, each by itself, not their mean and spread"
    elif cell.lower() in ("true", "false", "yes", "no"):
        way = "write 1 for true and 0 for false"
    elif cell[:1] in ("[", "("):
        way = "a list: write a row for each of its values, with a column such as epoch that says which it is"
    elif any(sign.isdigit() for sign in cell):
        way = "write it without separators of thousands, units and other signs, with a decimal point, such as 1234.5"
    raise RunsError(f"{table.place(row)}: {cell!r} in column `{name}`, where a number is due; {way}")


def _drop_infinite(values: "polars.Series") -> "polars.Series":
    """The same with NaN where a value is infinite."""
    import polars

    column = polars.col(values.name)
    finite = polars.when(column.is_infinite()).then(float("nan")).otherwise(column)
    return values.to_frame().select(finite.alias(values.name)).to_series()
