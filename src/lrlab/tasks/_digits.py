"""scikit-learn's digits: 1,797 grey 8x8 images of handwritten digits, real and embedded in that package.

Split, fixed: a shuffle of all 1,797 by SPLIT_SEED; the first 1,000 train, the next 297 are validation, the last 500
test. With `split=fresh` each seed shuffles all 1,797 anew and cuts them alike. Grey values 0 to 16 are divided by 16.

Source: Alpaydin & Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ._base import Task
from ._digits_file import load_digits
from ._digits_names import DigitsTask
from ._splits import shuffled_parts

if TYPE_CHECKING:
    from torch import nn

TRAIN, VALIDATION = 1000, 297


def digits(model: Callable[[], nn.Module], split: str = "fixed") -> Task:
    """The digits under a model, inputs (N, 1, 8, 8) in [0, 1]."""
    images, labels = load_digits()
    images = images.reshape(-1, 1, 8, 8) / 16
    parts = shuffled_parts(len(images), (TRAIN / len(images), VALIDATION / len(images)))
    train, validation, test = ((images[part], labels[part]) for part in parts)
    task = Task(model=model, train=train, validation=validation, test=test, version="1")
    return task.with_fresh_split() if split == "fresh" else task


def digits_convnet() -> Task:
    """scikit-learn's digits with a small ConvNet (1,898 parameters)."""
    return digits_task(DigitsTask("convnet"))


def digits_mlp() -> Task:
    """scikit-learn's digits with an MLP of two hidden layers (3,466 parameters)."""
    return digits_task(DigitsTask("mlp"))


def digits_task(wanted: DigitsTask) -> Task:
    """The task that a name asks for."""
    from ._models import mlp, small_convnet  # torch is loaded here, not before

    if wanted.model == "convnet":
        return digits(partial(small_convnet, width=wanted.width), wanted.split)
    return digits(partial(mlp, hidden=round(32 * wanted.width)), wanted.split)
