"""When planned looks at the data may decide, and how much of alpha each may spend. Suffix L: looks."""

from collections.abc import Sequence
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from ..errors import StatisticsError
from ._checks import count, fraction
from ._power import fewest_pairs

SPENDING = 1.5  # between Pocock's (about 1) and O'Brien and Fleming's (about 3)
LAST_LOOK = 40  # pairs at which near-ties are mostly decided, one way or the other
_GROWTH = 1.26  # from one look to the next: five looks from 12 to 40


def spent_shares(looks: Sequence[int], *, power: float = SPENDING) -> NDArray[np.float64]:
    r"""The share of alpha that each look may spend; together 1.

    .. math:: w_l = (n_l / n_L)^\rho - (n_{l-1} / n_L)^\rho, \qquad n_0 = 0

    looks: numbers of pairs n_1 < .. < n_L. power: rho; 1.5 was chosen on replays of real trials: larger ones keep more
    for the last look and stop later, smaller ones lose more there than they save. Raises StatisticsError: looks that do
    not increase, below 1, or none; a power that is not above 0.

    Kim & DeMets, `Design and analysis of group sequential tests based on the type I error spending rate function
    <https://doi.org/10.1093/biomet/74.1.149>`_, 1987.

    >>> spent_shares([12, 20, 30]).round(3).tolist(), spent_shares([10]).tolist()
    ([0.253, 0.291, 0.456], [1.0])
    """
    numbers_L = _increasing(looks)
    if not power > 0:
        raise StatisticsError(f"`power > 0` must hold, but got {power}; usual are 1 to 3")
    return np.diff((np.asarray([0, *numbers_L]) / numbers_L[-1]) ** power)


def first_look(comparisons: int, last: int, *, alpha: float = 0.05, power: float = SPENDING) -> int:
    r"""The fewest pairs at which a first look can decide one of so many comparisons; `last` where no earlier one can.

    .. math:: \min \{ n : comparisons \cdot 2^{1 - n} < \alpha \, (n / last)^\rho \}

    The smallest p that n pairs can give must pass the share of alpha that such a look may spend, by Holm's first step.

    Raises StatisticsError: numbers below 1, alpha outside (0, 1), a last look that cannot decide either.

    >>> first_look(13, 40), first_look(1, 40), first_look(13, 12)
    (12, 9, 10)
    """
    asked, last = count(comparisons, "comparisons"), count(last, "last")
    alpha = fraction(alpha, "alpha")
    least = fewest_pairs(asked, alpha)
    if last < least:
        raise StatisticsError(
            f"{last} seeds can decide none of {asked} questions, looked at once or more often; {least} or more can"
        )
    return next(n for n in range(2, last + 1) if asked * 2.0 ** (1 - n) < alpha * (n / last) ** power)


def usual_looks(comparisons: int, last: int = LAST_LOOK, *, alpha: float = 0.05) -> tuple[int, ...]:
    """Looks from the first that can decide something up to the last, each about a quarter later than the one before.

    Raises StatisticsError as `first_look`.

    >>> usual_looks(13), usual_looks(1, 20), usual_looks(13, 12)
    ((12, 15, 19, 25, 31, 40), (8, 10, 13, 16, 20), (10, 12))
    """
    first = first_look(comparisons, last, alpha=alpha)
    steps = max(round(log(last / first) / log(_GROWTH)), int(last > first))
    return tuple(sorted({round(n) for n in np.geomspace(first, last, steps + 1)}))


def check_looks(looks: Sequence[int], comparisons: int, *, alpha: float = 0.05) -> None:
    """Raise StatisticsError, with looks that can, where these do not increase, or the first can decide nothing."""
    numbers_L = _increasing(looks)
    asked = count(comparisons, "comparisons")
    able = first_look(asked, numbers_L[-1], alpha=alpha)
    if numbers_L[0] < able:
        usual = ", ".join(map(str, usual_looks(asked, numbers_L[-1], alpha=alpha)))
        raise StatisticsError(
            f"the look at {numbers_L[0]} seeds can decide none of {asked} questions, however clear: before "
            f"{numbers_L[-1]} seeds, {able} are the fewest that can; look at {usual}"
        )


def _increasing(looks: Sequence[int]) -> list[int]:
    numbers_L = [count(look, "looks") for look in looks]
    if not numbers_L or any(later <= earlier for earlier, later in pairwise(numbers_L)):
        raise StatisticsError(
            f"looks must be numbers of seeds, each more than the one before, but got {list(looks)}; write 12, 20, 30"
        )
    return numbers_L
