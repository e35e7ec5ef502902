"""Seeds that failed: how many, and how many more may."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import count, fraction, numbers

FAR = 8.0  # robust standard deviations below the median of an arm


def failure_bound(failed: int, runs: int, *, level: float = 0.95) -> float:
    r"""The largest share of failing runs that what was seen still allows, one-sided.

    .. math:: \max \{ q : P(\text{Binomial}(runs, q) \le failed) \ge 1 - level \}

    0 <= failed <= runs, runs >= 1, 0 < level < 1, else StatisticsError.

    Clopper & Pearson, `The Use of Confidence Limits <https://doi.org/10.1093/biomet/26.4.404>`_, 1934.

    >>> [round(failure_bound(failed, 10), 2) for failed in (0, 1, 10)]
    [0.26, 0.39, 1.0]
    """
    from scipy.special import betaincinv

    runs, failed, level = count(runs, "runs"), count(failed, "failed", at_least=0), fraction(level, "level")
    if failed > runs:
        raise StatisticsError(f"`failed <= runs` must hold, but got {failed} of {runs}; count each run once")
    return 1.0 if failed == runs else float(betaincinv(failed + 1, runs - failed, level))


def fallen_behind(values: ArrayLike, *, higher_is_better: bool) -> NDArray[np.bool_]:
    r"""Which runs of an arm lie far below the others, as those that collapsed on the way do.

    .. math:: median - v > 8 \cdot 1.4826 \cdot \text{median}\,|v - median|

    values: shape (n,). Of normal values fewer than one in 10^14 does. None of fewer than 5 values, or where more than
    half are equal: nothing then says how far is far.

    >>> fallen_behind([0.95, 0.94, 0.96, 0.95, 0.31, 0.95, 0.94], higher_is_better=True).nonzero()[0].tolist()
    [4]
    """
    values_N = numbers(values, "values", at_least=0)
    if len(values_N) < 5:
        return np.zeros(len(values_N), dtype=np.bool_)
    behind_N = (np.median(values_N) - values_N) * (1 if higher_is_better else -1)
    spread = 1.4826 * float(np.median(np.abs(behind_N)))
    return (behind_N > FAR * spread) & (spread > 0)
