"""One set of arrays as the pairs of a task's three splits."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import TaskError, shortened
from ._arrays import as_inputs, check_finite, labels_of, take_rows
from ._labels import MISSING, LabelReading, places_of
from ._ragged import pad_ragged
from ._splits import grouped_parts, may_be_classes, room_for_all, shuffled_parts, stratified_parts
from ._trees import first_leaf

SHARES = (0.6, 0.2)  # of train and validation; test has the rest
FEWEST = 10  # examples


class OneSet(NamedTuple):
    """Pairs (inputs, labels) of train, validation and test; the classes' names; what was done, in words."""

    pairs: list[tuple[Any, np.ndarray]]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def cut_arrays(
    inputs: Any, labels: Any, class_names: Sequence[str], reading: LabelReading, pad: int, groups: Any = None
) -> OneSet:
    """Cut 60 / 20 / 20 by a fixed shuffle, classes in proportion, groups whole. As `Task.from_arrays` takes them.

    reading: how labels are read. Raises TaskError.
    """
    padded = pad_ragged({"all": (inputs, labels)}, pad, reading.as_given)
    inputs, labels = padded["all"]
    read = labels_of("all", labels, class_names, reading)
    values = read.parts["all"]
    inputs = as_inputs("inputs", inputs, len(values))
    count = len(first_leaf(inputs))
    if count != len(values) or count < FEWEST:
        raise TaskError(
            f"from_arrays needs at least {FEWEST} inputs and as many labels, but got {count} and {len(values)}"
        )
    check_finite("all", inputs, values)
    classes = reading.classes and values.dtype.kind in "bui" and values.ndim == 1
    in_proportion = values if classes and (not reading.as_given or may_be_classes(values)) else None
    words = (*padded.notes, *read.notes)
    if groups is not None:
        parts = _parts_of_groups(groups, in_proportion, count)
        words += (_group_words(parts),)
    elif in_proportion is not None:
        held_out = max(round(0.2 * count), room_for_all(values, 3))
        parts = stratified_parts(values, (count - 2 * held_out, held_out, held_out))
    else:
        parts = shuffled_parts(count, SHARES)
    return OneSet([(take_rows(inputs, part), values[part]) for part in parts], read.names, words)


def _parts_of_groups(groups: Any, labels: NDArray[np.int64] | None, count: int) -> list[NDArray[np.int64]]:
    """Positions of the splits, no group in two. Raises TaskError where groups are none for each example, or too few."""
    _check_keys(groups)
    keys = np.asarray(groups, dtype=object if isinstance(groups, list | tuple) and not _are_plain(groups) else None)
    if keys.dtype.kind not in "UbuiS" or keys.shape != (count,):
        keys = np.array([repr(key) for key in groups])  # such as pairs
    if keys.shape != (count,):
        raise TaskError(
            f"groups must be one key for each of {count} examples, but got {len(keys)}; repeat them if need be"
        )
    values = np.unique(keys)
    if len(values) < 3:
        raise TaskError(
            f"groups must be 3 at least, one for each of train, validation and test, but got {len(values)}; "
            "leave groups out, or give Task(train=..., validation=..., test=...)"
        )
    held_out = round(0.2 * count)
    return grouped_parts(places_of(keys, values), labels, (count - 2 * held_out, held_out, held_out))


def _are_plain(keys: Sequence[Any]) -> bool:
    """Whether keys are of one kind that numpy takes as it is: what it prints of an Enum, it cuts."""
    kinds = set(map(type, keys))
    return len(kinds) == 1 and not any(issubclass(kind, Enum) for kind in kinds)


def _check_keys(groups: Any) -> None:
    """Raise TaskError where a key is missing: such examples would count as one group."""
    if not isinstance(groups, Iterable):
        raise TaskError(
            f"groups must be a key for each example, but got {type(groups).__name__}; give a list or an array"
        )
    keys = list(groups)
    lost = [place for place, key in enumerate(keys) if _is_missing(key)]
    if lost:
        raise TaskError(
            f"groups must be one key for each of {len(keys)} examples, but {len(lost)} have none, the first example "
            f"{lost[0]}, counted from 0 ({shortened(str(keys[lost[0]]), 20)!r}): they would count as one group; give "
            "each a key of its own, or leave these examples out"
        )


def _is_missing(key: Any) -> bool:
    """Whether a key is none: None, NaN, NaT, or text that is empty or what these become as text."""
    if isinstance(key, str | bytes):
        text = key.decode(errors="replace") if isinstance(key, bytes) else key
        return text.strip() in ("", "None", *MISSING)
    if key is None or type(key).__name__ == "NAType":  # of pandas
        return True
    try:
        return bool(np.any(key != key))
    except (TypeError, ValueError):
        return False


def _group_words(parts: Sequence[NDArray[np.int64]]) -> str:
    train, validation, test = map(len, parts)
    return f"groups: none is in two splits; train has {train} examples, validation {validation}, test {test}"
