"""The peak, all along."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, register
from ._clock import Horizon


@final
@register("constant")
@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    r"""The peak, all along: what every other schedule is compared with.

    .. math:: s_t = 1

    First update: 1. Last update: 1. After: 1.

    Robbins & Monro, `A Stochastic Approximation Method <https://doi.org/10.1214/aoms/1177729586>`_, 1951, is why one
    expects to do better.

    >>> Constant().bind(peak=0.1, horizon=Horizon(updates=3, updates_per_epoch=3)).all().tolist()
    [0.1, 0.1, 0.1]
    """

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:  # noqa: ARG002
        """The fraction of the peak at update(s) t."""
        return np.ones_like(t)
