"""Which differences may be claimed. Suffix M: comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import count, fraction, numbers
from ._paired import PairedDifference
from ._power import smallest_visible_difference
from ._unpaired import UnpairedDifference, smallest_visible_unpaired

Difference = TypeVar("Difference", bound=PairedDifference | UnpairedDifference, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Verdict(Generic[Difference]):
    """What may be said of one difference: the arm whose mean is larger, or "none" and what could have been seen.

    adjusted_p = Holm's p over the whole family. smallest_visible = the smallest true mean difference that this design
    sees with power 0.8, in the unit of the scores; `inf` where it can see none.
    """

    difference: Difference
    adjusted_p: float
    claim: Literal["a", "b", "none"]
    smallest_visible: float


def holm(p_values: ArrayLike, *, family: int | None = None) -> NDArray[np.float64]:
    r"""Holm's adjusted p: rejecting those below alpha makes any false rejection at most alpha likely.

    .. math:: \tilde p_{(j)} = \min\{1,\ \max_{i \le j} \, (m - i + 1) \, p_{(i)}\}

    p_values: shape (M,), in any order, which the answer keeps. p_(i) = the i-th smallest. m = family, M unless given.
    Give more where the p-values were picked, with an eye on the data, from a larger family; those left out count as
    larger, which errs on the safe side.

    Raises StatisticsError: a p outside [0, 1], NaN, a family smaller than M.

    Holm, `A Simple Sequentially Rejective Multiple Test Procedure <https://www.jstor.org/stable/4615733>`_, 1979.

    >>> holm([0.01, 0.04, 0.03]).tolist(), holm([0.01], family=3).tolist()
    ([0.03, 0.06, 0.06], [0.03])
    """
    p_M = numbers(p_values, "p_values", at_least=0)
    if ((p_M < 0) | (p_M > 1)).any():
        raise StatisticsError(f"`0 <= p <= 1` must hold, but got {p_M.tolist()}; pass p-values, not statistics")
    size = _family_size(len(p_M), family)
    order_M = np.argsort(p_M, kind="stable")
    stepped_M = np.maximum.accumulate((size - np.arange(len(p_M))) * p_M[order_M])
    adjusted_M = np.empty_like(p_M)
    adjusted_M[order_M] = np.minimum(stepped_M, 1.0)
    return adjusted_M


def judge(
    comparisons: Sequence[Difference], *, alpha: float = 0.05, family: int | None = None
) -> tuple[Verdict[Difference], ...]:
    r"""A verdict for each comparison, so that any false claim among all of them is at most alpha likely.

    A claim needs three things: the interval excludes zero, Holm's p over all comparisons is below alpha, and the mean
    difference lies on the interval's side of zero. Else the claim is "none". The smallest visible difference is that of
    `smallest_visible_difference`, or of `smallest_visible_unpaired`, at alpha / family. Paired and unpaired comparisons
    may stand in one family.

    family = how many comparisons might have been asked; len(comparisons) unless given. Leave it where what is
    compared was fixed before these seeds were run. Where the leader was found on these very seeds, every pair of the
    k arms might have been asked: pass k (k - 1) / 2. Share of simulated studies with a false claim, eight equal arms
    on ten seeds, one against the other seven: 4 % where the one was fixed before, 10 % where it is the leader of
    these seeds; when intervals alone decide, 40 % and 70 %.

    Raises StatisticsError: alpha outside (0, 1), a family smaller than the number of comparisons.

    `Du, 2025 <https://arxiv.org/abs/2511.19794>`_, for the two conditions; Holm, 1979 (see `holm`), for the family.

    >>> from lrlab.stats import paired
    >>> better, same = [1.1, 2.3, 3.2, 4.1, 5.3, 6.2, 7.1], [0.9, 2.1, 3.0, 3.9, 5.2, 5.8, 7.2]
    >>> pairs = [paired(arm, [1, 2, 3, 4, 5, 6, 7], rng=np.random.default_rng(0)) for arm in (better, same)]
    >>> [(v.claim, v.adjusted_p, round(v.smallest_visible, 2)) for v in judge(pairs)]
    [('a', 0.03125, 0.13), ('none', 1.0, 0.23)]
    """
    alpha, size = fraction(alpha, "alpha"), _family_size(len(comparisons), family)
    adjusted_M = holm([pair.p for pair in comparisons], family=family)
    return tuple(
        Verdict(
            difference=pair,
            adjusted_p=float(adjusted_p),
            claim=_favoured_arm(pair) if adjusted_p < alpha else "none",
            smallest_visible=_smallest_visible(pair, size, alpha),
        )
        for pair, adjusted_p in zip(comparisons, adjusted_M, strict=True)
    )


def _smallest_visible(pair: PairedDifference | UnpairedDifference, comparisons: int, alpha: float) -> float:
    if isinstance(pair, UnpairedDifference):
        return smallest_visible_unpaired(pair, comparisons=comparisons, alpha=alpha)
    return smallest_visible_difference(pair.sd, pair.n, comparisons=comparisons, alpha=alpha)


def _favoured_arm(pair: PairedDifference | UnpairedDifference) -> Literal["a", "b", "none"]:
    """The arm that the interval favours."""
    if pair.low > 0 and pair.difference > 0:
        return "a"
    if pair.high < 0 and pair.difference < 0:
        return "b"
    return "none"


def _family_size(given: int, family: int | None) -> int:
    size = given if family is None else count(family, "family")
    if size < given:
        raise StatisticsError(
            f"`family >= number of comparisons` must hold, but got {size} < {given}; "
            "count every comparison that might have been asked"
        )
    return size
