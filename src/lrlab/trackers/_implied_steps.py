"""Steps that no column says: the rows of one run, in their order."""

from ._asked import BY_FILE, AskedColumns
from ._numbers import is_mostly_numeric
from ._raw_table import FILE, RawTable
from ._run_names import split_paths
from ._words import is_bookkeeping, is_key

STEP = "step"


def number_steps(table: RawTable, asked: AskedColumns) -> RawTable:
    """The table with a column of steps, where every file is one run by its name and holds numbers alone.

    Only where no column tells rows apart, as in `History.history` of Keras, dumped to `cosine_s3.json`.
    """
    import polars

    named = [name for name in table.columns if not is_bookkeeping(name)]
    known = asked.seed or asked.step or asked.arm not in ((), (BY_FILE,)) or any(map(is_key, table.columns))
    if known or not named or not all(file.parts for file in table.files):
        return table
    if any(seed is None for _, seed in split_paths([file.parts for file in table.files])):
        return table
    if table.frame[FILE].is_unique().all() or not all(is_mostly_numeric(table.frame[name]) for name in named):
        return table
    if any(_counts(table, name) for name in named):  # classes, layers, folds: whatever it numbers are no steps
        return table
    steps = polars.int_range(1, polars.len() + 1).over(FILE).alias(STEP)
    return table.with_frame(table.frame.with_columns(steps), "steps are the rows of each file, in their order")


def _counts(table: RawTable, name: str) -> bool:
    """Whether a column goes up by whole numbers in every file."""
    import polars

    numbers = table.frame.select(FILE, cell=polars.col(name).cast(polars.Int64, strict=False))
    if numbers["cell"].null_count():
        return False
    rises = numbers.group_by(FILE).agg(polars.col("cell").diff().drop_nulls().gt(0).all())
    return bool(rises["cell"].all())
