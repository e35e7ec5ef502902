"""What the best of k tried settings reaches, with a band that holds for all k at once. Suffix N: values; K: tries."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import count, fraction, numbers

MOST_VALUES = 200  # of which the exact probability of a band takes a tenth of a second


class TuningBand(NamedTuple):
    """The median of the best of k settings. tries: shape (K,); all others (K,), in the unit of the values.

    middle: estimated. low, high: the simultaneous band; -inf and inf where the values say nothing that way.
    """

    tries: NDArray[np.int64]
    middle: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def tuning_band(
    values: ArrayLike, tries: ArrayLike, *, level: float = 0.95, higher_is_better: bool = True
) -> TuningBand:
    r"""The best of k settings drawn at random: its median, with a band for all k at once, free of any distribution.

    .. math:: M(k) = F^{-1}(2^{-1/k}), \qquad P(\text{best of } k \le y) = F(y)^k

    F: the distribution of a setting's value, of which `values` are independent draws, shape (n,), 1 <= n <= 200. The
    band turns `order_bounds`, which hold the whole of F at once with the level, into bounds of M; ties and steps of F
    only widen it. tries: the k, each at least 1. Half of all searches of k draws end above M(k).

    Few values bound M on the better side for few tries only: the largest of n values is no bound of what more would
    reach. There the end is inf (or -inf where lower is better).

    Raises StatisticsError: no or too many values, NaN or inf, tries that are not whole numbers from 1 up, level outside
    (0, 1).

    Lourie, Cho & He, `Show Your Work with Confidence <https://arxiv.org/abs/2311.09480>`_, 2023; the band of F is that
    of Learned-Miller & DeStefano, A Probabilistic Upper Bound on Differential Entropy, IEEE Transactions on Information
    Theory 54 (11), 2008, with equal tails.

    >>> band = tuning_band([0.91, 0.85, 0.95, 0.88, 0.90], [1, 2, 4])
    >>> band.middle.tolist(), band.low.tolist(), band.high.tolist()
    ([0.9, 0.91, 0.95], [-inf, 0.85, 0.88], [inf, inf, inf])
    """
    value_N = np.sort(numbers(values, "values", at_least=1) * (1 if higher_is_better else -1))
    try_K = np.array([count(k, "tries") for k in np.atleast_1d(np.asarray(tries)).tolist()], dtype=np.int64)
    low_N, high_N = order_bounds(len(value_N), level)
    share_K = 0.5 ** (1 / try_K)
    middle_K = value_N[np.ceil(len(value_N) * share_K - 1e-9).astype(np.int64) - 1]
    # F is at least low_N[i] from the i-th value on, and below it at most high_N[i].
    high_K = np.append(value_N, np.inf)[np.searchsorted(low_N, share_K)]
    low_K = np.append(-np.inf, value_N)[np.searchsorted(high_N, share_K)]
    if higher_is_better:
        return TuningBand(try_K, middle_K, low_K, high_K)
    return TuningBand(try_K, -middle_K, -high_K, -low_K)


@cache
def order_bounds(n: int, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    r"""Bounds of a distribution at its n ordered draws, all of which hold at once with the level.

    .. math:: P(\ell_i \le U_{(i)} \le u_i \text{ for all } i) = level, \qquad
        \ell_i, u_i = B^{-1}_{i,\, n + 1 - i}(\gamma / 2,\ 1 - \gamma / 2)

    U_(1) <= .. <= U_(n): uniform draws in order, as F(Y_(i)) is of draws Y from a continuous F. B: the beta
    distribution of U_(i). gamma is found so that the probability, which `order_probability` computes, is the level.

    Returns l and u, each of shape (n,), ascending. Raises StatisticsError: n outside 1 .. 200, level outside (0, 1).

    >>> [bound.round(4).tolist() for bound in order_bounds(1)]
    [[0.025], [0.975]]
    """
    from scipy.special import betaincinv

    n, level = count(n, "n"), fraction(level, "level")
    if n > MOST_VALUES:
        raise StatisticsError(f"`n <= {MOST_VALUES}` must hold, but got {n}; draw fewer values at random")
    place_N = np.arange(1, n + 1)

    def bounds(gamma: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        tails = (gamma / 2, 1 - gamma / 2)
        low_N, high_N = (betaincinv(place_N, n + 1 - place_N, tail) for tail in tails)
        return low_N, high_N

    return bounds(_find_crossing(lambda gamma: order_probability(*bounds(gamma)) - level, 1 - level))


def _find_crossing(value: Callable[[float], float], most: float) -> float:
    """Where a falling function, above 0 at 0, is 0; at most there. By false position, the stale end's value halved."""
    left, at_left = 0.0, most
    right, at_right = most, value(most)
    side = 0
    while at_right < 0 and right - left > 1e-13 * right:
        middle = (left * at_right - right * at_left) / (at_right - at_left)
        found = value(middle)
        if abs(found) < 1e-12:
            return middle
        if found > 0:
            left, at_left, at_right, side = middle, found, at_right / (2 if side > 0 else 1), 1
        else:
            right, at_right, at_left, side = middle, found, at_left / (2 if side < 0 else 1), -1
    return left if at_right < 0 else right


def order_probability(low: ArrayLike, high: ArrayLike) -> float:
    r"""The probability that n uniform draws, in order, lie each between its bounds.

    .. math:: P(\ell_i \le U_{(i)} \le u_i \text{ for all } i)

    low, high: shape (n,), ascending, within [0, 1], low below high. Exact: the number of draws up to a point is
    followed from bound to bound; given it, that up to the next bound is binomial.

    Raises StatisticsError: bounds of different lengths, out of order, or outside [0, 1].

    >>> round(order_probability([0.0, 0.5], [0.5, 1.0]), 12)
    0.5
    """
    low_N, high_N = numbers(low, "low", at_least=1), numbers(high, "high", at_least=1)
    _check_bounds(low_N, high_N)
    n, before = len(low_N), 0.0
    chance_C = np.zeros(n + 1)  # of so many draws up to `before`, all bounds kept
    chance_C[0] = 1.0
    number_C = np.arange(n + 1)
    for at in np.unique([*low_N, *high_N]).tolist():
        step = (at - before) / (1 - before) if before < 1 else 0.0
        reached = np.flatnonzero(chance_C)
        chance_C = chance_C[reached] @ _binomial_rows(n, reached, step)
        # At most as many as have their lower bound below, at least as many as have their upper bound here.
        chance_C[number_C > np.searchsorted(low_N, at)] = 0.0
        chance_C[number_C < np.searchsorted(high_N, at, side="right")] = 0.0
        before = at
    return float(chance_C.sum())


def _binomial_rows(n: int, reached: NDArray[np.int64], step: float) -> NDArray[np.float64]:
    """The chances of 0 .. n draws up to a point, shape (R, n + 1), given so many before and what each then has."""
    from scipy.special import gammaln, xlog1py, xlogy

    more_RC, left_R1 = np.arange(n + 1) - reached[:, None], (n - reached)[:, None]
    there_RC = np.maximum(more_RC, 0)
    log_RC = gammaln(left_R1 + 1) - gammaln(there_RC + 1) - gammaln(left_R1 - there_RC + 1)
    log_RC = log_RC + xlogy(there_RC, step) + xlog1py(left_R1 - there_RC, -step)
    return np.where(more_RC >= 0, np.exp(log_RC), 0.0)


def _check_bounds(low_N: NDArray[np.float64], high_N: NDArray[np.float64]) -> None:
    bounds = [low_N, high_N]
    fits = len(low_N) == len(high_N) and all(
        (np.diff(bound, prepend=0.0) >= 0).all() and bound[-1] <= 1 for bound in bounds
    )
    if not fits or (low_N > high_N).any():
        raise StatisticsError(
            f"bounds must ascend within [0, 1], as many low as high ones, but got {low_N.tolist()} and "
            f"{high_N.tolist()}; sort them"
        )
