"""Least squares where everything is known: a quadratic with noise that comes from the batches alone.

    y = w*'x + noise e,    loss(w) = mean (w'x - y)^2 = (w - w*)' H/2 (w - w*) + noise^2

H is the Hessian. Its eigenvalues go from 1 down to 1 / condition, evenly on a logarithmic scale, along axes drawn once.
Inputs are made so that in every split their second moments are H/2, and e, of mean square 1, correlates with none of
them. So this is the loss of train, validation and test alike, to rounding, and noise^2 is its least value; noise comes
from the choice of batches alone. w* is 1 along every eigenvector; the model starts with torch's weights, small ones.

At a constant rate r without momentum, batches of B drawn again each time, the excess of the loss over noise^2 comes to
the sum of r noise^2 h / (B (2 - r h)) over the eigenvalues h, as far as h r is small beside B (Murata 1998).

Source: Schaul, Zhang and LeCun, "No more pesky learning rates", ICML 2013, section 4; Murata, "A statistical study of
on-line learning", 1998; Zhang et al., "Which algorithmic choices matter at which batch sizes?", NeurIPS 2019.
"""

from functools import partial
from typing import Any

import numpy as np

from .._base import Task
from ._generated import PLACES, SEED, SIZES, draw_axes, draw_inputs, eigenvalues


def quadratic_noisy(condition: float, dim: int, noise: float) -> Task:
    """Linear regression without a bias on 2,048 examples; validation and test have 1,024, and the same loss."""
    from ...objectives import Regression  # torch is loaded here, not before
    from .._models import linear

    rng = np.random.Generator(np.random.PCG64(SEED))
    values, axes = eigenvalues(dim, condition), draw_axes(dim, rng)
    best = axes.sum(1)
    parts: dict[str, Any] = {}
    for name, count in SIZES.items():
        inputs, errors = draw_inputs(values / 2, axes, count, rng)
        parts[name] = (inputs, (inputs @ best + noise * errors).round(PLACES)[:, None])
    return Task(model=partial(linear, dim, 1, bias=False), objective=Regression(), version="1", **parts)
