"""scikit-learn's digits: 1,797 grey 8x8 images of handwritten digits, real and embedded in that package.

Split, fixed: a shuffle of all 1,797 by SPLIT_SEED; the first 1,000 train, the next 297 are validation, the last 500
test. With `split=fresh` each seed shuffles all 1,797 again and cuts them alike. Grey values 0 to 16 are divided by 16.

Source: Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._base import Task
from .._digits_file import load_digits
from .._splits import shuffled_parts

if TYPE_CHECKING:
    from torch import nn

TRAIN, VALIDATION = 1000, 297


def digits_parts() -> dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]:
    """Images (N, 8, 8) in [0, 1] and digits (N,) of train, validation and test."""
    images, labels = load_digits()
    images = images.reshape(-1, 8, 8) / 16
    parts = shuffled_parts(len(images), (TRAIN / len(images), VALIDATION / len(images)))
    return {
        name: (images[part], labels[part]) for name, part in zip(("train", "validation", "test"), parts, strict=True)
    }


def digits(model: Callable[[], nn.Module], split: str = "fixed") -> Task:
    """The digits under a model, inputs (N, 1, 8, 8) in [0, 1]."""
    parts: dict[str, Any] = {name: (images[:, None], labels) for name, (images, labels) in digits_parts().items()}
    task = Task(model=model, version="1", **parts)
    return task.with_fresh_split() if split == "fresh" else task


def digits_convnet(split: str, width: float) -> Task:
    """The digits with a small ConvNet."""
    from .._models import small_convnet  # torch is loaded here, not before

    return digits(partial(small_convnet, width=width), split)


def digits_mlp(split: str, width: float) -> Task:
    """The digits with an MLP of two hidden layers."""
    from .._models import mlp

    return digits(partial(mlp, hidden=round(32 * width)), split)
