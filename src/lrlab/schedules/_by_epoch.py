"""Four published sequences of rates, one rate an epoch."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, register
from ._clock import Horizon, into


def epoch(t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
    """The epoch of update(s) t, counted from 0; same shape as t."""
    return np.floor(t / horizon.updates_per_epoch)


@final
@register("seq1")
@dataclass(frozen=True, kw_only=True)
class Seq1(Schedule):
    r"""The peak over the number of the epoch.

    .. math:: s_t = 1 / \max\{1, n\}

    n = the epoch of update t, counted from 0: epochs 0 and 1 use the peak.
    First update: 1. Last update: 1 / n for the last epoch. After: the value of the epoch that update T would begin or
    be in.

    Yang & Huang, Learning Rate Investigation, 2019; the sequence of Robbins & Monro, `A Stochastic Approximation Method
    <https://doi.org/10.1214/aoms/1177729586>`_, 1951.

    >>> Seq1().bind(peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=1)).all().round(4).tolist()
    [1.0, 1.0, 0.5, 0.3333, 0.25]
    """

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return 1.0 / np.maximum(epoch(t, horizon), 1.0)


@final
@register("seq2")
@dataclass(frozen=True, kw_only=True)
class Seq2(Schedule):
    r"""The peak over the square root of the number of the epoch.

    .. math:: s_t = 1 / \sqrt{\max\{1, n\}}

    n = the epoch of update t, counted from 0: epochs 0 and 1 use the peak.
    First update: 1. Last update: 1 / sqrt(n) for the last epoch. After: the value of the epoch that update T would
    begin or be in.

    Yang & Huang, Learning Rate Investigation, 2019; the rate of Zinkevich, `Online Convex Programming
    <https://www.aaai.org/Papers/ICML/2003/ICML03-120.pdf>`_, 2003.

    >>> Seq2().bind(peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=1)).all().round(4).tolist()
    [1.0, 1.0, 0.7071, 0.5774, 0.5]
    """

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return 1.0 / np.sqrt(np.maximum(epoch(t, horizon), 1.0))


@final
@register("seq3")
@dataclass(frozen=True, kw_only=True)
class Seq3(Schedule):
    r"""Nine tenths of the rate of the epoch before.

    .. math:: s_t = 0.9^n

    n = the epoch of update t, counted from 0. `step` with gamma 0.9 every epoch is the same curve.
    First update: 1. Last update: 0.9 to the power of the last epoch. After: 0.9 to the power of the epoch that update T
    would begin or be in.

    Yang & Huang, Learning Rate Investigation, 2019; the step decay of Ge et al., `The Step Decay Schedule
    <https://arxiv.org/abs/1904.12838>`_, 2019.

    >>> Seq3().bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=1)).all().round(4).tolist()
    [1.0, 0.9, 0.81, 0.729]
    """

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return np.power(0.9, epoch(t, horizon))


@final
@register("seq4")
@dataclass(frozen=True, kw_only=True)
class Seq4(Schedule):
    r"""A sawtooth of ten epochs, over a divisor that moves one epoch early.

    .. math:: s_t = \frac{1 - ((n - 1) \bmod 10) / 10}{\lfloor n / 10 \rfloor + 1} \text{ for } n \ge 1,
        \qquad s_t = 1 \text{ for } n = 0

    n = the epoch of update t, counted from 0. As printed, the divisor grows at n = 10, the last of the ten, before the
    sawtooth begins again at n = 11: 0.2 at n = 9, 0.05 at 10, 0.5 at 11; 1/30 at 20, 1/3 at 21.
    First update: 1. Last update: the value of the last epoch. After: the value of the epoch that update T would begin
    or be in.

    Yang & Huang, Learning Rate Investigation, 2019; a sawtooth after Smith, `Cyclical Learning Rates
    <https://arxiv.org/abs/1506.01186>`_, 2017.

    >>> Seq4().bind(peak=1.0, horizon=Horizon(updates=12, updates_per_epoch=1))([0, 1, 2, 9, 10, 11]).tolist()
    [1.0, 1.0, 0.9, 0.2, 0.05, 0.5]
    """

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        n = np.maximum(epoch(t, horizon), 1.0)
        return (10.0 - into(n - 1.0, 10.0)) / 10.0 / (np.floor(n / 10.0) + 1.0)
