"""The power of a design by the very rule that judges it, for normal differences. Suffix R: repetitions; N: pairs."""

from functools import lru_cache
from math import ceil, inf, sqrt

import numpy as np
from numpy.typing import NDArray

from ..errors import StatisticsError
from ._checks import count, fraction
from ._design import NORMAL, claims, fewest_by_normal, first_enough
from ._power import most_comparisons, smallest_visible_difference, t_power
from ._reach import reach_of

SIMULATED = 64  # up to so many pairs; from there on the t test's power is the rule's
_REPETITIONS = 2000
_PLAIN = 1e6  # an effect that every study shows; squares of much larger ones overflow
_CLOSE = 1 / 200  # of a difference, to which it is found


def power_of_design(effect: float, n: int, *, comparisons: int = 1, alpha: float = 0.05) -> float:
    r"""How often n paired seeds decide a question rightly, at Holm's first step, whose differences are normal.

    .. math:: P\big( \text{interval} > 0, \; comparisons \cdot p < \alpha \,\big|\, d_i \sim N(effect, 1) \big)

    effect = true mean difference over the standard deviation of the paired differences, >= 0. p = that of the sign-flip
    test, in steps of 2 / 2^n; the interval is as in `seeds_needed`. Up to 64 pairs it is counted in 2,000 simulated
    studies, always the same ones, and known to 0.009 at a power of 0.8; beyond, it is that of the paired t test at
    alpha / comparisons, which differs by less.

    Raises StatisticsError: effect negative or not finite, n or comparisons below 1, alpha outside (0, 1).

    >>> [round(power_of_design(1.54, n, comparisons=13), 1) for n in (9, 10, 12)]
    [0.0, 0.5, 0.9]
    """
    if not 0 <= effect < inf:
        raise StatisticsError(f"`0 <= effect < inf` must hold, but got {effect}; pass difference / sd")
    n, m, alpha = count(n, "n"), count(comparisons, "comparisons"), fraction(alpha, "alpha")
    effect = min(effect, _PLAIN)
    if m > most_comparisons(n, alpha):
        return 0.0
    if n > SIMULATED:
        return t_power(float(effect), n, alpha / m)
    return float(claims(_normal_draws()[:, :n] + effect, m, alpha).mean())


@lru_cache(maxsize=1)
def _normal_draws() -> NDArray[np.float64]:
    """Studies without a difference, (R, N): more seeds keep the first ones."""
    return np.random.default_rng(0).standard_normal((_REPETITIONS, SIMULATED))


def smallest_decided_difference(
    sd: float, n: int, *, comparisons: int = 1, alpha: float = 0.05, power: float = 0.8
) -> float:
    """The smallest true mean difference that n paired seeds decide with this power, by the rule that judges them.

    The `effect` whose `power_of_design` is the power, times sd; known to 2 % up to 64 pairs, as 2,000 studies tell it.
    sd = standard deviation of the paired differences; the answer has its unit. `inf` where n pairs cannot carry so
    many comparisons; else 0 where sd is 0. Where few patterns of signs can be claimed it is far above
    `smallest_visible_difference`, which asks the t test: with 10 pairs and 13 comparisons 1.3 times.

    Raises StatisticsError: as `smallest_visible_difference`.

    >>> round(smallest_decided_difference(1.0, 10, comparisons=13), 1), smallest_decided_difference(1.0, 5)
    (2.0, inf)
    """
    if not 0 <= sd < inf:
        raise StatisticsError(f"`0 <= sd < inf` must hold, but got {sd}; pass the sd of finite differences")
    n, m, alpha = count(n, "n"), count(comparisons, "comparisons"), fraction(alpha, "alpha")
    power = fraction(power, "power", above=alpha, below=0.9999)
    if m > most_comparisons(n, alpha):
        return inf
    if n > SIMULATED or sd == 0:
        return smallest_visible_difference(sd, n, comparisons=m, alpha=alpha, power=power)
    return float(sd) * _decided_effect(n, m, alpha, power)


@lru_cache(maxsize=1024)
def _decided_effect(n: int, comparisons: int, alpha: float, power: float) -> float:
    """The answer for sd = 1: a quantile of the effects from which on each simulated study claims."""
    noise_RN, asked = _normal_draws()[:, :n], ceil(power * _REPETITIONS)
    about = _effect_by_normal(n, alpha / comparisons, power)
    low, high = 0.97 * about, 1.08 * about
    while (claiming_R := claims(noise_RN + high, comparisons, alpha)).sum() < asked:
        low, high = high, 1.25 * high
    # Of studies that claim at `low`, or do not at `high`, nothing more is asked.
    open_RN = noise_RN[claiming_R]
    while (claimed_R := claims(open_RN + low, comparisons, alpha)).sum() >= asked:
        low *= 0.8
    known, open_RN = int(claimed_R.sum()), open_RN[~claimed_R]
    while high - low > _CLOSE * high:
        middle = (low + high) / 2
        claimed_R = claims(open_RN + middle, comparisons, alpha)
        if known + claimed_R.sum() >= asked:
            high, open_RN = middle, open_RN[claimed_R]
        else:
            low, known, open_RN = middle, known + int(claimed_R.sum()), open_RN[~claimed_R]
    return high


def _effect_by_normal(n: int, alpha: float, power: float) -> float:
    """About what a t test sees, where the search begins."""
    critical = -NORMAL.inv_cdf(alpha / 2)
    return (critical + NORMAL.inv_cdf(power)) / sqrt(n) * (1 + critical**2 / (3 * n))


def pairs_to_decide(
    difference: float, sd: float, *, comparisons: int = 1, alpha: float = 0.05, power: float = 0.8, most: int = 1000
) -> int | None:
    """The fewest paired seeds that decide a true difference of this size with this power; None: more than `most`.

    difference, sd: in one unit; sd = standard deviation of the paired differences, which are taken for normal. By
    `power_of_design`; `seeds_needed` asks for differences that are at hand.

    Raises StatisticsError: difference or sd not finite, difference 0, sd negative; else as `power_of_design`.

    >>> pairs_to_decide(0.5, 0.8), pairs_to_decide(0.5, 0.8, comparisons=13)
    (23, 42)
    """
    if not 0 < abs(difference) < inf:
        raise StatisticsError(f"`difference` must be finite and not 0, but got {difference}; pass one worth knowing of")
    if not 0 <= sd < inf:
        raise StatisticsError(f"`0 <= sd < inf` must hold, but got {sd}; pass the sd of finite differences")
    family, most, alpha = count(comparisons, "comparisons"), count(most, "most"), fraction(alpha, "alpha")
    power = fraction(power, "power", above=alpha, below=0.9999)
    least = reach_of(most, family, alpha).fewest
    guess = fewest_by_normal(abs(difference), sd, family, alpha, power)
    if least > most or guess > 3 * most:
        return None
    if sd == 0:
        return least
    effect = abs(difference) / sd

    def enough(n: int) -> bool:
        return power_of_design(effect, n, comparisons=family, alpha=alpha) >= power

    return first_enough(enough, least, min(max(ceil(guess), least), most), most)
