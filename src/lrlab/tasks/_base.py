"""Task: data in three splits, a model, a loss and a metric."""

import hashlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import TaskError
from ..spec import Metric

SPLIT_SEED = 20240229  # the same split on every machine and in every version; changing it is a new protocol
Arrays = tuple[Any, Any]


class Split(NamedTuple):
    """Examples: inputs (N, ...) float32 and labels (N,) int64 for classes, or (N, ...) float32."""

    inputs: Tensor
    labels: Tensor


class Task:
    """Data, model, loss and metric under one name. Anything numpy reads is taken for arrays, and tensors are.

    model: makes a new model with random weights each time it is called, with no arguments.
    train, validation, test: (inputs, labels) each. See `from_arrays` where there is only one set.
    loss: (outputs, labels) -> mean loss, a scalar tensor; cross-entropy where labels are whole numbers, else required.
    metric and score: the metric's name and direction, and (outputs, labels) -> float. Accuracy for classes; for other
    labels the loss itself, unless given.
    version: change it when something matters that lrlab cannot see, such as code the model imports from elsewhere.

    Raises TaskError where arrays, loss and metric do not fit together.
    """

    def __init__(
        self,
        *,
        model: Callable[[], nn.Module],
        train: Arrays,
        validation: Arrays,
        test: Arrays,
        loss: Callable[[Tensor, Tensor], Tensor] | None = None,
        metric: Metric | None = None,
        score: Callable[[Tensor, Tensor], float] | None = None,
        version: str = "",
    ) -> None:
        self.model, self.loss, self.metric, self.score, self.version = model, loss, metric, score, version
        self.train, self.validation, self.test = (
            _split("train", train),
            _split("validation", validation),
            _split("test", test),
        )
        self.source = ""  # the text of the user's file, noted when it is loaded
        shapes = {name: tuple(split.inputs.shape[1:]) for name, split in self.splits()}
        if len(set(shapes.values())) > 1:
            raise TaskError(f"the inputs of all splits must have one shape, but got {shapes}")
        if (metric is None) != (score is None):
            raise TaskError(
                "metric and score belong together: give both, metric=Metric(name=..., higher_is_better=...) and score"
            )
        if self.classes is None and loss is None:
            raise TaskError(
                "labels that are not whole numbers need a loss: give loss=(outputs, labels) -> scalar tensor"
            )

    @classmethod
    def from_arrays(cls, *, model: Callable[[], nn.Module], inputs: Any, labels: Any, **others: Any) -> "Task":
        """A task of one set of arrays, split 60 / 20 / 20 into train, validation and test by a fixed shuffle.

        The shuffle depends on the number of examples alone. Raises TaskError where there are fewer than 10.
        """
        inputs, labels = _as_array("inputs", inputs), _as_array("labels", labels)
        if len(inputs) != len(labels) or len(inputs) < 10:
            raise TaskError(
                f"from_arrays needs at least 10 inputs and as many labels, but got {len(inputs)} and {len(labels)}"
            )
        train, validation, test = shuffled_parts(len(inputs), (0.6, 0.2))
        return cls(
            model=model,
            train=(inputs[train], labels[train]),
            validation=(inputs[validation], labels[validation]),
            test=(inputs[test], labels[test]),
            **others,
        )

    def splits(self) -> Iterator[tuple[str, Split]]:
        """The three splits by name."""
        yield from (("train", self.train), ("validation", self.validation), ("test", self.test))

    @cached_property
    def classes(self) -> int | None:
        """The number of classes: the highest label of any split plus one; None where labels are not whole numbers."""
        if any(split.labels.is_floating_point() or split.labels.ndim != 1 for _, split in self.splits()):
            return None
        return 1 + max(int(split.labels.max()) for _, split in self.splits())

    @cached_property
    def fingerprint(self) -> str:
        """A hash of every array of every split, the version and the source: 16 hexadecimal digits of SHA-256."""
        digest = hashlib.sha256(f"{self.version}\n{self.source}\n".encode())
        for name, split in self.splits():
            for tensor in split:
                array = tensor.contiguous().numpy()
                digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
                digest.update(array.tobytes())
        return digest.hexdigest()[:16]


def shuffled_parts(count: int, shares: tuple[float, ...]) -> list[np.ndarray]:
    """Positions 0 .. count-1, shuffled by SPLIT_SEED and cut by `shares`; the last part takes what is left."""
    order = np.random.Generator(np.random.PCG64(SPLIT_SEED)).permutation(count)
    return np.split(order, np.cumsum([round(count * share) for share in shares]))


def _as_array(name: str, values: Any) -> np.ndarray:
    array = values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
    if array.dtype.kind not in "buif" or array.ndim == 0:
        raise TaskError(f"{name} must be an array of numbers, but got {array.dtype} of shape {array.shape}")
    return array


def _split(name: str, arrays: Any) -> Split:
    if not isinstance(arrays, tuple | list) or len(arrays) != 2:
        raise TaskError(f"{name} must be a pair (inputs, labels), but got {type(arrays).__name__}")
    inputs, labels = _as_array(f"{name} inputs", arrays[0]), _as_array(f"{name} labels", arrays[1])
    if len(inputs) != len(labels) or len(inputs) == 0:
        raise TaskError(
            f"{name} needs as many labels as inputs, and at least one, but got {len(inputs)} and {len(labels)}"
        )
    if not (np.isfinite(inputs).all() and np.isfinite(labels).all()):
        raise TaskError(f"{name} holds values that are not finite; remove or replace them")
    if labels.dtype.kind in "bui" and labels.min() < 0:
        raise TaskError(f"{name} labels must count classes from 0, but the lowest is {labels.min()}")
    label_type = torch.int64 if labels.dtype.kind in "bui" else torch.float32
    # torch.tensor copies: a task must not change when the user's array does.
    return Split(torch.tensor(inputs, dtype=torch.float32), torch.tensor(labels, dtype=label_type))
