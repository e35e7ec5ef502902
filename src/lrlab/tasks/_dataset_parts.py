"""Data sets of torch's as the pairs of a task's splits."""

from typing import Any, NamedTuple

import numpy as np

from ..errors import TaskError
from ._arrays import take_rows
from ._items import Items, read_items
from ._labels import LabelReading
from ._splits import may_be_classes, parts_of_sizes, room_for_all, stratified_parts

SHARE = 0.1  # of the training items that are validation where nobody says how many


class DatasetParts(NamedTuple):
    """Pairs (inputs, labels) by split, validation None where there is none; and what is worth a word."""

    pairs: dict[str, tuple[Any, Any] | None]
    notes: tuple[str, ...]


def read_parts(train: Any, validation: Any, test: Any, label: str | None, reading: LabelReading) -> DatasetParts:
    """Read a data set for each split. validation: a data set, or how many items of train it is; None for 10 %.

    label: the key of an item's label, where items are dicts. reading: how labels are read. Raises TaskError.
    """
    if train is None or test is None:
        missing = "train" if train is None else "test"
        raise TaskError(
            f"from_dataset needs one dataset, which it splits, or train and test, but got no {missing}; give "
            "from_dataset(dataset, model=...), or train=... and test=..."
        )
    read = {"train": read_items(train, "train", label), "test": read_items(test, "test", label)}
    pairs: dict[str, tuple[Any, Any] | None] = {name: (items.inputs, items.labels) for name, items in read.items()}
    notes = [note for items in read.values() for note in items.notes]
    if validation is None or isinstance(validation, int):
        pairs["train"], pairs["validation"] = _set_aside(read["train"], validation, reading)
    else:
        held = read_items(validation, "validation", label)
        pairs["validation"], notes = (held.inputs, held.labels), [*notes, *held.notes]
    return DatasetParts(pairs, tuple(notes))


def _set_aside(
    items: Items, asked: int | None, reading: LabelReading
) -> tuple[tuple[Any, Any], tuple[Any, Any] | None]:
    """Training items without those that are validation, and those; classes in proportion."""
    labels = items.labels
    classes = reading.classes and isinstance(labels, np.ndarray) and labels.ndim == 1 and labels.dtype.kind in "buiUS"
    classes = classes and (not reading.as_given or may_be_classes(labels))
    count, room = len(labels), room_for_all(labels, 2) if classes else 0
    held_out = max(1, room, round(SHARE * count)) if asked is None else asked
    if not 0 <= held_out < count:
        raise TaskError(f"`validation` must leave training items, but got {held_out} of {count}; give a smaller number")
    if held_out == 0:
        return (items.inputs, labels), None
    sizes = count - held_out, held_out
    parts = stratified_parts(labels, sizes) if classes else parts_of_sizes(count, sizes)
    first, second = ((take_rows(items.inputs, part), take_rows(labels, part)) for part in parts)
    return first, second
