"""Triangles, one after another."""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, is_number, register
from ._checks import canonical_span, check_number, check_word, set_field, span_updates
from ._clock import Horizon, Span, into


@final
@register("cyclic")
@dataclass(frozen=True, kw_only=True)
class Cyclic(Schedule):
    r"""Triangles between `low` and the peak, one every `period`; their height may fall.

    .. math:: s_t = l + (1 - l) \, a_t \, \min\{x / r,\ (1 - x) / (1 - r)\}, \qquad x = (t \bmod P) / P

    l = low, a fraction of the peak. P = period, in whole updates. r = rise, the part of each period that goes up: 0.5
    is even, 0.2 rises fast and falls slowly. Where r P is not whole, the peak falls between two updates.
    a_t, by `decay`: "none" is 1 (the triangular policy); "halving" is 1/2 to the power floor(t / P) (triangular2: the
    amplitude above `low` is halved, not the peak); a number g below 1 is g^t (exp_range: t counts from the start of the
    run, and the first peak is below 1 already).
    First update: l. Last update: the value at t = T - 1, which is just above l where P divides T.
    After: the value at t = T.

    Smith, `Cyclical Learning Rates <https://arxiv.org/abs/1506.01186>`_, 2017.

    >>> rates = Cyclic(period="4 updates", low=0).bind(peak=1.0, horizon=Horizon(updates=6, updates_per_epoch=6))
    >>> rates.all().tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
    """

    period: str = "20%"
    rise: float = 0.5
    low: float = 0.1
    decay: float | Literal["none", "halving"] = "none"

    def __post_init__(self) -> None:
        canonical_span(self, "period")
        check_number(self, "rise", 0.01, 0.99)
        check_number(self, "low", 0, 1)
        self._check_decay()

    def fit(self, horizon: Horizon) -> None:
        """Refuse a period too short to go up and down."""
        span = Span.parse(self.period)
        length = span.length(horizon)
        if round(length) < 2:
            longer = " or lengthen the run" if span.unit == "%" else ""
            raise ScheduleError(
                f'cyclic: `period >= 2 updates` must hold, but "{self.period}" is {length:.12g} of {horizon.updates} '
                f'updates; write at least period="2 updates"{longer}'
            )

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        period = span_updates(self, "period", horizon)
        position = into(t, period)
        up = position / (self.rise * period)
        down = (period - position) / ((1 - self.rise) * period)
        triangle = np.minimum(up, down)
        if self.decay == "halving":
            triangle = triangle * np.exp2(-np.floor(t / period))
        elif not isinstance(self.decay, str):
            triangle = triangle * np.power(self.decay, t)
        return self.low + (1 - self.low) * triangle

    def _check_decay(self) -> None:
        if isinstance(self.decay, str):
            check_word(self, "decay", ("none", "halving"))
            return
        if not is_number(self.decay) or not 0 < self.decay < 1:
            raise ScheduleError(
                f"cyclic: `decay` must be a number in (0, 1) or a word, but got {self.decay!r}; "
                f'write "none", "halving" or 0.9994, the factor per update'
            )
        set_field(self, "decay", float(self.decay))
