"""Triangles, one after another."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, canonical_span, check_number, register, span_updates
from ._clock import Horizon


@final
@register("cyclic")
@dataclass(frozen=True, kw_only=True)
class Cyclic(Schedule):
    r"""Triangles between `low` and the peak, one every `period`.

    .. math:: s_t = l + (1 - l) \, \min\{x / r,\ (1 - x) / (1 - r)\}, \qquad x = (t \bmod P) / P

    l = low, a fraction of the peak. P = period, in whole updates. r = rise, the part of each period that goes up: 0.5
    is even, 0.2 rises fast and falls slowly. Where r P is not whole, the peak falls between two updates.
    First update: l. Last update: the value at x = ((T - 1) mod P) / P, which is just above l where P divides T.
    After: the value at x = (T mod P) / P.

    Smith, `Cyclical Learning Rates <https://arxiv.org/abs/1506.01186>`_, 2017, the triangular policy.

    >>> rates = Cyclic(period="4 updates", low=0).bind(peak=1.0, horizon=Horizon(updates=6, updates_per_epoch=6))
    >>> rates.all().tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """

    period: str = "20%"
    rise: float = 0.5
    low: float = 0.1

    def __post_init__(self) -> None:
        canonical_span(self, "period")
        check_number(self, "rise", 0.01, 0.99)
        check_number(self, "low", 0, 1)

    def fit(self, horizon: Horizon) -> None:
        """Refuse a period too short to go up and down."""
        if span_updates(self, "period", horizon) < 2:
            raise ScheduleError(
                f'cyclic: `period >= 2 updates` must hold, but "{self.period}" is 1 of {horizon.updates} updates; '
                f'write at least period="2 updates" or lengthen the run'
            )

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        period = span_updates(self, "period", horizon)
        position = np.mod(t, period)
        up = position / (self.rise * period)
        down = (period - position) / ((1 - self.rise) * period)
        return self.low + (1 - self.low) * np.minimum(up, down)
