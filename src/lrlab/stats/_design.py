"""What a design can decide by the rule that judges it, found by simulation. Suffix R: repetitions; N: pairs."""

from collections.abc import Callable
from functools import lru_cache
from math import ceil, erfc, inf, log, pi, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import count, fraction, mean, numbers, spread
from ._power import fewest_pairs
from ._sign_flip import sign_flip_p

NORMAL = NormalDist()
EXACT = 20  # up to so many pairs the sign flips are counted
REPETITIONS = 1000
_STEPS = 6  # of Newton's method for a saddlepoint: the last changes p by less than 1e-6
HOPELESS = 3.0  # times what may be asked for: then nothing is simulated
_TOO_LARGE, _TOO_SMALL = 8.0, 2.5  # factors by which the saddlepoint's p may be off with few pairs
_AT_ONCE = 11  # up to so many pairs all patterns lie in memory
_MANY = 256  # patterns, from which on each row is counted by itself
_FEW = 14  # from so many pairs on it is never too large by more than the second factor


def seeds_needed(
    differences: ArrayLike,
    *,
    difference: float | None = None,
    comparisons: int = 1,
    alpha: float = 0.05,
    level: float | None = None,
    power: float = 0.8,
    rng: np.random.Generator,
    most: int = 1000,
) -> int | None:
    r"""How many pairs decide a question, in `power` of repetitions, whose differences look like those at hand.

    .. math:: \min\{ n : P(\text{claim} \mid d^*_1 \dots d^*_n) \ge power \}, \qquad
        d^* = \delta + (d - \bar d) \sqrt{k / (k - 1)}

    d = differences, shape (k,), k >= 2, paired, any unit; d^* = draws from them with replacement, recentred at the
    wanted \delta = difference, which is their own mean unless given, and spread by what a variance over k loses.
    claim = that of `judge` at its first step, for the right arm: comparisons p < alpha, as Holm's; or, where `level` is
    given, a Student's t whose p is below it, and at least so many pairs that one question could be claimed: max-T's
    first step, whose level `Verdict` has. 1,000 repetitions of `rng`, so the power at the answer is known to 0.013; the
    same for every n, so the same generator gives the same answer. None: more than `most`, or nothing to see: the
    difference is 0.

    p is exact up to n = 20, beyond it that of the saddlepoint, which decides as the test does in 990 of 1,000 samples,
    and in 970 where differences are a few steps of a lattice. Beyond 50 pairs the answer is within 2 %.

    Raises StatisticsError: fewer than 2 differences, NaN or inf, comparisons or most below 1, alpha or level outside
    (0, 1), power outside (alpha, 0.9999).

    Lugannani & Rice, `Saddle Point Approximation <https://doi.org/10.2307/1426607>`_, 1980.

    >>> seen = [0.4, 0.1, 0.9, -0.3, 0.5, 0.2]
    >>> [seeds_needed(seen, difference=size, rng=np.random.default_rng(0)) for size in (None, 0.6)]
    [17, 8]
    """
    seen_N = numbers(differences, "differences", at_least=2)
    family, most, alpha = count(comparisons, "comparisons"), count(most, "most"), fraction(alpha, "alpha")
    power = fraction(power, "power", above=alpha, below=0.9999)
    wanted = mean(seen_N) if difference is None else _finite_difference(difference)
    least, each = fewest_pairs(family, alpha), alpha / family
    if level is not None:
        least, each = fewest_pairs(1, alpha), fraction(level, "level")
    if wanted == 0 or least > most:
        return None
    guess = fewest_by_normal(abs(wanted), spread(seen_N), each, power)
    if guess > HOPELESS * most:
        return None
    away_N = (seen_N - mean(seen_N)) * sqrt(len(seen_N) / (len(seen_N) - 1))
    draws = Redrawn(away_N / wanted, rng)

    def enough(n: int) -> bool:
        rows = draws.first(n) + 1
        return bool((claims(rows, family, alpha) if level is None else t_claims(rows, each)).mean() >= power)

    return first_enough(enough, least, min(max(ceil(guess), least), most), most)


def _finite_difference(difference: float) -> float:
    if not -inf < difference < inf:
        raise StatisticsError(f"`difference` must be finite, but got {difference}; pass one worth knowing of")
    return float(difference)


class Redrawn:
    """Repetitions of a study whose differences are drawn from given ones; more pairs keep those that are there."""

    def __init__(self, values_K: NDArray[np.float64], rng: np.random.Generator) -> None:
        self._values_K, self._rng = values_K, rng
        self._rows = np.empty((0, REPETITIONS))

    def first(self, n: int) -> NDArray[np.float64]:
        """The first n pairs of each repetition, (R, n)."""
        if (more := n - len(self._rows)) > 0:
            drawn = self._rng.integers(len(self._values_K), size=(more, REPETITIONS))
            self._rows = np.concatenate([self._rows, self._values_K[drawn]])
        return self._rows[:n].T


def first_enough(enough: Callable[[int], bool], least: int, guess: int, most: int) -> int | None:
    """The first n from `least` to `most` that is enough, found from a guess; None: not even the most.

    Beyond 50 to within 2 %, which is less than its power is known to.
    """
    low, high = least, guess
    while not enough(high):
        if high == most:
            return None
        low, high = high + 1, min(most, ceil(1.25 * high) + 1)
    while low < (below := int(0.8 * high)):
        if not enough(below):
            low = below + 1
            break
        high = below
    while high - low > high // 50:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high


def fewest_by_normal(difference: float, sd: float, level: float, power: float) -> float:
    """About how many pairs the normal formula asks for at this level: where a search begins."""
    errors = (NORMAL.inv_cdf(power) - NORMAL.inv_cdf(level / 2)) * sd / difference
    return errors * errors


def claims(differences_RN: NDArray[np.float64], family: int, alpha: float) -> NDArray[np.bool_]:
    """Which of these studies claim, at Holm's first step, that the mean is above 0."""
    above_R = differences_RN.mean(axis=1) > 0
    p_R = saddlepoint_p(differences_RN)
    claimed_R = above_R & (p_R * family < alpha)
    if differences_RN.shape[1] <= EXACT:
        upper = _TOO_LARGE if differences_RN.shape[1] < _FEW else _TOO_SMALL
        doubtful_R = above_R & (p_R * family < alpha * upper) & (p_R * family * _TOO_SMALL > alpha)
        claimed_R[doubtful_R] = _are_few(differences_RN[doubtful_R], family, alpha)
    return claimed_R


def t_claims(differences_RN: NDArray[np.float64], level: float) -> NDArray[np.bool_]:
    """Which of these studies claim, by a t test at this level, that the mean is above 0."""
    n, mean_R = differences_RN.shape[1], differences_RN.mean(axis=1)
    error_R = np.sqrt(((differences_RN - mean_R[:, None]) ** 2).sum(axis=1) / (n * (n - 1)))
    return (mean_R > 0) & (mean_R >= _critical_t(n - 1, level) * error_R)


@lru_cache(maxsize=4096)
def _critical_t(df: int, level: float) -> float:
    from scipy.special import stdtrit

    return -float(stdtrit(df, level / 2))


def _are_few(differences_RN: NDArray[np.float64], family: int, alpha: float) -> NDArray[np.bool_]:
    """Whether `sign_flip_p` of each row, times family, is below alpha, to the last pattern of signs.

    A pattern is as far from zero as the one seen if the sizes that it turns sum up to no more than those that lie on
    the other side of zero do, `room`. So where `allowed` patterns pass, the next smallest of all sums must be above.
    """
    n = differences_RN.shape[1]
    allowed = int(alpha * 2 ** (n - 1) / family) + 1
    while allowed * family / 2 ** (n - 1) >= alpha:
        allowed -= 1
    if allowed > _MANY:
        return _counted_p(differences_RN) * family < alpha
    size_RN = np.sort(np.abs(differences_RN), axis=1)
    total_R = size_RN.sum(axis=1)
    room_R = (total_R - np.abs(differences_RN.sum(axis=1)) + 1e-9 * total_R) / 2
    sum_RP = np.zeros((len(size_RN), 1))
    for size_R in size_RN[:, : int((size_RN <= room_R[:, None]).sum(axis=1).max(initial=0))].T:
        sum_RP = np.concatenate([sum_RP, sum_RP + size_R[:, None]], axis=1)
        if sum_RP.shape[1] > allowed + 1:
            sum_RP = np.partition(sum_RP, allowed, axis=1)[:, : allowed + 1]
    return (sum_RP <= room_R[:, None]).sum(axis=1) <= allowed


def _counted_p(differences_RN: NDArray[np.float64]) -> NDArray[np.float64]:
    """`sign_flip_p` of each row; of few pairs by all patterns at once, which is faster for many rows."""
    n = differences_RN.shape[1]
    if n > _AT_ONCE:
        return np.array([sign_flip_p(row) for row in differences_RN])
    sign_NP = 2.0 * (np.arange(2 ** (n - 1)) >> np.arange(n)[:, None] & 1) - 1  # the last pair's never turns
    p_R, rows = np.empty(len(differences_RN)), 2**20 >> n
    for start in range(0, len(p_R), rows):
        part_RN = differences_RN[start : start + rows]
        reach_R = np.abs(part_RN.sum(axis=1)) - 1e-9 * np.abs(part_RN).sum(axis=1)
        p_R[start : start + rows] = (np.abs(part_RN @ sign_NP) >= reach_R[:, None]).mean(axis=1)
    return p_R


def saddlepoint_p(differences_RN: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""The sign-flip test's two-sided p of each row, by Lugannani's and Rice's formula; never below 2 / 2^n.

    .. math:: K(t) = \sum_i \log\cosh(t d_i), \qquad K'(t) = |\sum_i d_i|
    """
    n, reach_R, size_RN = differences_RN.shape[1], np.abs(differences_RN.sum(axis=1)), np.abs(differences_RN)
    square_R = np.maximum((size_RN**2).sum(axis=1), 1e-300)
    t_R = reach_R / square_R
    # K' is concave, so that Newton's steps from this side never pass the root.
    for _ in range(_STEPS if n <= 64 else 3):
        pull_RN = size_RN * np.tanh(t_R[:, None] * size_RN)
        slope_R = square_R - (pull_RN**2).sum(axis=1)
        t_R = t_R + (reach_R - pull_RN.sum(axis=1)) / np.maximum(slope_R, 1e-12 * square_R)
    x_RN = t_R[:, None] * size_RN
    curve_R = (x_RN + np.log1p(np.exp(-2 * x_RN))).sum(axis=1) - n * log(2)
    slope_R = square_R - ((size_RN * np.tanh(x_RN)) ** 2).sum(axis=1)
    w_R = np.sqrt(2 * np.maximum(t_R * reach_R - curve_R, 0.0))
    near_R = w_R < 1e-3  # the formula's two terms go to infinity together
    u_R, w_R = np.where(near_R, 1.0, t_R * np.sqrt(np.maximum(slope_R, 1e-300))), np.where(near_R, 1.0, w_R)
    p_R = 2 * (_normal_tail(w_R) + np.exp(-(w_R**2) / 2) / sqrt(2 * pi) * (1 / u_R - 1 / w_R))
    return np.where(near_R, 1.0, np.clip(p_R, 2.0 ** (1 - n), 1.0))


def _normal_tail(z_R: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance that a normal value lies above z. Loading scipy for it would take longer than all of a plan."""
    return np.fromiter(map(erfc, (z_R / sqrt(2)).tolist()), np.float64, len(z_R)) / 2
