"""Ends of bootstrap intervals, bias-corrected and accelerated. Suffix N: values of a sample; B: resamples."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_CELLS = 2**22  # numbers drawn at once, 32 MB

Samples = Sequence[NDArray[np.float64]]  # each (..., n)
Statistic = Callable[..., NDArray[np.float64]]  # of samples (..., n), over their last axis


def bca_ends(
    samples: Samples, statistic: Statistic, rng: np.random.Generator, level: float, resamples: int
) -> tuple[float, float]:
    r"""Both ends of a statistic's interval, for samples that are not all constant.

    .. math:: \alpha_\pm = \Phi\Big(z_0 + \frac{z_0 \pm z}{1 - a (z_0 \pm z)}\Big)

    Every sample is drawn again by itself. The same numbers as `scipy.stats.bootstrap`, whose import takes longer than
    all of a judgement.

    Efron & Tibshirani, `An Introduction to the Bootstrap <https://doi.org/10.1201/9780429246593>`_, 1993, 14.3 and
    15.4.
    """
    from scipy.special import ndtr, ndtri

    drawn_B = _resampled(samples, statistic, rng, resamples)
    seen = statistic(*samples)
    bias = ndtri((np.count_nonzero(drawn_B < seen) + np.count_nonzero(drawn_B <= seen)) / (2 * resamples))
    skew, tail = _acceleration(samples, statistic), ndtri((1 - level) / 2)
    reach = bias + tail, bias - tail
    low, high = (_linear_quantile(np.sort(drawn_B), ndtr(bias + away / (1 - skew * away))) for away in reach)
    return low, high


def _resampled(samples: Samples, statistic: Statistic, rng: np.random.Generator, resamples: int) -> NDArray[np.float64]:
    """The statistic of each resample, a bounded number drawn at a time."""
    rows, parts = max(1, _CELLS // max(sample.shape[-1] for sample in samples)), list[NDArray[np.float64]]()
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        drawn = [sample[rng.integers(0, len(sample), (size, len(sample)))] for sample in samples]
        parts.append(statistic(*drawn))
    return np.concatenate(parts)


def _acceleration(samples: Samples, statistic: Statistic) -> float:
    """The skewness of the leave-one-out values, over 6."""
    cubes = squares = 0.0
    for place, sample_N in enumerate(samples):
        n = len(sample_N)
        without_NN = np.broadcast_to(sample_N, (n, n))[~np.eye(n, dtype=bool)].reshape(n, n - 1)
        others = [np.broadcast_to(other, (n, len(other))) for other in samples]
        others[place] = without_NN
        left_N = statistic(*others)
        pull_N = (n - 1) * (left_N.mean() - left_N)
        cubes += (pull_N**3).sum() / n**3
        squares += (pull_N**2).sum() / n**2
    return 1 / 6 * cubes / squares ** (3 / 2)


def _linear_quantile(sorted_B: NDArray[np.float64], share: float) -> float:
    """Between neighbours, in a straight line; rounded as scipy rounds it."""
    size = len(sorted_B)
    place = share * size + (1 - share)
    below, part = int(place) - 1, place % 1
    low, high = (sorted_B[min(max(at, 0), size - 1)] for at in (below, below + 1))
    return float((1 - part) * low + part * high)
