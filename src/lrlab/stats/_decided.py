"""The power of a design by the rule that judges it, for normal differences."""

from math import ceil, expm1, inf, log1p, sqrt

from ..errors import StatisticsError
from ._checks import count, fraction
from ._design import HOPELESS, fewest_by_normal, first_enough
from ._power import few_patterns, fewest_pairs, noncentrality, smallest_p, t_power

_PLAIN = 1e6  # an effect that every study shows; squares of much larger ones overflow


def power_of_design(effect: float, n: int, *, comparisons: int = 1, alpha: float = 0.05, shared: bool = True) -> float:
    r"""How often n paired seeds decide a question rightly whose differences are normal, at the first step of `judge`.

    .. math:: P\Big( |T_{n-1}(c\, effect \sqrt n)| > t_{n-1,\, 1 - level / 2} \Big), \qquad
        level = 1 - (1 - a)^{1 / comparisons}, \quad a = \frac{j}{2^{n-1}}, \quad j = \lfloor alpha\, 2^{n-1} \rfloor,
        \quad c = \frac{1}{1 + 0.15 / j}

    effect = true mean difference over the standard deviation of the paired differences, >= 0. T(c) = noncentral t, of
    which max-T's statistic is a function. level: that of so many questions that have nothing in common; those of one
    study share arms, so that it is 1 or 2 hundredths in power on the safe side. a: what of alpha the patterns of n
    signs can use; c: what their steps cost. Simulated by the rule itself, 6 to 30 seeds, 1 to 25 questions: the power
    that is promised as 0.8 is 0.79 to 0.83.

    shared: the questions are judged on the same seeds, by `max_t`; else by Holm, where level = j / 2^(n-1) and j counts
    the patterns below alpha / comparisons.

    Raises StatisticsError: effect negative or not finite, n or comparisons below 1, alpha outside (0, 1).

    >>> [round(power_of_design(1.54, n, comparisons=13), 1) for n in (5, 8, 10, 12)]
    [0.0, 0.5, 0.8, 0.9]
    """
    if not 0 <= effect < inf:
        raise StatisticsError(f"`0 <= effect < inf` must hold, but got {effect}; pass difference / sd")
    n, m, alpha = count(n, "n"), count(comparisons, "comparisons"), fraction(alpha, "alpha")
    level, cost = first_step_level(n, m, alpha, shared)
    return min(1.0, t_power(min(effect, _PLAIN) / cost, n, level)) if level > 0 else 0.0


def first_step_level(n: int, comparisons: int, alpha: float, shared: bool) -> tuple[float, float]:
    """At which level a t test decides as the first step does, and how much larger a difference must be for it.

    Level 0: n pairs decide nothing.
    """
    each = alpha if shared else alpha / comparisons
    if smallest_p(n) >= each:
        return 0.0, 1.0
    used, cost = few_patterns(n, each)
    return (-_expm1_of(comparisons, used) if shared else used), cost


def _expm1_of(comparisons: int, alpha: float) -> float:
    """(1 - alpha)^(1 / comparisons) - 1, whose digits a difference of two numbers near 1 loses."""
    return expm1(log1p(-alpha) / comparisons)


def smallest_decided_difference(
    sd: float, n: int, *, comparisons: int = 1, alpha: float = 0.05, power: float = 0.8, shared: bool = True
) -> float:
    """The smallest true mean difference that n paired seeds decide with this power, by the rule that judges them.

    The `effect` whose `power_of_design` is the power, times sd. sd = standard deviation of the paired differences; the
    answer has its unit. `inf` where n pairs decide nothing; else 0 where sd is 0.

    Raises StatisticsError: as `smallest_visible_difference`.

    >>> round(smallest_decided_difference(1.0, 10, comparisons=13), 2), smallest_decided_difference(1.0, 5)
    (1.55, inf)
    >>> round(smallest_decided_difference(1.0, 10, comparisons=13, shared=False), 2)
    1.96
    """
    if not 0 <= sd < inf:
        raise StatisticsError(f"`0 <= sd < inf` must hold, but got {sd}; pass the sd of finite differences")
    n, m, alpha = count(n, "n"), count(comparisons, "comparisons"), fraction(alpha, "alpha")
    power = fraction(power, "power", above=alpha, below=0.9999)
    level, cost = first_step_level(n, m, alpha, shared)
    if level == 0:
        return inf
    return sd * (cost * noncentrality(n - 1, level, power) / sqrt(n)) if sd > 0 else 0.0


def pairs_to_decide(
    difference: float, sd: float, *, comparisons: int = 1, alpha: float = 0.05, power: float = 0.8, most: int = 1000
) -> int | None:
    """The fewest paired seeds that decide a true difference of this size with this power; None: more than `most`.

    difference, sd: in one unit; sd = standard deviation of the paired differences, which are taken for normal. By
    `power_of_design`; `seeds_needed` asks for differences that are at hand.

    Raises StatisticsError: difference or sd not finite, difference 0, sd negative; else as `power_of_design`.

    >>> pairs_to_decide(0.5, 0.8), pairs_to_decide(0.5, 0.8, comparisons=13)
    (23, 40)
    """
    if not 0 < abs(difference) < inf:
        raise StatisticsError(f"`difference` must be finite and not 0, but got {difference}; pass one worth knowing of")
    if not 0 <= sd < inf:
        raise StatisticsError(f"`0 <= sd < inf` must hold, but got {sd}; pass the sd of finite differences")
    family, most, alpha = count(comparisons, "comparisons"), count(most, "most"), fraction(alpha, "alpha")
    power = fraction(power, "power", above=alpha, below=0.9999)
    least = fewest_pairs(1, alpha)
    guess = fewest_by_normal(abs(difference), sd, alpha / family, power)
    if least > most or guess > HOPELESS * most:
        return None
    if sd == 0:
        return least
    effect = abs(difference) / sd

    def enough(n: int) -> bool:
        return power_of_design(min(effect, _PLAIN), n, comparisons=family, alpha=alpha) >= power

    return first_enough(enough, least, min(max(ceil(guess), least), most), most)
