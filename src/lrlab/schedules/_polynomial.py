"""A fall in a straight line, or along a power of what is left of the run."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, register
from ._checks import check_number, check_word, fit_end
from ._clock import End, Horizon, remaining


@final
@register("linear")
@dataclass(frozen=True, kw_only=True)
class Linear(Schedule):
    r"""A straight line from the peak to `floor`.

    .. math:: s_t = m + (1 - m) \, (1 - u), \qquad u = t / T \text{ (open)},\ t / (T - 1) \text{ (closed)}

    m = floor, a fraction of the peak. T = updates. `end` is "open" or "closed".
    First update: 1. Last update: m + (1 - m) / T (open), exactly m (closed). After: m.

    Li, Yumer & Ramanan, `Budgeted Training <https://arxiv.org/abs/1905.04753>`_, 2020.

    >>> Linear().bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=2)).all().tolist()
    [1.0, 0.75, 0.5, 0.25]
    """

    floor: float = 0.0
    end: End = "open"

    def __post_init__(self) -> None:
        check_number(self, "floor", 0, 1)
        check_word(self, "end", ("open", "closed"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse a closed end over one update."""
        fit_end(self, self.end, horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return self.floor + (1 - self.floor) * remaining(t, horizon.updates, self.end)


@final
@register("polynomial")
@dataclass(frozen=True, kw_only=True)
class Polynomial(Schedule):
    r"""From the peak to `floor` along a power of what is left of the run.

    .. math:: s_t = m + (1 - m) \, (1 - u)^q, \qquad u = t / T \text{ (open)},\ t / (T - 1) \text{ (closed)}

    q = power: above 1 the rate falls early, below 1 late. m = floor, a fraction of the peak. T = updates.
    `end` is "open" or "closed".
    First update: 1. Last update: m + (1 - m) / T^q (open), exactly m (closed). After: m.

    Chen et al., `DeepLab <https://arxiv.org/abs/1606.00915>`_, 2017, there with power 0.9.

    >>> Polynomial().bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=2)).all().tolist()
    [1.0, 0.5625, 0.25, 0.0625]
    """

    power: float = 2.0
    floor: float = 0.0
    end: End = "open"

    def __post_init__(self) -> None:
        check_number(self, "power", 0, 10, open_low=True)
        check_number(self, "floor", 0, 1)
        check_word(self, "end", ("open", "closed"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse a closed end over one update."""
        fit_end(self, self.end, horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return self.floor + (1 - self.floor) * np.power(remaining(t, horizon.updates, self.end), self.power)
