"""Arrays of any kind to splits of a task, checked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import TaskError
from ._labels import Labels, read_labels
from ._split import Split


def as_array(name: str, values: Any) -> np.ndarray:
    """What numpy makes of it. Raises TaskError where that is no array of numbers."""
    array = _any_array(name, values)
    if array.dtype.kind not in "buif" or array.ndim == 0:
        raise TaskError(f"{name} must be an array of numbers, but got {array.dtype} of shape {array.shape}")
    return array


def as_splits(
    parts: Mapping[str, Any], class_names: Sequence[str], loss: Callable[..., Any] | None
) -> tuple[dict[str, Split], Labels]:
    """Pairs (inputs, labels) of all splits as tensors, and what their labels are. A `Split` stays where it can.

    Raises TaskError where they are no examples, or their labels are no classes and no `loss` says what else.
    """
    pairs = {name: _check_pair(name, arrays) for name, arrays in parts.items()}
    labels = read_labels({name: pair[1] for name, pair in pairs.items()}, class_names, as_given=loss is not None)
    splits = {}
    for name, arrays in parts.items():
        inputs, label_N = pairs[name][0], labels.parts[name]
        if isinstance(arrays, Split) and not labels.notes:
            splits[name] = arrays
            continue
        images = inputs.dtype == np.uint8 and inputs.ndim == 4
        # torch.tensor copies: a task must not change when the user's array does.
        splits[name] = Split(
            torch.tensor(inputs, dtype=torch.uint8 if images else torch.float32),
            torch.tensor(label_N, dtype=torch.int64 if label_N.dtype.kind in "bui" else torch.float32),
        )
    return splits, labels


def labels_of(name: str, values: Any, class_names: Sequence[str], loss: Callable[..., Any] | None) -> Labels:
    """The labels of one set of arrays, as `as_splits` has them, under that name.

    values: the labels, (N, ...), as the user gave them. class_names: those of the classes, or none. loss: the user's
    own; None where labels must be classes.
    """
    return read_labels({name: _label_array(name, values)}, class_names, as_given=loss is not None)


def _check_pair(name: str, arrays: Any) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, and labels of any kind, as many."""
    if not isinstance(arrays, tuple | list) or len(arrays) != 2:
        raise TaskError(f"{name} must be a pair (inputs, labels), but got {type(arrays).__name__}")
    inputs, labels = as_array(f"{name} inputs", arrays[0]), _label_array(name, arrays[1])
    counts = len(inputs), len(labels) if labels.ndim else 0
    if counts[0] != counts[1] or counts[0] == 0:
        raise TaskError(f"{name} needs as many labels as inputs, and at least one, but got {counts[0]} and {counts[1]}")
    if not all(array.dtype.kind != "f" or np.isfinite(array).all() for array in (inputs, labels)):
        raise TaskError(f"{name} holds values that are not finite; remove or replace them")
    return inputs, labels


def _label_array(name: str, values: Any) -> np.ndarray:
    """Labels of any kind. A list of text and other things stays objects: numpy would make text of them all."""
    array = _any_array(f"{name} labels", values)
    if array.dtype.kind not in "US" or isinstance(values, np.ndarray):
        return array
    objects = np.asarray(values, dtype=object)
    text = str if array.dtype.kind == "U" else bytes
    return array if all(isinstance(value, text) for value in objects.ravel().tolist()) else objects


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
