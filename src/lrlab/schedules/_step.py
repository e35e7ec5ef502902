"""A cut by the same factor after every span."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, canonical_span, check_number, register, span_updates
from ._clock import Horizon


@final
@register("step")
@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    r"""A cut by the factor `gamma` after every span `every`, and the same rate in between.

    .. math:: s_t = \gamma^{\lfloor t / S \rfloor}

    S = every, in whole updates.
    First update: 1. Last update: gamma to the power floor((T - 1) / S). After: gamma to the power floor(T / S), which
    is one more cut where S divides T.

    Ge et al., `The Step Decay Schedule <https://arxiv.org/abs/1904.12838>`_, 2019.

    >>> rates = Step(gamma=0.5, every="2 updates").bind(peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=5))
    >>> rates.all().tolist()
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    gamma: float = 0.1
    every: str = "30%"

    def __post_init__(self) -> None:
        check_number(self, "gamma", 0, 1, open_low=True)
        canonical_span(self, "every")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a span of less than one update."""
        span_updates(self, "every", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return np.power(self.gamma, np.floor_divide(t, span_updates(self, "every", horizon)))
