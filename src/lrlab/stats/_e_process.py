"""Pairs that come in without a plan: a p that holds at every moment one may look. Suffix N: pairs."""

import numpy as np
from numpy.typing import ArrayLike

from ..errors import StatisticsError
from ._checks import count, numbers

_SHARPNESS = 8.0  # S^2 / V less 1 where E is first enough for one of several questions: there this r is the best


def unplanned_p(differences: ArrayLike, *, typical: float, expected: int) -> float:
    r"""A p of a mean difference that holds however often one looked, and whenever one stops: nothing is planned.

    .. math:: E_n = \frac{1}{\sqrt{1 + r V_n}} \exp\frac{r S_n^2}{2 (1 + r V_n)}, \qquad
        p = \min\{1,\ 1 / \max_{k \le n} E_k\}, \qquad r = \frac{8}{typical^2 \cdot expected}

    differences: shape (n,), in the order they came. S_n, V_n = sums of the first n of them, and of their squares.
    typical: the size of a usual difference, expected: how many pairs one reckons with; both from data that are not in
    the differences, such as the tuning phase. They decide what is seen soonest, never what holds: where each
    difference is as likely to have the other sign, E is at most 1 on average at every moment, and 1 / x or more at any
    time at most x often.

    It is weaker than a test of planned looks, which needs about half as many pairs: E_n <= e^{n/2}, so that 6 pairs are
    never enough at 0.05. Raises StatisticsError: NaN or inf, typical or expected not above 0.

    de la Pena, `A General Class of Exponential Inequalities for Martingales and Ratios
    <https://doi.org/10.1214/aop/1022677467>`_, 1999; Howard et al., `Time-uniform, nonparametric, nonasymptotic
    confidence sequences <https://doi.org/10.1214/20-AOS1991>`_, 2021.

    >>> [round(unplanned_p([1.0] * n, typical=1.0, expected=12), 2) for n in (6, 12, 18)]
    [0.2, 0.01, 0.0]
    """
    difference_N = numbers(differences, "differences", at_least=0)
    if not 0 < typical < np.inf:
        raise StatisticsError(
            f"`0 < typical < inf` must hold, but got {typical}; give the size of a usual difference, from other data"
        )
    scaled_N = difference_N / typical
    rate = _SHARPNESS / count(expected, "expected")
    sum_N, square_N = np.cumsum(scaled_N), np.cumsum(scaled_N**2)
    log_N = rate * sum_N**2 / (2 * (1 + rate * square_N)) - 0.5 * np.log1p(rate * square_N)
    return float(np.exp(-max(0.0, float(log_N.max(initial=0.0)))))
