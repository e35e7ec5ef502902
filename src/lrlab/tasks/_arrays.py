"""Arrays of any kind to splits of a task, checked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import TaskError, shortened
from ._augment import Augment, Normalize
from ._float32 import check_rounding, note_resolution
from ._labels import LabelReading, Labels, read_labels
from ._split import Split
from ._tokens import are_tokens, as_numbers
from ._trees import first_leaf, leaves_of, map_inputs, named_leaves


def as_array(name: str, values: Any) -> np.ndarray:
    """What numpy makes of it. Raises TaskError where that is no array of numbers."""
    array = _any_array(name, values)
    if array.dtype.kind not in "buif" or array.ndim == 0:
        raise TaskError(f"{name} must be an array of numbers, but got {array.dtype} of shape {array.shape}")
    return array


def as_inputs(name: str, values: Any, count: int) -> Any:
    """An array, or a tuple or dict of arrays.

    A mapping is a dict. A tuple of arrays is one of several inputs, or of rows, where there are `count` of them.
    Raises TaskError where they are no arrays, or of unlike lengths.
    """
    if isinstance(values, Mapping):
        parts = _named_arrays(name, values)
    elif isinstance(values, tuple) and len(values) != count and all(map(_is_array, values)):
        parts = tuple(as_array(f"{name}[{place}]", value) for place, value in enumerate(values))
    else:
        return as_array(name, values)
    lengths = {leaf: len(array) for leaf, array in named_leaves(parts)}
    if len(set(lengths.values())) > 1:
        raise TaskError(f"{name} must all be of as many examples, but got {lengths}; give each a row for every example")
    return parts


def take_rows(inputs: Any, index: np.ndarray) -> Any:
    """These examples of an array or a list, or of a tuple or dict of such."""
    return map_inputs(
        lambda rows: [rows[place] for place in index] if isinstance(rows, list) else rows[index],  # type: ignore
        inputs,
    )


def as_splits(
    parts: Mapping[str, Any],
    class_names: Sequence[str],
    reading: LabelReading,
    model: Callable[[], nn.Module],
    tokens: bool | None,
) -> tuple[dict[str, Split], Labels, bool]:
    """Pairs (inputs, labels) of all splits as tensors, what their labels are, and whether whole inputs are tokens.

    A `Split` stays where it can.

    tokens: as the user says; None where the model is to say it. Raises TaskError where they are no examples, their
    labels are not what `reading` says, or float32 makes all inputs equal.
    """
    pairs = {name: _check_pair(name, arrays) for name, arrays in parts.items()}
    labels = read_labels({name: pair[1] for name, pair in pairs.items()}, class_names, **_asked(reading))
    splits = {}
    for name, arrays in parts.items():
        inputs, label_N = pairs[name][0], labels.parts[name]
        if isinstance(arrays, Split) and not labels.notes:
            splits[name] = arrays
            continue
        if are_amounts(reading, floats=label_N.dtype.kind == "f"):
            check_rounding(name, label_N)
        splits[name] = Split(
            map_inputs(_input_tensor, inputs),
            torch.tensor(label_N, dtype=torch.int64 if label_N.dtype.kind in "bui" else torch.float32),
        )
    tokens = are_tokens(splits, model) if tokens is None else tokens
    if not tokens:
        splits = {name: split if split is parts[name] else as_numbers(split) for name, split in splits.items()}
    if splits["train"] is not parts["train"]:  # cast here
        labels = labels._replace(notes=(*labels.notes, *note_resolution("train", pairs["train"][0], tokens)))
    return splits, labels, tokens


def are_amounts(reading: LabelReading, *, floats: bool) -> bool:
    """Whether labels are kept in float32."""
    return reading.as_given and reading.ignored is None and (floats or not reading.classes)


def _input_tensor(array: np.ndarray) -> Tensor:
    """A copy, for a task must not change when the user's array does. Images stay uint8, masks bool, float16 float16."""
    if array.dtype in (np.float16, np.bool_) or (array.dtype == np.uint8 and array.ndim == 4):
        return torch.tensor(array)
    return torch.tensor(array, dtype=torch.int64 if np.issubdtype(array.dtype, np.integer) else torch.float32)


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") and getattr(value, "ndim", 0) >= 1


def _named_arrays(name: str, values: Mapping[Any, Any]) -> dict[str, np.ndarray]:
    """The arrays of a mapping, whose keys are names of the model's arguments."""
    wrong = [key for key in values if not (isinstance(key, str) and key.isidentifier())]
    if wrong or not values:
        raise TaskError(
            f"{name}: a dict of inputs has the names of the model's arguments as keys, but got "
            f"{shortened(repr(wrong[0] if wrong else {}), 60)}; write dict(ids=..., mask=...) where the model has "
            "forward(self, ids, mask)"
        )
    return {key: as_array(f"{name}[{key!r}]", value) for key, value in values.items()}


def check_inputs(splits: Mapping[str, Split], augment: Augment | None, normalize: Normalize | None) -> None:
    """Raise TaskError where splits are not alike, or not fit for augment and normalize."""
    _check_changes(augment, normalize)
    _check_alike(splits)
    for name, split in splits.items():
        _check_range(name, split)
    inputs, labels = splits["train"]
    if (augment is not None or normalize is not None) and isinstance(inputs, tuple | dict):
        raise TaskError(
            f"augment and normalize are for images alone, and these are {len(inputs)} inputs; leave them out, or give "
            "the images alone"
        )
    first = first_leaf(inputs)
    if augment is not None:
        augment.check(tuple(first.shape[1:]), tuple(labels.shape[1:]), whole=not labels.is_floating_point())
    if normalize is not None:
        normalize.check(tuple(first.shape[1:]), images=first.dtype == torch.uint8)


def _check_changes(augment: object, normalize: object) -> None:
    """Raise TaskError for changes of images that are no values of lrlab's."""
    wrong, way = None, ""
    if augment is not None and not isinstance(augment, Augment):
        wrong, way = augment, "augment is lrlab.Augment(crop=4, flip=True)"
    elif normalize is not None and not isinstance(normalize, Normalize):
        wrong, way = normalize, "normalize is lrlab.Normalize(mean=[0.5], std=[0.25])"
    if wrong is not None:
        raise TaskError(f"{way}, but got {shortened(repr(wrong), 100)}; give one, or leave it out")


def _check_alike(splits: Mapping[str, Split]) -> None:
    """Raise TaskError where the inputs of splits have other names, shapes or types than each other."""
    forms = {name: type(split.inputs).__name__ for name, split in splits.items()}
    leaves = {name: dict(named_leaves(split.inputs)) for name, split in splits.items()}
    if len(set(forms.values())) > 1 or len({tuple(own) for own in leaves.values()}) > 1:
        known = {name: list(own) if forms[name] != "Tensor" else "one array" for name, own in leaves.items()}
        raise TaskError(
            f"the inputs of all splits must have one form, but got {known}; give all of them the same arrays"
        )
    for leaf in leaves["train"]:
        title = f"the inputs {leaf!r}" if leaf else "the inputs"
        shapes = {name: tuple(own[leaf].shape[1:]) for name, own in leaves.items()}
        if len(set(shapes.values())) > 1:
            raise TaskError(f"{title} of all splits must have one shape, but got {shapes}")
        types = {name: str(own[leaf].dtype).removeprefix("torch.") for name, own in leaves.items()}
        if len(set(types.values())) > 1:
            raise TaskError(f"{title} of all splits must have one type, but got {types}; uint8 stays uint8")


def _check_range(name: str, split: Split) -> None:
    """Raise TaskError where numbers were too large for their type."""
    for what, tensor in split.named_tensors():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise TaskError(f"{name} {what} go beyond 3.4e38, the most that float32 holds; scale them")


def labels_of(name: str, values: Any, class_names: Sequence[str], reading: LabelReading) -> Labels:
    """The labels of one set of arrays, as `as_splits` has them, under that name.

    values: the labels, (N, ...), as the user gave them. class_names: those of the classes, or none. reading: how they
    are read.
    """
    return read_labels({name: _label_array(name, values)}, class_names, **_asked(reading))


def _asked(reading: LabelReading) -> dict[str, Any]:
    return reading._asdict()


def _check_pair(name: str, arrays: Any) -> tuple[Any, np.ndarray]:
    """Inputs, and labels of any kind, as many."""
    if not isinstance(arrays, tuple | list) or len(arrays) != 2:
        raise TaskError(f"{name} must be a pair (inputs, labels), but got {type(arrays).__name__}")
    labels = _label_array(name, arrays[1])
    known = -1 if isinstance(arrays, Split) else len(labels) if labels.ndim else 0
    inputs = as_inputs(f"{name} inputs", arrays[0], known)
    counts = len(first_leaf(inputs)), len(labels) if labels.ndim else 0
    if counts[0] != counts[1] or counts[0] == 0:
        raise TaskError(f"{name} needs as many labels as inputs, and at least one, but got {counts[0]} and {counts[1]}")
    check_finite(name, inputs, labels)
    return inputs, labels


def check_finite(name: str, inputs: Any, labels: np.ndarray) -> None:
    """Raise TaskError for the first example with a value that is NaN or infinite. name: of the split."""
    for what, arrays in (("inputs", leaves_of(inputs)), ("labels", [labels])):
        for array in arrays:
            if array.dtype.kind != "f" or np.isfinite(array).all():
                continue
            wrong = ~np.isfinite(array.reshape(len(array), -1)).all(1)
            raise TaskError(
                f"{'' if name == 'all' else f'{name} '}{what} hold values that are not finite, in {wrong.sum()} of "
                f"{len(array)} examples, the first in example {int(wrong.argmax())}, counted from 0; remove such "
                f"examples, or fill in a value"
            )


def _label_array(name: str, values: Any) -> np.ndarray:
    """Labels of any kind. A list of text and other things, or of an Enum, stays objects: numpy would print them all."""
    array = _any_array(f"{name} labels", values)
    if array.dtype.kind not in "US" or isinstance(values, np.ndarray):
        return array
    objects = np.asarray(values, dtype=object)
    text = (str, np.str_) if array.dtype.kind == "U" else (bytes, np.bytes_)
    return array if all(type(value) in text for value in objects.ravel().tolist()) else objects


def _any_array(name: str, values: Any) -> np.ndarray:
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        raise TaskError(f"{name} has masked values; fill or remove them, as in values.filled(0)")
    try:
        tensor = values.detach().cpu() if isinstance(values, Tensor) else None
        if tensor is not None:
            return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
        return np.asarray(values)
    except Exception as error:  # of numpy, of whatever the values are
        raise TaskError(
            f"{name} must be an array, but numpy makes none of it: {error}; give rows of one shape"
        ) from error
