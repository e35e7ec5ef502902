"""A fall by the same factor over every span, a little at each update."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, register
from ._checks import canonical_span, check_number, span_updates
from ._clock import Horizon


@final
@register("exponential")
@dataclass(frozen=True, kw_only=True)
class Exponential(Schedule):
    r"""A fall by the factor `gamma` over every span `every`, a little at each update.

    .. math:: s_t = \gamma^{t / S}

    S = every, in whole updates. By default gamma is reached at T: the run ends near 1% of the peak.
    First update: 1. Last update: gamma to the power (T - 1) / S. After: gamma to the power T / S.

    Li, Zhuang & Orabona, `Exponential and Cosine Step Sizes <https://arxiv.org/abs/2002.05273>`_, 2021.

    >>> rates = Exponential(gamma=0.25, every="2 updates").bind(
    ...     peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)
    ... )
    >>> rates.all().tolist()
    [1.0, 0.5, 0.25, 0.125]
    """

    gamma: float = 0.01
    every: str = "100%"

    def __post_init__(self) -> None:
        check_number(self, "gamma", 0, 1, open_low=True)
        canonical_span(self, "every")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a span of less than one update."""
        span_updates(self, "every", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return np.power(self.gamma, t / span_updates(self, "every", horizon))


@final
@register("natural_exponential")
@dataclass(frozen=True, kw_only=True)
class NaturalExponential(Schedule):
    r"""A fall by e to the power -`decay` over every span `every`, a little at each update.

    .. math:: s_t = e^{-k t / S}

    k = decay. S = every, in whole updates. `exponential` with gamma = e^-k is the same curve, told by its factor.
    First update: 1. Last update: e to the power -k (T - 1) / S. After: e to the power -k T / S.

    `Paddle <https://www.paddlepaddle.org.cn/documentation/docs/en/api/paddle/optimizer/lr/NaturalExpDecay_en.html>`_,
    NaturalExpDecay, as TensorFlow 1 had it.

    >>> rates = NaturalExponential(decay=0.5, every="1 updates").bind(
    ...     peak=1.0, horizon=Horizon(updates=3, updates_per_epoch=3)
    ... )
    >>> rates.all().round(6).tolist()
    [1.0, 0.606531, 0.367879]
    """

    decay: float = 5.0
    every: str = "100%"

    def __post_init__(self) -> None:
        check_number(self, "decay", 0, 100, open_low=True)
        canonical_span(self, "every")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a span of less than one update."""
        span_updates(self, "every", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return np.exp(-self.decay * t / span_updates(self, "every", horizon))
