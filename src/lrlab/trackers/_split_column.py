"""Which column says of which data a row is, such as training and test: it makes a metric of each part."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import RunsError
from ._direction import split_words
from ._raw_table import RawTable
from ._words import SPLITS, is_setting, list_names, plain_name

if TYPE_CHECKING:
    import polars

FEW, MOST = 50, 100  # rows that are looked at first, and different words in a column of splits
HEADINGS = ("split", "phase")  # what columns of other words are called, in which runs of an arm may differ


def holds_splits(table: RawTable, name: str) -> bool:
    """Whether every cell of a column is a word such as train, val or test, and more than one of them occurs."""
    import polars

    cells = table.frame[name]
    if is_setting(name) or cells.dtype != polars.String or not all(map(_is_split, cells.head(FEW).drop_nulls())):
        return False
    parts = list_parts(table, name)
    return len(parts) > 1 and all(map(_is_split, parts))


def _is_split(cell: str) -> bool:
    """Whether a cell is empty, or one word for a part of the data."""
    words = split_words(cell)
    return not cell.strip() or (len(words) == 1 and words[0] in SPLITS)


def list_parts(table: RawTable, name: str | None) -> list[str]:
    """The different cells of a column of text that are not empty, in order; none of other columns."""
    import polars

    cells = table.frame[name] if name else None
    if cells is None or cells.dtype != polars.String or cells.n_unique() > MOST:
        return []
    return [cell for cell in cells.fill_null("").str.strip_chars().unique(maintain_order=True) if cell]


def find_split(table: RawTable, arm: "polars.Series", used: Sequence[str], step: str | None) -> str | None:
    """The column that says of which data a row is; None where there is none.

    used: columns that are known for something else.

    Raises RunsError: several.
    """
    left = [name for name in table.columns if name not in used]
    found = [name for name in left if holds_splits(table, name)]
    if len(found) > 1:
        raise RunsError(f"{list_names(found)} say of which data a row is; leave all but one of these columns out")
    return (found or [name for name in left if _parts_runs(table, arm, name, step)] or [None])[0]


def say_split(table: RawTable, split: str | None) -> str:
    """A sentence on the column that says of which data a row is, or the names of files; "" where neither does."""
    if not split:
        return ""
    by_file = all(split not in file.columns for file in table.files) and any(
        split in file.facts for file in table.files
    )
    where = "the name of the file" if by_file else f"the column `{split}`"
    return f"{where} says of which data a row is: {list_names(list_parts(table, split))}"


def name_part(part: str, metric: str) -> str:
    """What a metric is called on a part of the data.

    >>> name_part("test", "accuracy"), name_part("test", "test_accuracy"), name_part("", "accuracy")
    ('test/accuracy', 'test_accuracy', 'accuracy')
    """
    return metric if set(split_words(part)) <= set(split_words(metric)) else f"{part}/{metric}"


def name_parts(table: RawTable, split: str | None, metrics: "polars.Series") -> "polars.Series":
    """Names of metrics, each with the part of the data that its row is of."""
    import polars

    if split is None:
        return metrics
    cells = table.frame[split].fill_null("").str.strip_chars()
    pairs = polars.DataFrame({"part": cells, "metric": metrics})
    named = {(part, name): name_part(part, name) for part, name in pairs.drop_nulls().unique().iter_rows()}
    return polars.Series([named.get(pair) for pair in pairs.iter_rows()], dtype=polars.String)


def rows_of_part(table: RawTable, split: str | None, part: str) -> "polars.Series":
    """Of each row, whether it is of a part of the data."""
    import polars

    if split is None:
        return polars.repeat(True, table.frame.height, eager=True)
    return table.frame[split].fill_null("").str.strip_chars() == part


def _parts_runs(table: RawTable, arm: "polars.Series", name: str, step: str | None) -> bool:
    """Whether a column is called like one of splits, and rows of one arm differ in it, not as parts of a curve do."""
    if plain_name(name) not in HEADINGS or is_setting(name) or (step and plain_name(name) != HEADINGS[0]):
        return False
    cells = list_parts(table, name)
    if not cells or all(re.search(r"\d$", cell) for cell in cells):  # folds by number: each row is a run
        return False
    within = table.frame.select(name, arm.alias("\0arm")).group_by("\0arm").n_unique()
    return bool((within[name] > 1).any())
