"""Arrays of any kind to splits of a task, checked."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import TaskError
from ._base import Split


def as_array(name: str, values: Any) -> np.ndarray:
    """What numpy makes of it. Raises TaskError where that is no array of numbers."""
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    if array.dtype.kind not in "buif" or array.ndim == 0:
        raise TaskError(f"{name} must be an array of numbers, but got {array.dtype} of shape {array.shape}")
    return array


def as_split(name: str, arrays: Any) -> Split:
    """A pair (inputs, labels) as tensors. Raises TaskError where they are no examples."""
    if not isinstance(arrays, tuple | list) or len(arrays) != 2:
        raise TaskError(f"{name} must be a pair (inputs, labels), but got {type(arrays).__name__}")
    inputs, labels = as_array(f"{name} inputs", arrays[0]), as_array(f"{name} labels", arrays[1])
    if len(inputs) != len(labels) or len(inputs) == 0:
        raise TaskError(
            f"{name} needs as many labels as inputs, and at least one, but got {len(inputs)} and {len(labels)}"
        )
    if not all(array.dtype.kind != "f" or np.isfinite(array).all() for array in (inputs, labels)):
        raise TaskError(f"{name} holds values that are not finite; remove or replace them")
    if labels.dtype.kind in "bui" and labels.min() < 0:
        raise TaskError(f"{name} labels must count classes from 0, but the lowest is {labels.min()}")
    if isinstance(arrays, Split):
        return arrays
    images = inputs.dtype == np.uint8 and inputs.ndim == 4
    # torch.tensor copies: a task must not change when the user's array does.
    return Split(
        torch.tensor(inputs, dtype=torch.uint8 if images else torch.float32),
        torch.tensor(labels, dtype=torch.int64 if labels.dtype.kind in "bui" else torch.float32),
    )
