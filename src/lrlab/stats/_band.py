"""Bands over seeds. Suffix S: seeds; E: epochs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import fraction


class Band(NamedTuple):
    """The mean curve and its interval, each of shape (E,), in the unit of the curves."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def band(curves: ArrayLike, *, level: float = 0.95) -> Band:
    r"""The mean over seeds at each epoch, with the t interval of that mean.

    .. math:: \bar y_e \pm t_{n_e - 1,\, (1 + level) / 2} \; s_e / \sqrt{n_e}

    curves: shape (S, E), one row per seed. NaN = no value: n_e = values of epoch e, s_e = their standard deviation
    (n_e - 1 below). No value: mean and ends are NaN. One value: the mean is it, the ends are NaN. An epoch with an
    infinite value has that mean and NaN ends. Each epoch's interval stands alone: the level is not that of the whole
    curve.

    Raises StatisticsError: not two axes of numbers, level outside (0, 1).

    Student, `The Probable Error of a Mean <https://doi.org/10.1093/biomet/6.1.1>`_, 1908.

    >>> mean, low, high = band([[1.0, 2.0], [3.0, np.nan], [5.0, np.nan]])
    >>> mean.tolist(), low.round(2).tolist(), high.round(2).tolist()
    ([3.0, 2.0], [-1.97, nan], [7.97, nan])
    """
    from scipy.special import stdtrit

    fraction(level, "level")
    try:
        value_SE = np.asarray(curves, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"`curves` must be (seeds, epochs), but {error}; pad short curves with NaN") from error
    if value_SE.ndim != 2:
        raise StatisticsError(
            f"`curves` must be (seeds, epochs), but its shape is {value_SE.shape}; add the missing axis"
        )
    there_SE = ~np.isnan(value_SE)
    n_E = there_SE.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean_E = np.sum(value_SE, axis=0, where=there_SE) / n_E
        # 0 / 0 is NaN, which is what an epoch with one value is to have
        variance_E = np.sum((value_SE - mean_E) ** 2, axis=0, where=there_SE) / (n_E - 1)
        half_E = stdtrit(np.maximum(n_E - 1, 1), (1 + level) / 2) * np.sqrt(variance_E / n_E)
        half_E = np.where(np.isfinite(half_E), half_E, np.nan)
        return Band(mean_E, mean_E - half_E, mean_E + half_E)
