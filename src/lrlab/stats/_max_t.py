"""Several paired questions at once, by flips of whole seeds. Suffix M: questions; N: seeds; P: sign patterns."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import StatisticsError
from ._blocks import sum_blocks

EXACT_SEEDS = 16  # up to so many every pattern is counted
FLIPS = 99_999
_FOR_CRITICAL = 19_999  # patterns tell a critical value to a hundredth
_FEWEST = 4_999  # patterns, of very many questions
_MOST_COUNTED, _MOST_DRAWN = 2**24, 2**23  # statistics in all
_CELLS = 2**20  # numbers held at once
_TIE = 1e-9  # statistics so close count as equal


def max_t(
    differences: Sequence[Sequence[float]] | NDArray[np.float64], *, rng: np.random.Generator, one_sided: bool = False
) -> NDArray[np.float64]:
    r"""Adjusted p of several mean differences on the same seeds: step-down, by flips that all questions share.

    .. math:: T_m = \frac{|\sum_i d_{mi}|}{\sqrt{\sum_i d_{mi}^2}}, \qquad
        \tilde p_{(j)} = \max_{i \le j} P_s\Big(\max_{l \ge i} T_{(l)}(s d) \ge T_{(i)}(d)\Big)

    differences: shape (M, N), question by seed, one unit for each row. T_(1) >= T_(2) ..; s = one sign for each seed,
    the same in every row, so that what the questions share (an arm, a hard seed) is not paid for twice. T is Student's
    t of the row, up to a function that grows with it. one_sided: without the bars, for differences above 0.

    Up to 16 seeds all patterns are counted; above, (b + 1) / (m + 1) of m = 99,999 random ones (of more than 83
    questions fewer, at least 4,999). Never below 2 / 2^N, or 1 / 2^N one-sided, whatever M is. A row of zeros has
    p = 1. No order of seeds changes anything, no order of rows what is exact. More than 512 seeds are flipped in 256
    random blocks.

    What holds: where, for every set of questions without a difference, the signs of a seed's differences may be turned
    together without changing how likely they are, some false claim is at most alpha likely.

    Raises StatisticsError: rows that are not as long as each other, no seeds, NaN or inf.

    Westfall & Young, `Resampling-Based Multiple Testing <https://www.wiley.com/en-us/9780471557616>`_, 1993, 2.6.

    >>> max_t([[1, 2, 3, 2, 1, 2], [2, 3, 3, 2, 2, 2], [1, -1, 0, 0, 1, -1]], rng=np.random.default_rng(0)).tolist()
    [0.03125, 0.03125, 1.0]
    """
    difference_MN = _as_rows(differences)
    if not len(difference_MN):
        return np.empty(0)
    unit_MN = sum_blocks(_in_order(difference_MN / _norms(difference_MN)[:, None]), rng)
    seen_M = unit_MN.sum(axis=1)
    seen_M = seen_M if one_sided else np.abs(seen_M)
    order_M = np.argsort(-seen_M, kind="stable")
    hits_M, patterns = np.zeros(len(order_M)), 0
    for sign_PN in _sign_patterns(unit_MN.shape[1], len(order_M), rng, one_sided):
        flipped_PM = sign_PN @ unit_MN[order_M].T
        if not one_sided:
            np.abs(flipped_PM, out=flipped_PM)
        largest_PM = np.maximum.accumulate(flipped_PM[:, ::-1], axis=1)[:, ::-1]
        hits_M += (largest_PM >= seen_M[order_M] - _TIE).sum(axis=0)
        patterns += len(sign_PN)
    drawn = not _is_exact(unit_MN.shape[1], len(order_M))
    p_M = (hits_M + drawn) / (patterns + drawn)
    adjusted_M = np.empty_like(p_M)
    adjusted_M[order_M] = np.maximum.accumulate(p_M)
    return adjusted_M


def critical_t(
    differences: Sequence[Sequence[float]] | NDArray[np.float64], *, alpha: float, rng: np.random.Generator
) -> float:
    r"""The |t| from which on the first step of `max_t` claims a question: what a difference must reach to be seen.

    The differences' means are taken off first, so that large ones among them do not raise it; inf where not even N
    differences of one sign are claimed, 0 where no question's differences spread. Arguments and errors as in `max_t`;
    0 < alpha < 1.
    """
    difference_MN = _as_rows(differences)
    n = difference_MN.shape[1]
    if not len(difference_MN) or 2.0 ** (1 - n) >= alpha:
        return np.inf
    away_MN = difference_MN - difference_MN.mean(axis=1, keepdims=True)
    away_MN[np.ptp(difference_MN, axis=1) <= _TIE * np.abs(difference_MN).max(axis=1)] = 0.0  # or rounding is a spread
    unit_MN = sum_blocks(away_MN / _norms(away_MN)[:, None], rng)
    largest = [
        np.abs(sign_PN @ unit_MN.T).max(axis=1)
        for sign_PN in _sign_patterns(unit_MN.shape[1], len(unit_MN), rng, one_sided=False, most=_FOR_CRITICAL)
    ]
    cut = min(float(np.quantile(np.concatenate(largest), 1 - alpha, method="higher")), np.sqrt(n) * (1 - 1e-12))
    # T = sum d / sqrt(sum d^2); t = T sqrt((n - 1) / (n - T^2))
    return cut * float(np.sqrt((n - 1) / (n - cut**2)))


def _in_order(unit_MN: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rows with their seeds in an order that is no one's choice."""
    return unit_MN[:, np.lexsort(unit_MN[::-1])]


def _as_rows(differences: Sequence[Sequence[float]] | NDArray[np.float64]) -> NDArray[np.float64]:
    try:
        rows_MN = np.asarray(differences, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(
            f"`differences` must be (questions, seeds), but {error}; keep the seeds that every question has"
        ) from error
    if rows_MN.size == 0 and rows_MN.ndim == 1:
        return np.empty((0, 0))
    if rows_MN.ndim != 2 or rows_MN.shape[1] < 1:
        raise StatisticsError(
            f"`differences` must be (questions, seeds), but its shape is {rows_MN.shape}; give a row to each question"
        )
    if not np.isfinite(rows_MN).all():
        raise StatisticsError(
            "`differences` must be finite, but one is not; give a diverged run the score of its outcome first"
        )
    return rows_MN


def _norms(rows_MN: NDArray[np.float64]) -> NDArray[np.float64]:
    """The length of each row; 1 where it is all zeros."""
    largest_M = np.abs(rows_MN).max(axis=1)
    scale_M = np.where(largest_M > 0, largest_M, 1.0)
    norm_M = scale_M * np.sqrt(((rows_MN / scale_M[:, None]) ** 2).sum(axis=1))
    return np.where(largest_M > 0, norm_M, 1.0)


def _is_exact(n: int, questions: int) -> bool:
    return n <= EXACT_SEEDS and questions << (n - 1) <= _MOST_COUNTED


def _sign_patterns(
    n: int, questions: int, rng: np.random.Generator, one_sided: bool, most: int = FLIPS
) -> Iterator[NDArray[np.float64]]:
    """Sign patterns, a bounded number at a time: all of them, or drawn ones.

    Of all, where the test has two sides, half: a pattern and its negative are then one.
    """
    rows = _CELLS // max(n, questions) + 1
    if _is_exact(n, questions):
        total = 2**n if one_sided else 2 ** (n - 1)
        for start in range(0, total, rows):
            pattern_P = np.arange(start, min(start + rows, total))
            yield 1.0 - 2.0 * (pattern_P[:, None] >> np.arange(n) & 1).astype(np.float64)
        return
    drawn = max(_FEWEST, min(most, _MOST_DRAWN // questions))
    for start in range(0, drawn, rows):
        size = min(rows, drawn - start)
        sign_PN = rng.integers(0, 2, size=(size, n), dtype=np.int8)
        sign_PN *= -2
        sign_PN += 1
        yield sign_PN.astype(np.float64)
