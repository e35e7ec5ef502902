"""The interval that the sign-flip test gives, and Student's beside it. Suffix N: values; P: subsets of them."""

from math import floor, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._checks import count, fraction, mean, numbers, spread
from ._interval import Interval

EXACT_VALUES = 20  # up to so many all subsets are counted
SUBSETS = 99_999
_CELLS = 2**22


def flip_interval(
    values: ArrayLike, *, rng: np.random.Generator, level: float = 0.95, exact_up_to: int = EXACT_VALUES
) -> Interval:
    r"""The mean with the interval of all shifts that the sign-flip test does not reject.

    .. math:: \{ \delta : p_{flip}(d - \delta) > 1 - level \} = [m_{(k)},\ m_{(2^n - k)}],
        \qquad k = \lfloor (1 - level)\, 2^{n - 1} \rfloor

    m_(1) <= m_(2) .. : the means of the 2^n - 1 subsets of the values that are not empty. Where k is 0, with 5 values
    or fewer at 95 %, no shift is ever rejected, and the ends are those of `t_interval`. Above `exact_up_to` values
    the ends come from 99,999 subsets drawn at random, which keeps the level.

    values: shape (n,), n >= 2, any unit. The order of the values changes nothing where all are counted. All values
    equal: the interval is the point. It holds the centre in `level` of samples where values lie symmetrically around
    it; of skewed ones less: `docs/statistics.md` has measured shares.

    Raises StatisticsError: fewer than 2 values, NaN or inf, level outside (0, 1).

    Hartigan, `Using Subsample Values as Typical Values <https://doi.org/10.1080/01621459.1969.10501057>`_, 1969.

    >>> point, low, high, *_ = flip_interval([1, 2, 3, 4, 10, 4], rng=np.random.default_rng(0))
    >>> point, low, high
    (4.0, 1.0, 10.0)
    """
    values_N, level = numbers(values, "values", at_least=2), fraction(level, "level")
    exact = len(values_N) <= count(exact_up_to, "exact_up_to", at_least=0)
    point, n = mean(values_N), len(values_N)
    if np.ptp(values_N) == 0:
        return Interval(float(values_N[0]), float(values_N[0]), float(values_N[0]), level, n)
    mean_P = _all_subset_means(np.sort(values_N)) if exact else _drawn_subset_means(values_N, rng)
    total = len(mean_P) + 1
    tail = floor((1 - level) * total / 2 + 1e-9)
    if tail == 0:
        return t_interval(values_N, level=level)
    mean_P = np.partition(mean_P, (tail - 1, len(mean_P) - tail))
    return Interval(point, float(mean_P[tail - 1]), float(mean_P[len(mean_P) - tail]), level, n)


def t_interval(values: ArrayLike, *, level: float = 0.95) -> Interval:
    r"""The mean with Student's interval, :math:`\bar d \pm t_{n-1, (1 + level)/2}\, s / \sqrt n`.

    values: shape (n,), n >= 2. Raises StatisticsError: fewer than 2 values, NaN or inf, level outside (0, 1).

    >>> point, low, high, *_ = t_interval([1, 2, 3])
    >>> round(low, 2), round(high, 2)
    (-0.48, 4.48)
    """
    from scipy.special import stdtrit

    values_N, level = numbers(values, "values", at_least=2), fraction(level, "level")
    n, point = len(values_N), mean(values_N)
    half = float(stdtrit(n - 1, (1 + level) / 2)) * spread(values_N) / sqrt(n)
    return Interval(point, point - half, point + half, level, n)


def _all_subset_means(values_N: NDArray[np.float64]) -> NDArray[np.float64]:
    """The means of all subsets but the empty one."""
    sum_P, size_P = np.zeros(1), np.zeros(1)
    for value in values_N:
        sum_P, size_P = np.concatenate([sum_P, sum_P + value]), np.concatenate([size_P, size_P + 1])
    return sum_P[1:] / size_P[1:]


def _drawn_subset_means(values_N: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """The means of random subsets that are not empty."""
    n, means = len(values_N), list[NDArray[np.float64]]()
    for start in range(0, SUBSETS, rows := _CELLS // n):
        chosen_PN = rng.integers(0, 2, size=(min(rows, SUBSETS - start), n), dtype=np.int8).astype(np.float64)
        size_P = chosen_PN.sum(axis=1)
        chosen_PN[size_P == 0] = 1.0  # of n > 20 values not one pattern in a million is empty
        means.append(chosen_PN @ values_N / chosen_PN.sum(axis=1))
    return np.concatenate(means)
