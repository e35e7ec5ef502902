"""Two arms that share no seeds. Suffix A: values of the first; B: of the second; N: of both."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import ceil, inf, isnan, log2, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._bca import bca_ends
from ._checks import ROUNDING, count, fraction, mean, numbers, spread
from ._interval import interval_end
from ._power import noncentrality
from ._shuffle import SHUFFLES, shuffle_p, smallest_shuffle_p

Strata = tuple[Sequence[Hashable], Sequence[Hashable]]  # of each value of both arms
_Arms = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class UnpairedDifference:
    """Arm A less arm B, over n_a and n_b runs that are not paired.

    mean_a, mean_b, difference, low, high, sd_a and sd_b have the unit of the scores. difference = mean of a - mean of
    b; low, high = its interval at `level`; p = two-sided p, of the permutation test or of Welch's, the larger;
    welch_p = of Welch's t test, NaN where both arms are constant; superiority = share of all pairs of runs in which A's
    is larger, ties half; smallest_p = the smallest p that so many runs, in these strata, can give.
    """

    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    level: float
    p: float
    welch_p: float
    n_a: int
    n_b: int
    sd_a: float
    sd_b: float
    superiority: float
    smallest_p: float


def unpaired(
    a: ArrayLike,
    b: ArrayLike,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    resamples: int = 9999,
    strata: Strata | None = None,
    shuffles: int = SHUFFLES,
) -> UnpairedDifference:
    r"""Compare two arms whose runs share no seeds.

    .. math:: \bar d = \bar a - \bar b, \qquad t = \bar d \Big/ \sqrt{s_a^2 / n_a + s_b^2 / n_b}, \qquad
        P(A > B) = \frac1{n_a n_b} \sum_{i, j} \big( [a_i > b_j] + \tfrac12 [a_i = b_j] \big)

    a, b: shapes (n_a,) and (n_b,), 2 or more each, one unit. low, high: each the farther of two ends: of the BCa
    interval, each arm drawn again alone, `resamples` times, and of Student's with Welch's degrees of freedom. Of two
    runs against two, normal, BCa alone holds the truth in 0.68 of studies, of five against five in 0.89. p: the larger
    of two. One is of the permutation test: of all the ways to deal the runs to two arms of these sizes, the share whose
    |t| is at least as large. Up to 200,000 ways are counted, each once; else (k + 1) / (m + 1) from m = `shuffles`
    drawn ones. It is exact where arms that are no better are alike in all. The other, welch_p, is of Student's t with
    Welch's degrees of freedom: where a small arm spreads five times as far as a large one, the first alone claims
    differences that are not there twice as often as it may.

    strata: a label for each run of a, and for each of b. Runs change arms only within a stratum, as those of one seed
    or one data set; p is then of the permutation test alone. The interval does not look at them. Neither order within
    an arm changes anything; swapping the arms turns the signs, given a generator in the same state.

    Raises StatisticsError: fewer than 2 values in an arm, NaN or inf, a level outside (0, 1), strata of other lengths.

    Janssen, `Studentized permutation tests <https://doi.org/10.1016/S0167-7152(97)00043-6>`_, 1997;
    Welch, `The generalization of "Student's" problem <https://doi.org/10.2307/2332510>`_, 1947.

    >>> found = unpaired([0.92, 0.94, 0.93, 0.95], [0.90, 0.91, 0.92], rng=np.random.default_rng(0))
    >>> round(found.difference, 3), round(found.p, 3), round(found.welch_p, 3), found.superiority
    (0.025, 0.086, 0.035, 0.9583333333333334)
    """
    a_A, b_B = _level_rounding(numbers(a, "a", at_least=2), numbers(b, "b", at_least=2))
    level, resamples = fraction(level, "level"), count(resamples, "resamples", at_least=100)
    shuffles, labels = count(shuffles, "shuffles", at_least=100), _check_strata(strata, len(a_A), len(b_B))
    difference, sd_a, sd_b = mean(a_A) - mean(b_B), spread(a_A), spread(b_B)
    error, df = _welch_error(sd_a, len(a_A), sd_b, len(b_B))
    half = error * _critical_t(df, level)
    low, high = _difference_ends(a_A, b_B, difference, half, rng, level, resamples)
    welch_p = _welch_p(difference, sd_a, len(a_A), sd_b, len(b_B))
    p = shuffle_p(a_A, b_B, labels, rng, shuffles)
    return UnpairedDifference(
        mean_a=mean(a_A),
        mean_b=mean(b_B),
        difference=difference,
        low=low,
        high=high,
        level=level,
        p=p if strata is not None or isnan(welch_p) else max(p, welch_p),
        welch_p=welch_p,
        n_a=len(a_A),
        n_b=len(b_B),
        sd_a=sd_a,
        sd_b=sd_b,
        superiority=float(np.mean((np.sign(a_A[:, None] - b_B) + 1) / 2)),
        smallest_p=smallest_shuffle_p(labels, shuffles),
    )


def smallest_unpaired_p(n_a: int, n_b: int) -> float:
    r"""The smallest p that the permutation test of so many unpaired runs can give.

    .. math:: p_{min} = \frac{1 + [n_a = n_b]}{\binom{n_a + n_b}{n_a}}

    Arms of one size can change places, so two of the ways to deal the runs are then equally far from zero. Where ways
    are drawn, m of them, p is not below 1 / (m + 1) either. n_a, n_b >= 1, else StatisticsError.

    >>> [round(smallest_unpaired_p(n, n), 4) for n in (3, 4, 5)]
    [0.1, 0.0286, 0.0079]
    """
    return smallest_shuffle_p(([0] * count(n_a, "n_a"), [0] * count(n_b, "n_b")))


def fewest_unpaired(comparisons: int, alpha: float = 0.05) -> int:
    r"""The fewest runs of each of two arms, not paired, whose comparisons Holm's correction can carry.

    .. math:: \min \{ n : comparisons \cdot p_{min}(n, n) < \alpha \}

    comparisons >= 1, 0 < alpha < 1, else StatisticsError.

    >>> [fewest_unpaired(m) for m in (1, 7, 25, 27)]
    [4, 6, 7, 7]
    """
    asked, n = count(comparisons, "comparisons"), 2
    while smallest_unpaired_p(n, n) * asked >= fraction(alpha, "alpha"):
        n += 1
    return n


def smallest_visible_unpaired(
    found: UnpairedDifference, *, comparisons: int = 1, alpha: float = 0.05, power: float = 0.8
) -> float:
    r"""The smallest true difference of means that two such arms would show with the given power.

    .. math:: \delta \quad\text{with}\quad P\big( |T_\nu(\delta / e)| > t_{\nu,\, 1 - \alpha / 2m} \big) = power,
        \qquad e^2 = s_a^2 / n_a + s_b^2 / n_b

    T_nu(c) = noncentral t with Welch's degrees of freedom nu: the power of Welch's t test at alpha / m, which the
    permutation test has nearly. m = comparisons. `inf` where the permutation test cannot reach alpha / m; else 0 where
    no arm spreads.

    Raises StatisticsError: comparisons below 1, alpha outside (0, 1), power outside (alpha, 0.9999).
    """
    m, alpha = count(comparisons, "comparisons"), fraction(alpha, "alpha")
    power = fraction(power, "power", above=alpha, below=0.9999)
    if found.smallest_p * m >= alpha:
        return inf
    error, df = _welch_error(found.sd_a, found.n_a, found.sd_b, found.n_b)
    return error * noncentrality(df, alpha / m, power) if error > 0 else 0.0


def _level_rounding(a_A: NDArray[np.float64], b_B: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Both arms; all of one value where they are except for rounding, whose digits would be a difference else."""
    every = np.concatenate([a_A, b_B])
    if np.ptp(every) > ROUNDING * np.abs(every).max():
        return a_A, b_B
    return np.full_like(a_A, every[0]), np.full_like(b_B, every[0])


def _check_strata(strata: Strata | None, n_a: int, n_b: int) -> Strata:
    """The strata; one for all runs where none are given."""
    if strata is None:
        return [0] * n_a, [0] * n_b
    if (len(strata[0]), len(strata[1])) != (n_a, n_b):
        got = f"{len(strata[0])} and {len(strata[1])}"
        raise StatisticsError(
            f"`strata` must have a label for each of {n_a} and {n_b} runs, but got {got}; give one for each"
        )
    return strata


def _difference_ends(
    a_A: NDArray[np.float64],
    b_B: NDArray[np.float64],
    difference: float,
    half: float,
    rng: np.random.Generator,
    level: float,
    resamples: int,
) -> tuple[float, float]:
    """Both ends of the interval of the difference of means; the difference where neither arm spreads.

    half: of Welch's interval, which the bootstrap's, too narrow for few runs, only widens.
    """
    if np.ptp(a_A) == 0 and np.ptp(b_B) == 0:
        return difference, difference
    middle = mean(np.concatenate([a_A, b_B]))
    unit = float(max(np.abs(a_A - middle).max(), np.abs(b_B - middle).max()))
    # Off a grid, resampled differences that equal the one seen fall to either side by rounding, and z_0 is wrong.
    cells = 2.0 ** min(40, 50 - ceil(log2(len(a_A) * len(b_B))))
    grid = tuple(np.sort(np.rint((values - middle) / unit * cells)) for values in (a_A, b_B))
    if all(np.ptp(values) == 0 for values in grid):
        return difference, difference
    # The same draws pick other values in another order. So they always see the same of the images that swapped arms and
    # turned signs have, and values that are their own image get ends that are.
    images = _mirror_images((grid[0], grid[1]))
    (first, second), sign = min(images, key=lambda image: _order_of(image[0]))
    low, high = bca_ends([first, second], _scaled_difference, rng, level, resamples)
    low, high = (low, high) if sign > 0 else (-high, -low)
    if any(_order_of(image) == _order_of(images[0][0]) for image, turned in images if turned < 0):
        low, high = (low - high) / 2, (high - low) / 2
    scale = unit / (cells * len(a_A) * len(b_B))
    seen = float(_scaled_difference(*grid)) * scale
    return (
        interval_end(difference, min(low * scale - seen, -half), unit, cells),
        interval_end(difference, max(high * scale - seen, half), unit, cells),
    )


def _mirror_images(arms: _Arms) -> list[tuple[_Arms, int]]:
    """Both arms as they are, swapped, negated, and both; and the sign that the difference has then."""
    a, b = arms
    minus_a, minus_b = (0.0 - a)[::-1], (0.0 - b)[::-1]
    return [((a, b), 1), ((b, a), -1), ((minus_a, minus_b), -1), ((minus_b, minus_a), 1)]


def _order_of(arms: _Arms) -> tuple[list[float], list[float]]:
    return arms[0].tolist(), arms[1].tolist()


def _scaled_difference(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The difference of means times n_a n_b: whole numbers, and exact, where the values are."""
    return a.sum(axis=-1) * b.shape[-1] - b.sum(axis=-1) * a.shape[-1]


def _welch_error(sd_a: float, n_a: int, sd_b: float, n_b: int) -> tuple[float, float]:
    """The standard error of a difference of means, and Welch's degrees of freedom."""
    largest = max(sd_a, sd_b)
    if largest == 0:
        return 0.0, float(n_a + n_b - 2)
    part_a, part_b = (sd_a / largest) ** 2 / n_a, (sd_b / largest) ** 2 / n_b
    df = (part_a + part_b) ** 2 / (part_a**2 / (n_a - 1) + part_b**2 / (n_b - 1))
    return largest * sqrt(part_a + part_b), df


def _critical_t(df: float, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2))


def _welch_p(difference: float, sd_a: float, n_a: int, sd_b: float, n_b: int) -> float:
    from scipy.special import stdtr

    error, df = _welch_error(sd_a, n_a, sd_b, n_b)
    return 2 * float(stdtr(df, -abs(difference) / error)) if error > 0 else float("nan")


def welch_p_of_rows(a_RN: NDArray[np.float64], b_RN: NDArray[np.float64]) -> NDArray[np.float64]:
    """Welch's p of each row of two samples; 0 where neither spreads but they differ."""
    from scipy.special import stdtr

    n_a, n_b = a_RN.shape[1], b_RN.shape[1]
    part_a, part_b = a_RN.var(axis=1, ddof=1) / n_a, b_RN.var(axis=1, ddof=1) / n_b
    away = np.abs(a_RN.mean(axis=1) - b_RN.mean(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (part_a + part_b) ** 2 / (part_a**2 / (n_a - 1) + part_b**2 / (n_b - 1))
        p = 2 * stdtr(df, -away / np.sqrt(part_a + part_b))
    return np.where(part_a + part_b > 0, p, np.where(away > 0, 0.0, 1.0))
