"""The differences and p-values that a design can show, before and after it is run."""

from fractions import Fraction
from functools import lru_cache
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from ..errors import StatisticsError
from ._checks import count, fraction

_NODES = 200
_MANY_PATTERNS = 1000  # from so many on their steps do not matter


def smallest_p(n: int) -> float:
    r"""The smallest two-sided p that a sign-flip test of n pairs can give.

    .. math:: p_{min} = 2 / 2^n

    Reached when all differences have one sign: two of the 2^n patterns are then as far from zero. n >= 1, else
    StatisticsError.

    >>> [smallest_p(n) for n in (3, 5, 8, 10)]
    [0.25, 0.0625, 0.0078125, 0.001953125]
    """
    return 2.0 ** (1 - count(n, "n"))


def most_comparisons(n: int, alpha: float = 0.05) -> int:
    r"""How many comparisons of n pairs Holm's correction can carry: beyond that, none can be claimed, however clear.

    .. math:: \max \{ m : m \, p_{min}(n) < \alpha \}

    Holm compares the smallest p with alpha / m first; `smallest_p(n)` must pass. n >= 1 pairs, 0 < alpha < 1, else
    StatisticsError.

    >>> [most_comparisons(n) for n in (3, 6, 8, 10, 12)]
    [0, 1, 6, 25, 102]
    """
    return ceil(Fraction(fraction(alpha, "alpha")) * 2 ** (count(n, "n") - 1)) - 1


def fewest_pairs(comparisons: int, alpha: float = 0.05) -> int:
    r"""The fewest pairs whose comparisons Holm's correction can carry.

    .. math:: \min \{ n : comparisons \le most\_comparisons(n) \}

    comparisons >= 1, 0 < alpha < 1, else StatisticsError.

    >>> [fewest_pairs(m) for m in (1, 7, 25, 27)]
    [6, 9, 10, 11]
    """
    asked, n = count(comparisons, "comparisons"), 1
    while most_comparisons(n, alpha) < asked:
        n += 1
    return n


def smallest_visible_difference(
    sd: float, n: int, *, comparisons: int = 1, alpha: float = 0.05, power: float = 0.8
) -> float:
    r"""The smallest true mean difference that n pairs would detect with the given power.

    .. math:: \delta \quad\text{with}\quad P( |T_{n-1}(\delta \sqrt{n} / sd)| > t_{n-1,\, 1 - \alpha / 2m}) = power

    T_{n-1}(c) = noncentral t with n - 1 degrees of freedom, the statistic of a two-sided paired t test at alpha / m.
    sd = standard deviation of the paired differences; the answer has its unit. m = comparisons. `inf` where n pairs
    cannot reach alpha / m by the sign-flip test at all (m > `most_comparisons(n, alpha)`); else 0 where sd is 0.

    The rule that judges sees about as much with many pairs; with few, whose p comes in steps of 2 / 2^n, up to 1.28
    times less: `smallest_decided_difference` is its own.

    Raises StatisticsError: sd negative or not finite, n or comparisons below 1, alpha outside (0, 1), power outside
    (alpha, 0.9999).

    Cohen, `Statistical Power Analysis <https://doi.org/10.4324/9780203771587>`_, 1988, chapter 2; for seeds, Colas,
    Sigaud & Oudeyer, `How Many Random Seeds? <https://arxiv.org/abs/1806.08295>`_, 2018.

    >>> round(smallest_visible_difference(0.2, 10), 3), smallest_visible_difference(0.2, 8, comparisons=7)
    (0.199, inf)
    """
    if not 0 <= sd < inf:
        raise StatisticsError(f"`0 <= sd < inf` must hold, but got {sd}; pass the sd of finite differences")
    n, m, alpha = count(n, "n"), count(comparisons, "comparisons"), fraction(alpha, "alpha")
    power = fraction(power, "power", above=alpha, below=0.9999)
    if m > most_comparisons(n, alpha):
        return inf
    return float(sd) * (noncentrality(n - 1, alpha / m, power) / sqrt(n)) if sd > 0 else 0.0


def few_patterns(n: int, alpha: float) -> tuple[float, float]:
    """What of alpha a test by n signs can use, and how much larger a difference must be than for a t test at that.

    With few patterns below alpha the test is coarser than a t test: found by simulation, to 0.02 of a power of 0.8.
    """
    patterns = ceil(Fraction(alpha) * 2 ** (n - 1)) - 1 if n < 40 else 2**30  # strictly below alpha
    if patterns >= _MANY_PATTERNS:
        return alpha, 1.0
    return patterns / 2 ** (n - 1), 1 + 0.15 / patterns


@lru_cache(maxsize=1024)
def noncentrality(df: float, alpha: float, power: float) -> float:
    """How far from zero the mean of noncentral t, df degrees of freedom, must lie to be seen: in standard errors."""
    if _noncentral_power(0.0, df, alpha) >= power:  # a power just above alpha, lost in the rounding of the sum
        return 0.0
    low, high = 0.0, 1.0
    while _noncentral_power(high, df, alpha) < power:
        low, high = high, 2 * high
    # By halves: to load a finder of roots takes longer than all of a judgement.
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if _noncentral_power(middle, df, alpha) >= power else (middle, high)
    return high


def t_power(effect: float, n: int, alpha: float) -> float:
    r"""The power of a two-sided paired t test of n pairs: P(|T_{n-1}(effect \sqrt n)| > t_{n-1, 1 - alpha/2})."""
    return _noncentral_power(effect * sqrt(n), n - 1, alpha)


def _noncentral_power(centre: float, df: float, alpha: float) -> float:
    """The chance that noncentral t, of so many degrees of freedom, lies beyond both critical values."""
    from scipy.special import ndtr

    # scipy.stats.nct gives NaN at many places here (scipy 1.17: df 9, noncentrality 12, t 2.26). T > t is Z + c > t S,
    # S^2 chi-square over df: a mean of normal tails over S.
    mass, threshold = _chi_nodes(df, alpha)
    return float(mass @ (ndtr(centre - threshold) + ndtr(-centre - threshold)))


@lru_cache(maxsize=1)
def _legendre_nodes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.polynomial.legendre.leggauss(_NODES)


@lru_cache(maxsize=64)
def _chi_nodes(df: float, alpha: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights, and thresholds t S: S runs over its quantiles u = v^2 (3 - 2v).

    In u itself the far ends are steep and cost four digits.
    """
    from scipy.special import chdtri, stdtrit

    node, weight = _legendre_nodes()
    v = (1 + node) / 2
    critical = -stdtrit(df, alpha / 2)
    return weight * 3 * v * (1 - v), critical * np.sqrt(chdtri(df, v * v * (3 - 2 * v)) / df)
