"""Who reaches a target first, and how far behind are the others? Suffix J: arms; S: seeds; T: factors."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError

FARTHEST = 4.0  # times the fastest


class PerformanceProfile(NamedTuple):
    """How often each arm is nearly the fastest.

    factors: shape (T,), 1 to the farthest. shares: (J, T), of the seeds on which the arm took at most so many times as
    long as the fastest. scores: (J,), the mean height of the profile, 0 to 1.
    """

    factors: NDArray[np.float64]
    shares: NDArray[np.float64]
    scores: NDArray[np.float64]


def performance_profile(costs: ArrayLike, *, farthest: float = FARTHEST, steps: int = 61) -> PerformanceProfile:
    r"""The share of seeds on which each arm reaches a target within a factor of the fastest arm.

    .. math:: \rho_j(\tau) = \frac1S \#\{ s : c_{js} \le \tau \min_i c_{is} \}, \qquad
        B_j = \frac{1}{\tau_{max} - 1} \int_1^{\tau_{max}} \rho_j(\tau)\, d\tau

    costs: shape (J, S), what it took arm j on seed s, in any unit, above 0; inf: it never got there. A seed on which
    none did counts against all. The scores are exact: they do not depend on `steps`, the number of factors drawn.

    Raises StatisticsError: not two axes of numbers above 0, farthest not a finite number above 1.

    Dolan & More, `Benchmarking Optimization Software with Performance Profiles
    <https://doi.org/10.1007/s101070100263>`_, 2002; Dahl et al., `AlgoPerf <https://arxiv.org/abs/2306.07179>`_, 2023,
    for the scores and for going no farther than 4.

    >>> performance_profile([[1, 2], [2, np.inf]], farthest=4).scores.round(2).tolist()
    [1.0, 0.33]
    """
    cost_JS = _checked_costs(costs)
    if not 1 < farthest < np.inf:
        raise StatisticsError(f"`1 < farthest < inf` must hold, but got {farthest}; 4 is usual")
    best_S = cost_JS.min(axis=0)
    ratio_JS = np.full(cost_JS.shape, np.inf)
    np.divide(cost_JS, best_S, out=ratio_JS, where=np.isfinite(best_S))
    factor_T = np.linspace(1.0, farthest, steps)
    share_JT = (ratio_JS[:, :, None] <= factor_T * (1 + 1e-12)).mean(axis=1)
    return PerformanceProfile(factor_T, share_JT, (np.maximum(farthest - ratio_JS, 0) / (farthest - 1)).mean(axis=1))


def _checked_costs(costs: ArrayLike) -> NDArray[np.float64]:
    try:
        cost_JS = np.asarray(costs, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"`costs` must be (arms, seeds), but {error}; pass inf where none is known") from error
    if cost_JS.ndim != 2 or not cost_JS.size:
        raise StatisticsError(f"`costs` must be (arms, seeds), but its shape is {cost_JS.shape}; give a row per arm")
    if not (cost_JS > 0).all():  # the negation catches NaN too
        raise StatisticsError(f"`costs > 0` must hold, but the least is {cost_JS.min()}; pass inf for a miss")
    return cost_JS
