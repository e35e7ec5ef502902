"""scikit-learn's diabetes: 442 people, ten measurements each, and the progression of the disease a year later.

Inputs (N, 10): age, sex, body mass index, blood pressure and six of the serum, each with mean 0 and standard deviation
1 over all 442, as scikit-learn itself scales them but for a factor. Targets (N, 1): progression, 25 to 346, less its
mean 152.13 and divided by its standard deviation 77.00, over all 442: the loss is in squares of that unit.
Split, fixed: a shuffle by SPLIT_SEED; 266 train, 88 validation, 88 test. With `split=fresh` each seed shuffles again.

Source: Efron, Hastie, Johnstone and Tibshirani, "Least angle regression", Annals of Statistics 32, 2004.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from .._base import Task

if TYPE_CHECKING:
    from torch import nn

FILES = ("diabetes_data_raw.csv.gz", "diabetes_target.csv.gz")
HIDDEN = 32


def load_diabetes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measurements as they were taken, (442, 10), and the progression (442,), without loading scikit-learn."""
    package = find_spec("sklearn")
    for place in (package and package.submodule_search_locations) or ():
        files = [Path(place) / "datasets" / "data" / name for name in FILES]
        if all(file.is_file() for file in files):
            raw, target = (np.loadtxt(file) for file in files)
            return raw, target
    from sklearn.datasets import load_diabetes as load  # another layout of the package

    loaded: Any = load(return_X_y=True, scaled=False)
    return loaded[0], loaded[1]


def diabetes(model: Callable[[], nn.Module], split: Literal["fixed", "fresh"]) -> Task:
    """The diabetes data under a model of ten inputs and one output."""
    from ...objectives import Regression  # torch is loaded here, not before

    raw, target = load_diabetes()
    inputs, targets = ((values - values.mean(0)) / values.std(0) for values in (raw, target[:, None]))
    objective = Regression(decide="r2")
    return Task.from_arrays(model=model, inputs=inputs, labels=targets, split=split, objective=objective, version="1")


def diabetes_linear(split: Literal["fixed", "fresh"]) -> Task:
    """A linear model: 11 parameters; the loss is convex, and least squares is its optimum."""
    from .._models import linear

    return diabetes(partial(linear, 10, 1), split)


def diabetes_mlp(split: Literal["fixed", "fresh"], width: float) -> Task:
    """Two hidden layers of 32 units with relu: 1,441 parameters."""
    from .._models import mlp

    return diabetes(partial(mlp, features=10, hidden=max(1, round(HIDDEN * width)), classes=1), split)
