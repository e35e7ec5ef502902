"""Numbers of a learning curve. Suffix E: epochs, counted from 1; NaN: not measured.

Where no epoch is what was asked for, the answer is E + 1: one more than there were.
"""

from math import inf, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import numbers, spread

_ROUNDING = 1e-12  # 0.62 - 0.615 is a little more than 0.005 in floats


def epochs_to(score_E: ArrayLike, target: float, higher_is_better: bool = True) -> int:
    r"""The first epoch whose score is the target or better; E + 1 where none is.

    .. math:: \min \{ e : s_e \ge target \}, \qquad s_e \le target \text{ where lower is better}

    score_E: shape (E,), E >= 1, in the unit of the target; an epoch with NaN is skipped.

    Raises StatisticsError: no epoch, an infinite score, a target that is not finite.

    `Coleman et al., DAWNBench <https://dawn.cs.stanford.edu/benchmark/papers/nips17-dawnbench.pdf>`_, 2017, for time to
    a stated accuracy.

    >>> epochs_to([0.2, 0.5, 0.4, 0.6], 0.5), epochs_to([0.2, 0.5], 0.9), epochs_to([2.0, 1.1], 1.5, False)
    (2, 3, 2)
    """
    if not abs(target) < inf:
        raise StatisticsError(f"`target` must be finite, but got {target}; name a score that a trial can reach")
    value_E = numbers(score_E, "score_E", at_least=1, gaps=True)
    return _first_epoch(value_E >= target if higher_is_better else value_E <= target)


def convergence(score_E: ArrayLike, within: float = 0.005, higher_is_better: bool = True) -> int:
    r"""The first epoch whose score is within `within` of the best of all epochs; E + 1 where nothing was measured.

    .. math:: \min \{ e : \max_i s_i - s_e \le within \}, \qquad s_e - \min_i s_i \text{ where lower is better}

    score_E, within: one unit; the default is half a point of accuracy. score_E has shape (E,), E >= 1; an epoch with
    NaN is skipped.

    Raises StatisticsError: no epoch, an infinite score, within negative or not finite.

    >>> convergence([0.5, 0.61, 0.615, 0.62, 0.60]), convergence([0.5, 0.61, 0.615, 0.62, 0.60], within=0.01)
    (3, 2)
    """
    value_E, within = numbers(score_E, "score_E", at_least=1, gaps=True), _check_distance(within)
    best = np.fmax.reduce(value_E) if higher_is_better else np.fmin.reduce(value_E)
    return _first_epoch(np.abs(best - value_E) <= within)


def settled(score_E: ArrayLike, within: float = 0.01) -> int:
    r"""The first epoch from which on every score stays within `within` of the final one; E + 1 where none was measured.

    .. math:: \min \{ e : |s_i - s_E| \le within \text{ for all } i \ge e \}

    score_E, within: one unit; the default is one point of accuracy. score_E has shape (E,), E >= 1; an epoch with NaN
    is skipped, and the final score is the last one there is.

    Raises StatisticsError: no epoch, an infinite score, within negative or not finite.

    >>> settled([0.5, 0.61, 0.55, 0.615, 0.62]), settled([0.5, 0.6], within=0.2)
    (4, 1)
    """
    value_E, within = numbers(score_E, "score_E", at_least=1, gaps=True), _check_distance(within)
    measured = np.flatnonzero(~np.isnan(value_E))
    if not len(measured):
        return len(value_E) + 1
    away = np.flatnonzero(np.abs(value_E[measured] - value_E[measured[-1]]) > within)
    start = int(away[-1]) + 1 if len(away) else 0
    return int(measured[start]) + 1


def best_epoch(loss_E: ArrayLike) -> int:
    r"""The epoch of the lowest loss, the first of several; E + 1 where nothing was measured.

    .. math:: \min \{ e : L_e = \min_i L_i \}

    loss_E: shape (E,), E >= 1, any unit; an epoch with NaN is skipped.

    Raises StatisticsError: no epoch, an infinite loss.

    >>> best_epoch([2.0, 1.1, 1.3, 1.1])
    2
    """
    value_E = numbers(loss_E, "loss_E", at_least=1, gaps=True)
    return _first_epoch(value_E == np.fmin.reduce(value_E))


def stability(loss_E: ArrayLike) -> float:
    r"""How much a loss jumps: the standard deviation of its change per epoch, over the second half of the epochs.

    .. math:: \text{sd} \{ L_e - L_{e-1} : e > E / 2 \}

    sd with n - 1 below. A steady fall, however steep, has 0; lower is more stable. loss_E: shape (E,), E >= 1; the
    answer has its unit. A change beside an epoch with NaN is left out; NaN where fewer than two changes are left, so of
    three epochs at least.

    Raises StatisticsError: no epoch, an infinite loss.

    The measure is this project's own.

    >>> stability([9.0, 3.0, 2.0, 1.0]), stability([9.0, 3.0, 4.0, 3.0]), stability([9.0, 3.0])
    (0.0, 1.4142135623730951, nan)
    """
    value_E = numbers(loss_E, "loss_E", at_least=1, gaps=True)
    epochs = len(value_E)
    change_E = np.diff(value_E, prepend=nan)[epochs // 2 :]  # change_E[e - 1] ends at epoch e
    left_C = change_E[~np.isnan(change_E)]
    return spread(left_C) if len(left_C) > 1 else nan


def _first_epoch(fits_E: NDArray[np.bool_]) -> int:
    return int(fits_E.argmax()) + 1 if fits_E.any() else len(fits_E) + 1


def _check_distance(within: float) -> float:
    """A distance between scores, with room for the rounding of a difference."""
    if not 0 <= within < inf:
        raise StatisticsError(f"`0 <= within < inf` must hold, but got {within}; usual are 0.005 and 0.01 of accuracy")
    return within + _ROUNDING
