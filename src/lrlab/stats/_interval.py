"""An interval for a mean. Suffix N: values, one per seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._bca import bca_ends
from ._checks import count, fraction, mean, numbers


class Interval(NamedTuple):
    """A mean and the interval around it, in the unit of the values."""

    point: float
    low: float
    high: float
    level: float
    n: int


def bootstrap_interval(
    values: ArrayLike, *, rng: np.random.Generator, level: float = 0.95, resamples: int = 9999
) -> Interval:
    r"""The mean of n values with its bootstrap interval, bias-corrected and accelerated (BCa).

    .. math:: \alpha_\pm = \Phi\Big(z_0 + \frac{z_0 \pm z}{1 - a (z_0 \pm z)}\Big), \quad z = \Phi^{-1}((1 + level) / 2)

    The ends are the \alpha_- and \alpha_+ quantiles of the means of `resamples` samples drawn from the values with
    replacement. z_0 = bias correction: normal quantile of the share of resampled means below the mean. a =
    acceleration: skewness of the leave-one-out means, over 6.

    values: shape (n,), n >= 2. Mean and ends have the unit of the values. The order of the values changes nothing,
    and the interval of the negated values is the negated interval. All values equal: the interval is the point.

    With few values the interval is too narrow: with 10 normal values, the 95 % interval holds the true mean about 90
    times in 100, with 3 about 73 times.

    Raises StatisticsError: fewer than 2 values, NaN or inf, level outside (0, 1), fewer than 100 resamples.

    Efron, `Better Bootstrap Confidence Intervals <https://doi.org/10.1080/01621459.1987.10478410>`_, 1987, as in
    `scipy.stats.bootstrap <https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats.bootstrap.html>`_.

    >>> point, low, high, *_ = bootstrap_interval([1, 2, 3, 4, 10], rng=np.random.default_rng(0))
    >>> point, round(low, 1), round(high, 1)
    (4.0, 2.0, 8.4)
    """
    values_N = numbers(values, "values", at_least=2)
    level, resamples, point = fraction(level, "level"), count(resamples, "resamples", at_least=100), mean(values_N)
    away_N = values_N - point
    unit = float(np.abs(away_N).max())
    if np.ptp(values_N) == 0:
        return Interval(float(values_N[0]), float(values_N[0]), float(values_N[0]), level, len(values_N))
    # On a grid of 2**-40 every sum is exact. Off it, resampled means that equal the mean fall to either side by
    # rounding, and with few values they are so many that z_0, and with it the interval, is wrong.
    grid_N = np.sort(np.rint(away_N / unit * 2**40) / 2**40)
    # The same draws pick other values once the sign is turned. So they always see the same one of two mirror images,
    # and values that are their own image get ends that are.
    image_N = -grid_N[::-1]
    turned = image_N.tolist() < grid_N.tolist()
    low, high = bca_ends([image_N if turned else grid_N], _mean_of, rng, level, resamples)
    if turned:
        low, high = -high, -low
    if (image_N == grid_N).all():
        low, high = (low - high) / 2, (high - low) / 2
    return Interval(
        point, interval_end(point, unit * low, unit), interval_end(point, unit * high, unit), level, len(values_N)
    )


def _mean_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.mean(values, axis=-1)


def interval_end(point: float, away: float, unit: float, cells: float = 2.0**40) -> float:
    """An end within the rounding of a grid, `cells` to a unit, is zero: a claim asks on which side of zero it lies."""
    end = point + away
    return 0.0 if abs(end) < unit * 4 / cells else end
