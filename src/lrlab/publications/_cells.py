"""From the values of some seeds to a table's cell."""

from collections.abc import Sequence

import numpy as np

from ..stats import mean_interval
from ._measured import Cell


def cell(values: Sequence[float], rng: np.random.Generator) -> Cell:
    """Mean and 95 % interval; no interval of fewer than two values, and no mean of none."""
    if len(values) < 2:
        return Cell(mean=values[0] if values else None, low=None, high=None, seeds=len(values))
    interval = mean_interval(values, rng=rng)
    return Cell(mean=interval.point, low=interval.low, high=interval.high, seeds=len(values))
