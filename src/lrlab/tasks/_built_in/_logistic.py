"""Logistic regression on generated data: a convex loss with a finite optimum, which other solvers find too.

Inputs x (N, D) are nearly normal; their second moments have eigenvalues from 1 down to 1 / condition along axes drawn
once. The class is 1 with probability 1 / (1 + exp(-w*'x)), where w*'x has variance 4, as much of it along each axis, so
that classes overlap.
The model is a linear layer of two outputs under cross-entropy, as convex as one of one output.

Source: Bottou, Curtis and Nocedal, "Optimization methods for large-scale machine learning", SIAM Review 60, 2018.
"""

from functools import partial
from typing import Any

import numpy as np

from .._base import Task
from ._generated import SEED, SIZES, draw_axes, draw_inputs, eigenvalues


def logistic(condition: float, dim: int) -> Task:
    """2,048 examples to train on, 1,024 for validation and 1,024 for test, all of one distribution."""
    from ...objectives import Classification  # torch is loaded here, not before
    from .._models import linear

    objective = Classification(decide="calibrated_log_loss")
    rng = np.random.Generator(np.random.PCG64(SEED))
    values, axes = eigenvalues(dim, condition), draw_axes(dim, rng)
    best = axes @ (2 / np.sqrt(dim * values))
    parts: dict[str, Any] = {}
    for name, count in SIZES.items():
        inputs, _ = draw_inputs(values, axes, count, rng)
        parts[name] = (inputs, (rng.random(count) < 1 / (1 + np.exp(-inputs @ best))).astype(int))
    return Task(model=partial(linear, dim, 2), objective=objective, version="1", **parts)
