"""Half a cosine, from the peak to a floor."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, register
from ._checks import check_number, check_word, fit_end
from ._clock import End, Horizon, remaining


def half_cosine(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1 - cos(pi x)) / 2, from 0 at x = 0 to 1 at x = 1; same shape as x.

    As a squared sine, because 1 - cos keeps few digits near 0.

    >>> half_cosine(np.array([0.0, 0.5, 1.0])).round(15).tolist()
    [0.0, 0.5, 1.0]
    """
    return np.square(np.sin(0.5 * np.pi * x))


@final
@register("cosine")
@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    r"""Half a cosine from the peak to `floor`.

    .. math:: s_t = m + (1 - m) \, \left( \frac{1 + \cos \pi u}{2} \right)^q, \qquad
        u = t / T \text{ (open)},\ t / (T - 1) \text{ (closed)}

    m = floor, a fraction of the peak. q = power: above 1 the rate falls early, below 1 late. T = updates. `end` is
    "open" or "closed".
    First update: 1. Last update: just above m (open), exactly m (closed). After: m.

    Loshchilov & Hutter, `SGDR <https://arxiv.org/abs/1608.03983>`_, 2017, without restarts; `optax
    <https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html#optax.schedules.cosine_decay_schedule>`_ for
    the power.

    >>> Cosine(floor=0.5).bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=2))([0, 2]).round(15).tolist()
    [1.0, 0.75]
    """

    floor: float = 0.0
    power: float = 1.0
    end: End = "open"

    def __post_init__(self) -> None:
        check_number(self, "floor", 0, 1)
        check_number(self, "power", 0, 10, open_low=True)
        check_word(self, "end", ("open", "closed"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse a closed end over one update."""
        fit_end(self, self.end, horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        fall = half_cosine(remaining(t, horizon.updates, self.end))
        return self.floor + (1 - self.floor) * (fall if self.power == 1 else fall**self.power)
