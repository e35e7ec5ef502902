"""Do two rankings agree? Suffix N: what is ranked; P: pairs of them."""

from math import nan

import numpy as np
from numpy.typing import ArrayLike

from ..errors import StatisticsError
from ._checks import numbers


def kendall_tau(first: ArrayLike, second: ArrayLike) -> float:
    r"""Kendall's tau-b of two lists of scores: 1 where they rank alike, -1 where one is the other reversed.

    .. math:: \tau_b = \frac{C - D}{\sqrt{(C + D + T_1)(C + D + T_2)}}

    C, D: pairs that both lists order alike, or against each other. T_1, T_2: pairs tied in the first only, or in the
    second only. first, second: shape (N,), N >= 2, any units. NaN where all of a list are tied.

    Raises StatisticsError: lists of different lengths, fewer than 2 values, NaN or inf.

    Kendall, `The Treatment of Ties in Ranking Problems <https://doi.org/10.1093/biomet/33.3.239>`_, 1945.

    >>> kendall_tau([1, 2, 3], [10, 20, 30]), round(kendall_tau([1, 2, 3], [1, 3, 2]), 3)
    (1.0, 0.333)
    """
    first_N, second_N = numbers(first, "first", at_least=2), numbers(second, "second", at_least=2)
    if len(first_N) != len(second_N):
        raise StatisticsError(
            f"`len(first) == len(second)` must hold, but got {len(first_N)} and {len(second_N)}; rank the same things"
        )
    a, b = np.triu_indices(len(first_N), 1)
    first_P, second_P = np.sign(first_N[a] - first_N[b]), np.sign(second_N[a] - second_N[b])
    untied = float(np.abs(first_P).sum() * np.abs(second_P).sum())
    return float((first_P * second_P).sum() / untied**0.5) if untied else nan
