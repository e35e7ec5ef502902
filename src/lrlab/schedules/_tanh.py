"""A fall along a hyperbolic tangent."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import check_number, check_word, fit_end
from ._clock import End, Horizon, remaining


@final
@register("tanh")
@dataclass(frozen=True, kw_only=True)
class Tanh(Schedule):
    r"""A fall along a hyperbolic tangent: flat, then steep, then flat.

    .. math:: s_t = \tfrac{1}{2} \left( 1 - \tanh( L (1 - u) + U u ) \right), \qquad
        u = t / T \text{ (open)},\ t / (T - 1) \text{ (closed)}

    L = lower and U = upper, where on the tangent the run begins and ends. T = updates. `end` is "open" or "closed".
    First update: (1 - tanh L) / 2. Last update: just above (1 - tanh U) / 2 (open), exactly that (closed), never 0.
    After: (1 - tanh U) / 2.
    Highest: (1 - tanh lower) / 2, just under 1.

    Hsueh, Li & Wu, `Stochastic Gradient Descent with Hyperbolic-Tangent Decay <https://arxiv.org/abs/1806.01593>`_,
    2019.

    >>> rates = Tanh(lower=-3, upper=3).bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4))
    >>> rates([0, 2, 4]).round(6).tolist()
    [0.997527, 0.5, 0.002473]
    """

    lower: float = -6.0
    upper: float = 3.0
    end: End = "open"
    highest: ClassVar[str] = "(1 - tanh lower) / 2"

    def __post_init__(self) -> None:
        check_number(self, "lower", -20, 20)
        check_number(self, "upper", -20, 20)
        if self.lower >= self.upper:
            raise ScheduleError(
                f"tanh: `lower < upper` must hold, but got {self.lower:g} and {self.upper:g}; "
                f"raise upper above {self.lower:g}, as in lower=-6, upper=3"
            )
        check_word(self, "end", ("open", "closed"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse a closed end over one update."""
        fit_end(self, self.end, horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t. As 1 / (1 + e^2z): 1 - tanh z keeps few digits where z is large."""
        left = remaining(t, horizon.updates, self.end)
        z = self.lower * left + self.upper * (1 - left)
        return 1.0 / (1.0 + np.exp(2.0 * z))
