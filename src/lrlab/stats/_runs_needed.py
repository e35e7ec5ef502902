"""How many runs two arms that share no seeds need: found by simulation. Suffix R: repetitions; N: runs; P: ways."""

from itertools import combinations
from math import ceil, comb, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._checks import count, fraction, mean, numbers, spread
from ._design import HOPELESS, REPETITIONS, first_enough
from ._shuffle import squared_t
from ._unpaired import fewest_unpaired, welch_p_of_rows

_MOST_COUNTED = 7  # runs of each arm, all of whose 3,432 ways to be dealt are counted

Rows = NDArray[np.float64]


def runs_needed_unpaired(
    a: ArrayLike,
    b: ArrayLike,
    *,
    difference: float | None = None,
    comparisons: int = 1,
    alpha: float = 0.05,
    power: float = 0.8,
    rng: np.random.Generator,
    most: int = 1000,
) -> int | None:
    r"""How many runs of each arm decide a question, in `power` of repetitions, whose values look like those at hand.

    .. math:: a^* = \delta + (a - \bar a) \sqrt{k_a / (k_a - 1)}, \qquad b^* = (b - \bar b) \sqrt{k_b / (k_b - 1)}

    a, b: shapes (k_a,) and (k_b,), 2 or more each. A repetition draws n values of a* and n of b* with replacement,
    recentred at \delta = difference, which is that of the means unless given, and spread by what a variance over k
    loses. It decides where the p of `unpaired`, counted up to n = 7 and Welch's beyond, is below alpha / comparisons
    (Holm's first step) and the difference has the sign of \delta. 1,000 repetitions, so the power at the answer is
    known to 0.013. None: more than `most` runs, or nothing to see: the difference is 0.

    Raises StatisticsError: fewer than 2 values in an arm, NaN or inf, comparisons or most below 1, alpha outside (0,
    1), power outside (alpha, 0.9999).

    >>> runs_needed_unpaired([0.8, 0.9, 1.0, 1.1], [0.6, 0.8, 0.7, 0.9], rng=np.random.default_rng(0))
    8
    """
    a_N, b_N = numbers(a, "a", at_least=2), numbers(b, "b", at_least=2)
    family, most, alpha = count(comparisons, "comparisons"), count(most, "most"), fraction(alpha, "alpha")
    power = fraction(power, "power", above=alpha, below=0.9999)
    wanted = mean(a_N) - mean(b_N) if difference is None else float(difference)
    least = fewest_unpaired(family, alpha)
    if wanted == 0 or least > most:
        return None
    guess = _guess_by_normal(abs(wanted), spread(a_N), spread(b_N), family, alpha, power)
    if guess > HOPELESS * most:
        return None
    sign = 1 if wanted > 0 else -1
    drawn = [_draw_away(values_N, sign, most, rng) for values_N in (a_N, b_N)]

    def enough(n: int) -> bool:
        rows = drawn[0][:, :n] + abs(wanted), drawn[1][:, :n]
        return bool(_decided(*rows, alpha / family).mean() >= power)

    return first_enough(enough, least, min(max(ceil(guess), least), most), most)


def _guess_by_normal(difference: float, sd_a: float, sd_b: float, family: int, alpha: float, power: float) -> float:
    from scipy.special import ndtri

    return float((ndtri(power) - ndtri(alpha / family / 2)) / difference) ** 2 * (sd_a**2 + sd_b**2)


def _draw_away(values_N: NDArray[np.float64], sign: int, most: int, rng: np.random.Generator) -> Rows:
    """How far drawn values are from their mean, (R, most); fewer runs are the first ones."""
    away_N = (values_N - mean(values_N)) * sqrt(len(values_N) / (len(values_N) - 1)) * sign
    return away_N[rng.integers(len(away_N), size=(most, REPETITIONS))].T


def _decided(a_RN: Rows, b_RN: Rows, alpha: float) -> NDArray[np.bool_]:
    """Which repetitions claim that a is larger."""
    larger_R = a_RN.mean(axis=1) > b_RN.mean(axis=1)
    p_R = welch_p_of_rows(a_RN, b_RN)
    if a_RN.shape[1] <= _MOST_COUNTED:
        p_R = np.maximum(p_R, _counted_p(a_RN, b_RN))
    return larger_R & (p_R < alpha)


def _counted_p(a_RN: Rows, b_RN: Rows) -> NDArray[np.float64]:
    """The permutation test's p of each row, all ways counted at once."""
    n, both_RN = a_RN.shape[1], np.concatenate([a_RN, b_RN], axis=1)
    both_RN = both_RN - both_RN.mean(axis=1, keepdims=True)
    both_RN /= np.maximum(np.abs(both_RN).max(axis=1, keepdims=True), 1e-300)
    mask_NP = np.zeros((2 * n, comb(2 * n, n)))
    for way, places in enumerate(combinations(range(2 * n), n)):  # the first is the way they came
        mask_NP[list(places), way] = 1.0
    all_sums = both_RN.sum(axis=1, keepdims=True), (both_RN**2).sum(axis=1, keepdims=True)
    t_RP = squared_t((both_RN @ mask_NP, both_RN**2 @ mask_NP), all_sums, n, n)
    return (t_RP >= t_RP[:, :1] * (1 - 1e-9)).mean(axis=1)
