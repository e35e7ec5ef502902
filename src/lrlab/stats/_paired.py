"""Two arms on the same seeds. Suffix N: pairs, one per seed."""

from dataclasses import dataclass
from math import fsum, nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import mean, numbers, spread, subtract
from ._flip_interval import flip_interval, mean_interval, t_interval
from ._interval import Interval, without_zero
from ._sign_flip import sign_flip_p


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """Arm A less arm B over n seeds that both were run on.

    All but level, p, n, rho and superiority have the unit of the scores. differences = a - b, seed by seed; difference
    = their mean; low, high = its `mean_interval` at `level`, which excludes zero wherever p < 1 - level; t_low,
    t_high = Student's; p = two-sided sign-flip p; sd = standard deviation of a - b; rho = correlation of the arms over
    seeds, NaN where an arm is constant; superiority = share of seeds on which A is larger, ties half.
    """

    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    t_low: float
    t_high: float
    level: float
    p: float
    n: int
    sd: float
    rho: float
    superiority: float
    differences: tuple[float, ...]


def paired(a: ArrayLike, b: ArrayLike, *, rng: np.random.Generator, level: float = 0.95) -> PairedDifference:
    r"""Compare two arms paired by seed: a[i] and b[i] are the scores of seed i.

    .. math:: \bar d = \frac1n \sum_i (a_i - b_i), \qquad
        P(A > B) = \frac1n \sum_i \big( [a_i > b_i] + \tfrac12 [a_i = b_i] \big)

    a, b: shape (n,), n >= 2, one unit. The interval of the mean difference is `mean_interval`, beside it `t_interval`;
    p is `sign_flip_p`. Where p is below 1 - level the interval, which allows for skewed differences, is cut so that it
    says what the test says: zero is not in it. sd = sd(a) sqrt(2 (1 - rho)) where both arms spread alike: the
    larger the seed correlation rho, the more pairing gains. Permuting the seeds changes nothing, and swapping the arms
    turns the signs, given a generator in the same state.

    Raises StatisticsError: lengths that differ, fewer than 2 pairs, NaN or inf, level outside (0, 1).

    Bouthillier et al., `Accounting for Variance in Machine Learning Benchmarks <https://arxiv.org/abs/2103.03098>`_,
    2021, for P(A > B); `Du, 2025 <https://arxiv.org/abs/2511.19794>`_, for interval and sign flips together.

    >>> pair = paired([0.92, 0.94, 0.93, 0.95], [0.90, 0.93, 0.92, 0.93], rng=np.random.default_rng(0))
    >>> round(pair.difference, 3), pair.p, round(pair.rho, 2), pair.superiority
    (0.015, 0.125, 0.91, 1.0)
    """
    a_N, b_N = numbers(a, "a", at_least=2), numbers(b, "b", at_least=2)
    if len(a_N) != len(b_N):
        raise StatisticsError(
            f"`len(a) == len(b)` must hold, but got {len(a_N)} and {len(b_N)}; keep only the seeds that both arms have"
        )
    difference_N = subtract(a_N, b_N)
    p = sign_flip_p(difference_N, rng=rng)
    interval, student = _interval_of(difference_N, p, rng, level), t_interval(difference_N, level=level)
    return PairedDifference(
        mean_a=mean(a_N),
        mean_b=mean(b_N),
        difference=interval.point,
        low=interval.low,
        high=interval.high,
        t_low=student.low,
        t_high=student.high,
        level=interval.level,
        p=p,
        n=len(a_N),
        sd=spread(difference_N),
        rho=_pearson_correlation(a_N, b_N),
        superiority=float(np.mean((np.sign(difference_N) + 1) / 2)),
        differences=tuple(difference_N.tolist()),
    )


def _interval_of(difference_N: NDArray[np.float64], p: float, rng: np.random.Generator, level: float) -> Interval:
    """The interval, without zero where the test rejects it."""
    wide = mean_interval(difference_N, rng=rng, level=level)
    if p >= 1 - level or not wide.low <= 0 <= wide.high:
        return wide
    plain = flip_interval(difference_N, rng=rng, level=level)
    cut = (
        wide._replace(low=max(plain.low, wide.low))
        if wide.point > 0
        else wide._replace(high=min(plain.high, wide.high))
    )
    seed = int(rng.integers(2**32)) if cut.low <= 0 <= cut.high else 0
    return without_zero(cut, lambda shift: sign_flip_p(difference_N - shift, rng=np.random.default_rng(seed)))


def _pearson_correlation(a_N: NDArray[np.float64], b_N: NDArray[np.float64]) -> float:
    """Pearson's correlation; NaN where either is constant."""
    sd_a, sd_b = spread(a_N), spread(b_N)
    if sd_a == 0 or sd_b == 0:
        return nan
    product_N = ((a_N - mean(a_N)) / sd_a) * ((b_N - mean(b_N)) / sd_b)
    return min(1.0, max(-1.0, fsum(product_N) / (len(a_N) - 1)))
