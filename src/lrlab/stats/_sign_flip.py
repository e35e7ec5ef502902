"""The sign-flip test of a mean difference.

Suffix N: pairs, or blocks of them; P: sign patterns; B: bytes of eight signs; S: of a byte.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._blocks import sum_blocks
from ._checks import count, numbers

_MOST_EXACT = 40  # two tables of 2**20 sums
_FLIPS, _ONE_SIDED = 99_999, 19_999
_CELLS = 2**20  # signs drawn at once


def sign_flip_p(differences: ArrayLike, *, rng: np.random.Generator | None = None, exact_up_to: int = 20) -> float:
    r"""The two-sided p of the sign-flip test: is the mean of paired differences zero?

    .. math:: p = 2^{-n} \, \#\{ s \in \{-1, 1\}^n : |\sum_i s_i d_i| \ge |\sum_i d_i| \}

    d = differences, shape (n,), any unit. If neither arm is better, each difference is as likely to have the other
    sign, so the observed sum is one of 2^n equally likely ones. p is the share of those at least as far from zero;
    never below 2 / 2^n. Sums closer than one part in 10^9 of sum |d| count as ties. All differences zero: p = 1.

    Exact for n <= exact_up_to. Above, (b + 1) / (m + 1) from m = 99,999 random patterns, b of them at least as far:
    this needs `rng`, and is valid as it stands (Phipson & Smyth, `Permutation P-values Should Never Be Zero
    <https://arxiv.org/abs/1603.05766>`_, 2010). More than 512 pairs are flipped in 256 random blocks, as valid.

    Raises StatisticsError: no differences, NaN or inf, exact_up_to outside 0 .. 40, n above it and no rng.

    Fisher, The Design of Experiments, 1935, section 21; as `scipy.stats.permutation_test
    <https://docs.scipy.org/doc/scipy/reference/generated/scipy.stats.permutation_test.html>`_ with permutation_type
    "samples".

    >>> sign_flip_p([1, 2, 3]), sign_flip_p([1, 2, 3, -1]), sign_flip_p([0.0, 0.0])
    (0.25, 0.375, 1.0)
    """
    difference_N = numbers(differences, "differences", at_least=1)
    _check_exact(exact_up_to)
    largest = np.abs(difference_N).max()
    if largest == 0:
        return 1.0
    difference_N = np.sort(difference_N / largest)
    total = float(difference_N.sum())
    if total < 0:  # swapping the arms changes nothing, nor do the blocks then
        difference_N, total = -difference_N[::-1], -total
    reach = total - 1e-9 * float(np.abs(difference_N).sum())
    if reach <= 0:
        return 1.0
    if len(difference_N) <= exact_up_to:
        return _exact_p(_sizes(difference_N), reach)
    rng = _required(rng, len(difference_N), exact_up_to)
    return _sampled_p(_sizes(sum_blocks(difference_N, rng)), reach, rng)


def one_sided_flip_p(differences: ArrayLike, *, rng: np.random.Generator | None = None, exact_up_to: int = 20) -> float:
    r"""The one-sided p of the sign-flip test: is the mean of paired differences above zero?

    .. math:: p = 2^{-n} \, \#\{ s \in \{-1, 1\}^n : \sum_i s_i d_i \ge \sum_i d_i \}

    As `sign_flip_p`, its arguments and errors too, but only sums on the side of the one seen count; at least 1 / 2^n.
    Above exact_up_to of 19,999 random patterns.

    >>> one_sided_flip_p([1, 2, 3]), one_sided_flip_p([-1, -2, -3])
    (0.125, 1.0)
    """
    difference_N = numbers(differences, "differences", at_least=1)
    _check_exact(exact_up_to)
    largest = np.abs(difference_N).max()
    if largest == 0:
        return 1.0
    difference_N = np.sort(difference_N / largest)
    reach = float(difference_N.sum() - 1e-9 * np.abs(difference_N).sum())
    if len(difference_N) <= exact_up_to:
        return _exact_p(_sizes(difference_N), reach, one_sided=True)
    rng = _required(rng, len(difference_N), exact_up_to)
    return _sampled_p(_sizes(sum_blocks(difference_N, rng)), reach, rng, one_sided=True)


def _sizes(difference_N: NDArray[np.float64]) -> NDArray[np.float64]:
    """The differences without their signs, which flipping makes irrelevant, and without their order."""
    return np.sort(np.abs(difference_N))


def _check_exact(exact_up_to: int) -> None:
    if count(exact_up_to, "exact_up_to", at_least=0) > _MOST_EXACT:
        raise StatisticsError(f"`exact_up_to <= {_MOST_EXACT}` must hold, but got {exact_up_to}; lower it")


def _required(rng: np.random.Generator | None, n: int, exact_up_to: int) -> np.random.Generator:
    if rng is None:
        raise StatisticsError(
            f"`rng` must be given above `exact_up_to` pairs, but got {n} > {exact_up_to} pairs and no rng; "
            "pass rng=np.random.default_rng(0)"
        )
    return rng


def _exact_p(size_N: NDArray[np.float64], reach: float, one_sided: bool = False) -> float:
    """Every pattern counted, from the sums of each half of the pairs: two tables of 2^(n/2) sums stand for 2^n."""
    half = len(size_N) // 2
    left_P, right_P = np.sort(_all_sums(size_N[:half])), _all_sums(size_N[half:])
    above = len(left_P) - np.searchsorted(left_P, reach - right_P, side="left")
    below = 0 if one_sided else np.searchsorted(left_P, -reach - right_P, side="right")
    return int((above + below).sum()) / 2 ** len(size_N)


def _all_sums(size_N: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sums of all 2^n sign patterns."""
    sums_P = np.zeros(1)
    for size in size_N:
        sums_P = np.concatenate([sums_P - size, sums_P + size])
    return sums_P


def _sampled_p(size_N: NDArray[np.float64], reach: float, rng: np.random.Generator, one_sided: bool = False) -> float:
    """Random patterns, a bounded number at a time."""
    rows, hits, table_BS = _CELLS // len(size_N) + 1, 0, sums_of_bytes(size_N)
    drawn = _ONE_SIDED if one_sided else _FLIPS
    for start in range(0, drawn, rows):
        byte_BP = rng.integers(0, 256, size=(len(table_BS), min(rows, drawn - start)), dtype=np.uint8)
        # sum s d = 2 sum (s = 1) d - sum d
        sum_P = 2 * look_up(table_BS, byte_BP) - size_N.sum()
        hits += int(((sum_P if one_sided else np.abs(sum_P)) >= reach).sum())
    return (hits + 1) / (drawn + 1)


def sums_of_bytes(size_N: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each eight sizes, the sum of those whose bit is set, by byte: (n / 8, 256)."""
    padded = np.concatenate([size_N, np.zeros(-len(size_N) % 8)]).reshape(-1, 8)
    return padded @ np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).T


def look_up(table_BS: NDArray[np.float64], byte_BP: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The sum of what is picked by each pattern of bits, from the table of `sums_of_bytes`."""
    sum_P = np.zeros(byte_BP.shape[1])
    for table_S, byte_P in zip(table_BS, byte_BP, strict=True):
        sum_P += table_S.take(byte_P)
    return sum_P
