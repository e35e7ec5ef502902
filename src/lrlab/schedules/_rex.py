"""A fall that is slow at first and steep at the end."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, register
from ._checks import check_number, check_word, fit_end
from ._clock import End, Horizon, remaining


@final
@register("rex")
@dataclass(frozen=True, kw_only=True)
class Rex(Schedule):
    r"""Reflected exponential: slow at first, steep at the end.

    .. math:: s_t = m + (1 - m) \, \frac{1 - u}{1 - u / 2}, \qquad
        u = t / T \text{ (open)},\ t / (T - 1) \text{ (closed)}

    m = floor, a fraction of the peak. T = updates. `end` is "open" or "closed".
    First update: 1. Last update: m + (1 - m) 2 / (T + 1) (open), exactly m (closed). After: m.

    Chen, Wolfe & Kyrillidis, `REX <https://arxiv.org/abs/2107.04197>`_, 2022.

    >>> Rex().bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4))([0, 2, 3]).round(6).tolist()
    [1.0, 0.666667, 0.4]
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
        left = remaining(t, horizon.updates, self.end)
        return self.floor + (1 - self.floor) * (2 * left / (1 + left))
