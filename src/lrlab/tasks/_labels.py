"""Labels in any usual form to classes counted from 0: one rule over all splits, said in words."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import TaskError, shortened

SHOWN, LONGEST = 8, 80  # classes that a sentence names, and characters of a name
MOST_DIGITS = 1000  # of a text that is a number; of many more Python makes none
WHOLE = (int, np.integer)
OBJECTS = (
    (str, (str, np.str_)),
    (bool, (bool, np.bool_)),
    (np.int64, WHOLE),
    (np.float64, (float, np.floating, *WHOLE)),
)  # kinds of arrays that objects of such types are taken for
MISSING = ("nan", "NaT", "<NA>")  # what numpy and pandas write for a missing value among text
WAYS = "labels.ravel() for a column, labels.argmax(1) for one column a class, or a loss of your own for other targets"

LabelArrays = dict[str, np.ndarray]


class Labels(NamedTuple):
    """Labels of each split as numbers; the classes' names, none where numbers count from 0; what was done, in words."""

    parts: LabelArrays
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


class LabelReading(NamedTuple):
    """How labels are read.

    as_given: numbers stay what they are. ignored: where labels are a class at each position, the one that counts for
    none; None where they are no such labels. classes: whole numbers, one an example, are classes, which each split
    gets in proportion.
    """

    as_given: bool = False
    ignored: int | None = None
    classes: bool = True


def read_labels(
    parts: Mapping[str, np.ndarray],
    named: Sequence[str] = (),
    *,
    as_given: bool = False,
    ignored: int | None = None,
    classes: bool = True,
) -> Labels:
    """Labels of all splits, each (N, ...), as classes 0 .. C-1, or as they are where they are no classes.

    Text, booleans, columns (N, 1), one-hot rows, and whole numbers that start elsewhere or leave gaps are mapped: in
    sorted order, over all splits together. named: the classes' names by number; then numbers stay.
    as_given: the user brings a loss, so numbers stay, those below 0 too. Floats stay in any case, except one-hot rows.
    ignored: labels are a class at each position of an example, mapped alike; this one counts for none, and stays.
    classes: whether labels may be classes; else text is refused.
    Raises TaskError where labels are neither classes nor fit for a loss, with the way out.
    """
    arrays = {name: _read_array(name, labels) for name, labels in parts.items()}
    texts = [name for name, labels in arrays.items() if labels.dtype.kind == "U"]
    if texts and len(texts) < len(arrays):
        raise TaskError(
            f"the labels of {_list_values(texts)} are text and others are not; give all splits one kind of label"
        )
    if ignored is not None and all(labels.dtype.kind in "Ubui" for labels in arrays.values()):
        return _number_positions(arrays, tuple(named), ignored)
    if as_given and not texts:
        return Labels(arrays, tuple(named))
    if texts and not classes:
        word = next(iter(arrays[texts[0]].ravel().tolist()))
        raise TaskError(
            f"{texts[0]} labels are text, such as {shortened(repr(word), LONGEST)}, and the objective takes numbers; "
            "give labels.astype(float) where they are amounts, or Classification() as the objective for classes"
        )
    _check_missing(arrays, named)
    arrays, notes, columns = _flatten_labels(arrays)
    named = named or columns
    if any(labels.dtype.kind == "f" or labels.ndim != 1 for labels in arrays.values()):
        return Labels(arrays, tuple(named), notes)
    if named:
        return Labels(_number_by_name(arrays, tuple(named)), tuple(named), notes)
    parts, names, how = _number_values(arrays)
    return Labels(parts, names, (*notes, *how))


def read_class_names(given: Any) -> tuple[str, ...]:
    """Names of classes by number. Raises TaskError where they are no sequence of text.

    >>> read_class_names(["cat", "dog"])
    ('cat', 'dog')
    """
    rule = "class_names must be a sequence of text, a name for each class by number"
    if isinstance(given, Mapping):
        raise TaskError(f"{rule}, but got a dict; give list(names.values()), in the order of the numbers")
    if isinstance(given, str | bytes):
        raise TaskError(f"{rule}, but got the text {shortened(repr(given), LONGEST)} alone; write ['cat', 'dog']")
    if isinstance(given, Set) or not isinstance(given, Iterable):
        raise TaskError(f"{rule}, but got {type(given).__name__}; write ['cat', 'dog'], or leave it out")
    names = tuple(given)
    wrong = next((place for place, name in enumerate(names) if not isinstance(name, str)), None)
    if wrong is not None:
        raise TaskError(
            f"{rule}, but that of class {wrong} is {shortened(repr(names[wrong]), LONGEST)}, "
            f"{type(names[wrong]).__name__}; give [str(name) for name in names]"
        )
    return tuple(map(str.__str__, names))


def plain_text(values: np.ndarray) -> np.ndarray:
    """Objects that are text, of an Enum too, as an array of what they hold: numpy takes what they print, and cuts it.

    >>> class Label(str, Enum):
    ...     POSITIVE = "positive"
    >>> plain_text(np.array([Label.POSITIVE], dtype=object)).tolist()
    ['positive']
    """
    return np.array([str.__str__(value) for value in values.ravel().tolist()], dtype=str).reshape(values.shape)


def _read_array(name: str, labels: np.ndarray) -> np.ndarray:
    """Text (dtype U), booleans, whole numbers or floats; objects are looked at one by one."""
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "backslashreplace")
    if labels.dtype.kind in "OT":  # numpy casts its strings of any length to text by way of objects alone
        labels = _read_objects(name, labels.astype(object))
    if labels.dtype.kind not in "Ubuif" or labels.ndim == 0:
        way = "give a number or a word per example"
        if labels.dtype.kind in "mM":
            way += ": labels.astype(str) for classes, or labels.astype('int64').astype(float) for amounts"
        raise TaskError(
            f"{name} labels must be an array of numbers, text or booleans, but got {labels.dtype} of shape "
            f"{labels.shape}; {way}"
        )
    if labels.dtype.kind == "U" and (labels == "").any():
        row = int((labels == "").reshape(len(labels), -1).any(axis=1).argmax())
        raise TaskError(f"{name} labels: row {row} is empty text; name its class, or remove it")
    if labels.dtype.kind == "u" and labels.size and labels.max() > np.iinfo(np.int64).max:
        raise TaskError(f"{name} labels go up to {labels.max()}, beyond 2^63; give smaller numbers, or text")
    return labels


def _read_objects(name: str, labels: np.ndarray) -> np.ndarray:
    """Objects of one kind as an array of that kind."""
    kinds = {type(value) for value in labels.ravel().tolist()}
    for kind, fitting in OBJECTS:
        if all(issubclass(given, fitting) and (given is not bool or kind is bool) for given in kinds):
            try:
                read = plain_text(labels) if kind is str else labels.astype(kind)
            except OverflowError:
                raise TaskError(f"{name} labels go beyond 2^63; give smaller numbers, or text") from None
            _check_objects_finite(name, read)
            return read
    names = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise TaskError(
        f"{name} labels must be numbers, text or booleans, all of one kind and none missing, but hold {names}; "
        f"{_way_of_kinds(kinds)}"
    )


def _check_objects_finite(name: str, labels: np.ndarray) -> None:
    """Raise TaskError for floats that are not finite, as a missing value of a column of objects is."""
    if labels.dtype.kind != "f" or np.isfinite(labels).all():
        return
    row = int((~np.isfinite(labels)).reshape(len(labels), -1).any(axis=1).argmax())
    raise TaskError(f"{name} labels: row {row} is not finite; remove such examples, or fill in a value")


def _way_of_kinds(kinds: set[type]) -> str:
    """How labels of these types become numbers or text."""
    if type(None) in kinds:
        return "convert or remove the others: leave out the examples whose label is None"
    if all(issubclass(kind, Enum) for kind in kinds):
        return "give [label.name for label in labels]"
    if all(issubclass(kind, date | np.datetime64) for kind in kinds):
        return "give [str(label) for label in labels] for classes, or seconds as floats for amounts"
    if len(kinds) > 1:
        return (
            "convert or remove the others: leave out what is missing, and give [str(label) for label in labels] for "
            "classes, or [float(label) for label in labels] for amounts"
        )
    return "give [str(label) for label in labels] for classes, or a number for each"


def _check_missing(arrays: LabelArrays, named: Sequence[str]) -> None:
    """Raise TaskError where text is what a missing value becomes, and no class was named so."""
    for name, labels in arrays.items():
        if labels.dtype.kind != "U":
            continue
        words = [word for word in MISSING if word not in named and (labels == word).any()]
        if words:
            raise TaskError(
                f"{name} labels hold the text {_list_values(words)}, which is what a missing value becomes as text; "
                "remove such examples, or, where it is a class, name all classes by class_names"
            )


def _flatten_labels(arrays: LabelArrays) -> tuple[LabelArrays, tuple[str, ...], tuple[str, ...]]:
    """Columns and one-hot rows as (N,), and a sentence; of one-hot rows the names. Other floats stay."""
    if all(labels.ndim == 1 for labels in arrays.values()):
        return arrays, (), ()
    if _are_one_hot(arrays.values()):
        classes = {name: labels.argmax(1) for name, labels in arrays.items()}
        width = next(iter(arrays.values())).shape[1]
        sentence = f"labels: one-hot rows of {width} columns are taken as {width} classes, by labels.argmax(1)"
        return classes, (sentence,), tuple(map(str, range(width)))
    if all(labels.dtype.kind == "f" for labels in arrays.values()):
        return arrays, (), ()
    if all(labels.ndim == 1 or labels.shape[1:] == (1,) for labels in arrays.values()):
        classes = {name: labels.ravel() for name, labels in arrays.items()}
        return classes, ("labels: a column of shape (N, 1) is taken as one class an example, by labels.ravel()",), ()
    name, labels = next((name, labels) for name, labels in arrays.items() if labels.shape[1:] not in ((), (1,)))
    raise TaskError(f"{name} labels have the shape {labels.shape}, and that is not one class an example; give {WAYS}")


def _are_one_hot(arrays: Iterable[np.ndarray]) -> bool:
    """Whether every row of every split has exactly one 1, the rest 0, over the same two columns or more."""
    arrays = list(arrays)
    if len({labels.shape[1:] for labels in arrays}) > 1:
        return False
    if any(labels.ndim != 2 or labels.shape[1] < 2 or labels.dtype.kind == "U" for labels in arrays):
        return False
    return all(bool(((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all()) for labels in arrays)


def _number_by_name(arrays: LabelArrays, named: tuple[str, ...]) -> LabelArrays:
    """Under names that the user gave: text by its place among them, numbers as they are."""
    place = {word: number for number, word in enumerate(named)}
    if len(place) < len(named):
        raise TaskError("class_names must differ from each other; give each class a name of its own")
    numbers = {}
    for name, labels in arrays.items():
        if labels.dtype.kind == "U":
            strange = sorted(set(labels.tolist()) - set(place))
            if strange:
                raise TaskError(
                    f"{name} has labels that are not in class_names: {_list_values(strange)}; add them there"
                )
            labels = np.array([place[word] for word in labels.tolist()], dtype=np.int64)
        elif labels.size and not 0 <= int(labels.min()) <= int(labels.max()) < len(named):
            raise TaskError(
                f"{name} labels must lie in 0 .. {len(named) - 1}, as there are {len(named)} class_names, but they go "
                f"from {labels.min()} to {labels.max()}; give a name for each class"
            )
        numbers[name] = labels
    return numbers


def _number_values(arrays: LabelArrays) -> tuple[LabelArrays, tuple[str, ...], tuple[str, ...]]:
    """Values (N,) as their places in sorted order, the names of the classes, and a sentence; numbers 0 .. C-1 stay."""
    values = values_of(arrays.values())
    if values.dtype.kind == "b":
        values = np.array([False, True])
    elif values.dtype.kind in "ui":
        if np.array_equal(values, np.arange(len(values))):
            return arrays, (), ()
        if values[0] < 0 and values.tolist() != [-1, 1]:
            raise TaskError(
                f"labels must count classes from 0, but the lowest is {values[0]}; remove examples without a class, "
                "or number classes from 0 (or name them: labels.astype(str))"
            )
    names = tuple(map(str, values.tolist()))
    numbers = {name: places_of(labels, values) for name, labels in arrays.items()}
    kept = "; class_names keeps the numbers as they are" if values.dtype.kind in "ui" else ""
    return numbers, names, (mapping_words(values) + kept,)


def _number_positions(arrays: LabelArrays, named: tuple[str, ...], ignored: int) -> Labels:
    """Labels (N, ...), a class at each position, as places in sorted order, and what was done; `ignored` stays."""
    _check_missing(arrays, named)
    counted = {
        name: labels != ignored if labels.dtype.kind in "ui" else np.ones(labels.shape, dtype=bool)
        for name, labels in arrays.items()
    }
    shown = {name: labels[counted[name]] for name, labels in arrays.items()}
    if named:
        mapped, names, notes = _number_by_name(shown, named), named, ()
    elif sum(map(len, shown.values())):
        mapped, names, notes = _number_values(shown)
    else:
        mapped, names, notes = shown, (), ()
    if any((places == ignored).any() for name, places in mapped.items() if shown[name].dtype.kind in "uiU"):
        mapped, names, notes = _keep_numbers(shown, ignored)
    numbers = {name: np.full(labels.shape, ignored, dtype=np.int64) for name, labels in arrays.items()}
    for name, places in mapped.items():
        numbers[name][counted[name]] = places
    return Labels(numbers, names, notes)


def _keep_numbers(shown: LabelArrays, ignored: int) -> tuple[LabelArrays, tuple[str, ...], tuple[str, ...]]:
    """Numbers as they are, where one of their places would be the label to ignore."""
    if any(labels.dtype.kind == "U" for labels in shown.values()):
        raise TaskError(
            f"the label to ignore is {ignored}, and that would be one of the {len(values_of(shown.values()))} classes, "
            "which are numbered from 0; leave `ignore` out, or give it a number below 0"
        )
    return shown, (), (f"labels: numbers stay as they are, as {ignored} among them is the one that counts for none",)


def values_of(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """The values that occur in any of them, sorted; text that is all whole numbers by number."""
    values = np.unique(np.concatenate([np.unique(labels) for labels in arrays]))
    if values.dtype.kind == "U" and all(word.isdecimal() and len(word) < MOST_DIGITS for word in values.tolist()):
        values = np.array(sorted(values.tolist(), key=lambda word: (int(word), word)))
    return values


def places_of(labels: np.ndarray, values: np.ndarray) -> NDArray[np.int64]:
    """Of each label its place among the values, which hold it."""
    order = np.argsort(values, kind="stable")
    return order[np.searchsorted(values, labels, sorter=order)].astype(np.int64)


def mapping_words(values: np.ndarray) -> str:
    """Which value became which class.

    >>> mapping_words(np.array(["cat", "dog"]))
    "labels: 2 classes, numbered from 0 in this order: 'cat', 'dog'"
    >>> mapping_words(np.array([1, 2, 3]))
    'labels: 3 classes, numbered from 0 in this order: 1, 2, 3'
    """
    plural = "es" * (len(values) != 1)
    return f"labels: {len(values)} class{plural}, numbered from 0 in this order: {_list_values(values.tolist())}"


def _list_values(values: Sequence[Any]) -> str:
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return ", ".join(shortened(repr(value), LONGEST) for value in values[:SHOWN]) + more
