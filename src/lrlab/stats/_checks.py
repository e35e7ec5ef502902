"""Checks of arguments, and sums that no order changes. Messages give the rule, the values and the way out."""

from math import fsum
from operator import index

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError

ROUNDING = 4 * float(np.finfo(np.float64).eps)  # of two numbers: what is no difference of theirs
LARGEST = 1e150  # beyond this, squares leave float64 and variances turn into inf


def numbers(values: ArrayLike, name: str, *, at_least: int, gaps: bool = False) -> NDArray[np.float64]:
    """`values` as a float64 array of shape (n,), n >= at_least, every one finite and at most 1e150 in size.

    gaps: NaN is let through, as what was not measured.

    >>> numbers([1, 2], "scores", at_least=2).tolist()
    [1.0, 2.0]
    """
    try:
        array_N = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(
            f"`{name}` must be a plain list of numbers, but {error}; pass one number per seed"
        ) from error
    if array_N.ndim != 1:
        raise StatisticsError(f"`{name}` must have one axis, but its shape is {array_N.shape}; pass one row at a time")
    if len(array_N) < at_least:
        raise StatisticsError(
            f"`len({name}) >= {at_least}` must hold, but got {len(array_N)}; add {at_least - len(array_N)} or more"
        )
    bad_N = ~(np.abs(array_N) <= LARGEST)  # the negation catches NaN too
    if gaps:
        bad_N &= ~np.isnan(array_N)
    if bad_N.any():
        first = int(bad_N.argmax())
        raise StatisticsError(
            f"`{name}` must be finite and at most {LARGEST:g} in size, but {name}[{first}] = {array_N[first]}; "
            "give a diverged run the score of its outcome first"
        )
    return array_N


def subtract(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """The differences a - b, seed by seed; 0 where they are equal except for rounding, or a claim might rest on digits.

    >>> subtract([0.1 + 0.2, 0.5], [0.3, 0.25]).tolist()
    [0.0, 0.25]
    """
    a_N, b_N = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    difference_N = a_N - b_N
    return np.where(np.abs(difference_N) <= ROUNDING * np.maximum(np.abs(a_N), np.abs(b_N)), 0.0, difference_N)


def fraction(value: float, name: str, *, above: float = 0.0, below: float = 1.0) -> float:
    """`value`, which must lie strictly between `above` and `below`."""
    if not above < value < below:
        raise StatisticsError(
            f"`{above:g} < {name} < {below:g}` must hold, but got {value}; usual are alpha 0.05, power 0.8, level 0.95"
        )
    return float(value)


def count(value: int, name: str, *, at_least: int = 1) -> int:
    """`value` as an int, which must be whole and at least `at_least`."""
    try:
        whole = index(value)
    except TypeError as error:
        raise StatisticsError(f"`{name}` must be a whole number, but got {value!r}; pass an int") from error
    if whole < at_least:
        raise StatisticsError(f"`{name} >= {at_least}` must hold, but got {whole}; raise it by {at_least - whole}")
    return whole


def mean(values_N: NDArray[np.float64]) -> float:
    """The mean, whatever the order of the values: `np.mean` may change in its last bit when seeds are permuted."""
    return fsum(values_N) / len(values_N)


def spread(values_N: NDArray[np.float64]) -> float:
    """The standard deviation with n - 1 below; exactly 0 where all values are equal. Needs two values or more."""
    # Of n equal values, the mean may miss them by one rounding; the deviations would then look like a spread.
    if np.ptp(values_N) == 0:
        return 0.0
    away_N = values_N - mean(values_N)
    unit = np.abs(away_N).max()
    return float(unit) * (fsum((away_N / unit) ** 2) / (len(values_N) - 1)) ** 0.5
