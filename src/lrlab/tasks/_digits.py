"""scikit-learn's digits: 1,797 grey 8x8 images of handwritten digits, real and embedded in that package.

Split, fixed: a shuffle of all 1,797 by SPLIT_SEED; the first 1,000 train, the next 297 are validation, the last 500
test. Grey values 0 to 16 are divided by 16.

Source: Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ._base import Task
from ._digits_file import load_digits
from ._splits import shuffled_parts

if TYPE_CHECKING:
    from torch import nn

TRAIN, VALIDATION = 1000, 297


def digits(model: Callable[[], nn.Module]) -> Task:
    """The digits under a model, inputs (N, 1, 8, 8) in [0, 1]."""
    images, labels = load_digits()
    images = images.reshape(-1, 1, 8, 8) / 16
    parts = shuffled_parts(len(images), (TRAIN / len(images), VALIDATION / len(images)))
    train, validation, test = ((images[part], labels[part]) for part in parts)
    return Task(model=model, train=train, validation=validation, test=test, version="1")


def digits_convnet() -> Task:
    """scikit-learn's digits with a small ConvNet (1,898 parameters)."""
    from ._models import small_convnet  # torch is loaded here, not before

    return digits(small_convnet)


def digits_mlp() -> Task:
    """scikit-learn's digits with an MLP of two hidden layers (3,466 parameters)."""
    from ._models import mlp

    return digits(mlp)
