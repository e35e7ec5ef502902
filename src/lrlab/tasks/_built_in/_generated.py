"""Inputs whose second moments are exactly those asked for, in every split."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SIZES = {"train": 2048, "validation": 1024, "test": 1024}
SEED = 20240229  # the same data on every machine
PLACES = 6  # decimals: beyond them libraries of linear algebra differ, and a task's fingerprint would with them


def eigenvalues(dim: int, condition: float) -> Numbers:
    """(dim,), from 1 down to 1 / condition, evenly on a logarithmic scale."""
    return np.geomspace(1, 1 / condition, dim) if dim > 1 else np.ones(1)


def draw_axes(dim: int, rng: np.random.Generator) -> Numbers:
    """Axes (dim, dim), one a column, at right angles to each other."""
    return np.linalg.qr(rng.normal(size=(dim, dim)))[0]


def draw_inputs(values_D: Numbers, axes_DD: Numbers, count: int, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Inputs X (count, D) and noise (count,), so that X'X / count has these eigenvalues along these axes.

    The noise has mean square 1 and no correlation with any column of X. count: more than D.
    """
    drawn, _ = np.linalg.qr(rng.normal(size=(count, len(values_D) + 1)))
    inputs = np.sqrt(count) * drawn[:, :-1] * np.sqrt(values_D) @ axes_DD.T
    return inputs.round(PLACES), np.sqrt(count) * drawn[:, -1]
