"""Confusion counts as tables: which class was taken for which."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..spec import Record, StudyResults, stack_counts

MOST_CLASSES = 20  # that a page has room for


class ConfusionTable(NamedTuple):
    """Counts summed over seeds. rows: true by predicted class, (count, share of the row).

    names: of the classes in the order of the rows; the number of an output that has no name.
    """

    label: str
    names: tuple[str, ...]
    rows: list[list[tuple[int, float]]]


def confusion_tables(results: StudyResults, labels: Sequence[str]) -> list[ConfusionTable]:
    """The table of each label; none where the task has no classes, or more than a page has room for."""
    confirmed = results.by_label
    tables = [confusion_table(label, confirmed[label]) for label in labels]
    return [table for table in tables if table is not None]


def confusion_table(label: str, records: Sequence[Record]) -> ConfusionTable | None:
    """Counts summed over the records that finished; None where one counts no classes, or too many."""
    count_NCC = stack_counts(record.test.confusion for record in records if not record.diverged)
    if count_NCC is None or count_NCC.shape[1] > MOST_CLASSES:
        return None
    count_CC = count_NCC.sum(axis=0)
    share_CC = count_CC / np.maximum(count_CC.sum(axis=1, keepdims=True), 1)
    names = records[0].class_names[: len(count_CC)]
    names += tuple(map(str, range(len(names), len(count_CC))))
    rows = [
        [(count, round(share, 3)) for count, share in zip(*row, strict=True)]
        for row in zip(count_CC.tolist(), share_CC.tolist(), strict=True)
    ]
    return ConfusionTable(label, names, rows)
