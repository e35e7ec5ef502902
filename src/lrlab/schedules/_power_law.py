"""A fall as a power of the time, which needs no end: inverse square root, Noam and any other power."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import canonical_span, check_number, check_whole, span_updates
from ._clock import Horizon


@final
@register("inverse_sqrt")
@dataclass(frozen=True, kw_only=True)
class InverseSqrt(Schedule):
    r"""A fall as one over the square root of the time.

    .. math:: s_t = \sqrt{\frac{\tau}{t + \tau}}

    tau = timescale, in whole updates. After a warm-up of W = tau updates this is the usual sqrt(W / t), where t counts
    the warm-up too. `power_law` with exponent 0.5 is the same curve.
    First update: 1. Last update: sqrt(tau / (T - 1 + tau)). After: sqrt(tau / (T + tau)).

    Raffel et al., `Exploring the Limits of Transfer Learning <https://arxiv.org/abs/1910.10683>`_, 2020.

    >>> rates = InverseSqrt(timescale="1 updates").bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4))
    >>> rates([0, 3]).tolist()
    [1.0, 0.5]
    """

    timescale: str = "10%"

    def __post_init__(self) -> None:
        canonical_span(self, "timescale")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a timescale of less than one update."""
        span_updates(self, "timescale", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        tau = span_updates(self, "timescale", horizon)
        return np.sqrt(tau / (t + tau))


@final
@register("power_law")
@dataclass(frozen=True, kw_only=True)
class PowerLaw(Schedule):
    r"""A fall as a power of the time.

    .. math:: s_t = \left( 1 + t / \tau \right)^{-a}

    a = exponent. tau = timescale, in whole updates: after it the rate has fallen by the factor 2^-a.
    First update: 1. Last update: (1 + (T - 1) / tau)^-a. After: (1 + T / tau)^-a.

    Shen et al., `Power Scheduler <https://arxiv.org/abs/2408.13359>`_, 2024, there with exponent 0.51.

    >>> rates = PowerLaw(exponent=2, timescale="1 updates").bind(
    ...     peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)
    ... )
    >>> rates([0, 1, 3]).tolist()
    [1.0, 0.25, 0.0625]
    """

    exponent: float = 0.51
    timescale: str = "10%"

    def __post_init__(self) -> None:
        check_number(self, "exponent", 0, 10, open_low=True)
        canonical_span(self, "timescale")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a timescale of less than one update."""
        span_updates(self, "timescale", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return np.power(1.0 + t / span_updates(self, "timescale", horizon), -self.exponent)


@final
@register("noam")
@dataclass(frozen=True, kw_only=True)
class Noam(Schedule):
    r"""The Transformer's own: a linear rise over `rise`, then one over the square root of the time.

    .. math:: s_t = d^{-1/2} \min\{n^{-1/2},\ n R^{-3/2}\}, \qquad n = t + 1

    d = width of the model. R = rise, in whole updates. The published rate is this number itself: bind peak=1. With
    another peak, all of it is multiplied; for a curve whose highest value is the peak, write
    warmup(span=...)+inverse_sqrt(timescale=...).
    First update: d^(-1/2) R^(-3/2). Last update: (d T)^(-1/2). After: (d (T + 1))^(-1/2).
    Highest: (width x rise)^(-1/2), at update R - 1.

    Vaswani et al., `Attention Is All You Need <https://arxiv.org/abs/1706.03762>`_, 2017: d = 512, R = 4000 updates.

    >>> rates = Noam(width=4, rise="4 updates").bind(peak=1.0, horizon=Horizon(updates=16, updates_per_epoch=16))
    >>> rates([0, 3, 15]).tolist()
    [0.0625, 0.25, 0.125]
    """

    width: int = 512
    rise: str = "10%"
    highest: ClassVar[str] = "(width x rise)^(-1/2)"

    def __post_init__(self) -> None:
        check_whole(self, "width", 1, 10**6)
        canonical_span(self, "rise")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a rise that outlasts the run."""
        rise = span_updates(self, "rise", horizon)
        if rise > horizon.updates:
            raise ScheduleError(
                f'noam: `rise <= run` must hold, but "{self.rise}" is {rise} of {horizon.updates} updates; '
                f"shorten it or lengthen the run by {rise - horizon.updates} updates"
            )

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        n, rise = t + 1.0, span_updates(self, "rise", horizon)
        return self.width**-0.5 * np.minimum(1.0 / np.sqrt(n), n * rise**-1.5)
