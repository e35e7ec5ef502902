"""How many pairs show that two arms lie within a margin, by the rule that judges it. R: repetitions; N: pairs."""

from math import ceil, floor, log2, sqrt

import numpy as np
from numpy.typing import ArrayLike

from ._checks import count, fraction, mean, numbers, spread
from ._design import HOPELESS, Redrawn, claims, fewest_by_normal, first_enough
from ._equivalence import check_margin


def fewest_pairs_within(comparisons: int = 1, alpha: float = 0.05) -> int:
    r"""The fewest pairs that can be shown to lie within a margin at all: the least n with comparisons / 2^n < alpha.

    Raises StatisticsError: comparisons below 1, alpha outside (0, 1).

    >>> [fewest_pairs_within(comparisons) for comparisons in (1, 3, 6, 25)]
    [5, 6, 7, 9]
    """
    return floor(log2(count(comparisons, "comparisons") / fraction(alpha, "alpha"))) + 1


def seeds_needed_within(
    differences: ArrayLike,
    margin: float,
    *,
    comparisons: int = 1,
    alpha: float = 0.05,
    power: float = 0.8,
    rng: np.random.Generator,
    most: int = 1000,
) -> int | None:
    r"""How many pairs like those at hand are shown to lie within a margin, in `power` of repetitions.

    .. math:: \min\{ n : P(comparisons \cdot p < alpha \mid d^*_1 \dots d^*_n) \ge power \}, \qquad
        d^* = \bar d + (d - \bar d) \sqrt{k / (k - 1)}

    p = `equivalence_p`, at Holm's first step. d = differences, shape (k,), k >= 2, paired, in the unit of the margin;
    d^* = draws from them with replacement, spread by what a variance over k loses. 1,000 repetitions of `rng`, the
    same for every n. None: more than `most`, or their mean is not within the margin.

    Raises StatisticsError: fewer than 2 differences, NaN or inf, a margin that is not above 0, comparisons or most
    below 1, alpha outside (0, 1), power outside (alpha, 0.9999).

    >>> seen = [0.4, 0.1, 0.9, -0.3, 0.5, 0.2]
    >>> [seeds_needed_within(seen, margin, rng=np.random.default_rng(0)) for margin in (0.2, 0.6, 2.0)]
    [None, 13, 5]
    """
    seen_N, margin = numbers(differences, "differences", at_least=2), check_margin(margin)
    family, most, alpha = count(comparisons, "comparisons"), count(most, "most"), fraction(alpha, "alpha")
    power, middle = fraction(power, "power", above=alpha, below=0.9999), mean(seen_N)
    least, room = fewest_pairs_within(family, alpha), margin - abs(middle)
    if room <= 0 or least > most:
        return None
    guess = fewest_by_normal(room, spread(seen_N), 2 * alpha / family, power)
    if guess > HOPELESS * most:
        return None
    redrawn = Redrawn((middle + (seen_N - middle) * sqrt(len(seen_N) / (len(seen_N) - 1))) / margin, rng)

    def enough(n: int) -> bool:
        rows_RN = redrawn.first(n)
        # a one-sided p is half of the two-sided one where the mean lies on its side
        within_R = claims(1 + rows_RN, family, 2 * alpha) & claims(1 - rows_RN, family, 2 * alpha)
        return bool(within_R.mean() >= power)

    return first_enough(enough, least, min(max(ceil(guess), least), most), most)
