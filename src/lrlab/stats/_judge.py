"""Which differences may be claimed. Suffix M: comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Generic, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import count, fraction, numbers
from ._decided import smallest_decided_difference
from ._equivalence import check_margin, equivalence_p
from ._max_t import critical_t, max_t
from ._paired import PairedDifference
from ._power import few_patterns, noncentrality
from ._unpaired import UnpairedDifference, smallest_visible_unpaired

Difference = TypeVar("Difference", bound=PairedDifference | UnpairedDifference, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Verdict(Generic[Difference]):
    """What may be said of one difference: which arm's mean is larger, or that they are equal within the margin.

    claim: "a" or "b", the arm whose mean is larger; "equal": within `margin` of each other; "none": undecided.
    adjusted_p = p of the difference, adjusted over the whole family. equal_p = p of lying within the margin, adjusted
    over the whole family; None where no margin was given, or for arms that are not paired.
    smallest_visible = the smallest true mean difference that this design sees with power 0.8, in the unit of the
    scores; `inf` where it can see none. level = the p that one question alone must be below to be claimed at the first
    step, as a t test has it; 0 where none is.
    """

    difference: Difference
    adjusted_p: float
    claim: Literal["a", "b", "equal", "none"]
    smallest_visible: float
    margin: float | None = None
    equal_p: float | None = None
    level: float = 0.05


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
    comparisons: Sequence[Difference],
    *,
    alpha: float = 0.05,
    family: int | None = None,
    margin: float | None = None,
    shared: bool = False,
    among: Sequence[Sequence[float]] = (),
    rng: np.random.Generator | None = None,
) -> tuple[Verdict[Difference], ...]:
    r"""A verdict for each comparison, so that any false claim among all of them is at most alpha likely.

    A difference is claimed, for the arm that its mean favours, where p adjusted over all comparisons is below alpha. Of
    paired arms p is the sign-flip test's, and the interval is that test turned around, so it is not asked again; of
    unpaired ones the interval, which is another method's, must exclude zero too. What is not claimed so, and has a
    `margin`, is "equal" where `equivalence_p`, by Holm over all comparisons, is below alpha: at most alpha of studies
    say that wrongly. Else the claim is "none".

    shared: all comparisons are paired, on the same seeds in the same order. p is then adjusted by `max_t`, which knows
    what they have in common, and is no smaller than the question's own; else by Holm, and paired and unpaired
    comparisons may stand in one family. rng: for `max_t` and `equivalence_p` with many seeds.

    family = how many comparisons might have been asked; len(comparisons) unless given. Leave it where what is
    compared was fixed before these seeds were run. Where the leader was found on these very seeds, every pair of the
    k arms might have been asked: pass k (k - 1) / 2, and with `shared` the differences of those not among the
    comparisons as `among`. The smallest visible difference is that of the first step of this very rule.

    Raises StatisticsError: alpha outside (0, 1), a family smaller than the number of comparisons, a margin that is not
    above 0, shared comparisons that are not paired on equally many seeds.

    `Du, 2025 <https://arxiv.org/abs/2511.19794>`_, for interval and p together; Westfall & Young, see `max_t`; Holm,
    see `holm`.

    >>> from lrlab.stats import paired
    >>> better, same = [1.1, 2.3, 3.2, 4.1, 5.3, 6.2, 7.1], [0.9, 2.1, 3.0, 3.9, 5.2, 5.8, 7.2]
    >>> pairs = [paired(arm, [1, 2, 3, 4, 5, 6, 7], rng=np.random.default_rng(0)) for arm in (better, same)]
    >>> [(v.claim, v.adjusted_p, round(v.smallest_visible, 2)) for v in judge(pairs)]
    [('a', 0.03125, 0.17), ('none', 1.0, 0.3)]
    >>> [verdict.claim for verdict in judge(pairs, margin=0.5, shared=True, rng=np.random.default_rng(0))]
    ['a', 'equal']
    """
    alpha, size = fraction(alpha, "alpha"), _family_size(len(comparisons), family)
    rng = np.random.default_rng(0) if rng is None else rng
    if shared:
        rows = [*_shared_rows(comparisons), *among]
        own_M = np.array([pair.p for pair in comparisons])
        # Where patterns are drawn, those of the adjusted p are others than those of p, and fewer seeds are counted.
        adjusted_M = own_M if len(rows) == 1 else np.maximum(max_t(rows, rng=rng)[: len(comparisons)], own_M)
        level = _level_of(critical_t(rows, alpha=alpha, rng=rng), len(rows[0]), alpha) if rows else alpha
        level = min(level, alpha)  # of few seeds the patterns may be fewer than a t test's
        visible = [_visible_at(pair, level, alpha) for pair in comparisons]
    else:
        adjusted_M, level = holm([pair.p for pair in comparisons], family=family), alpha / max(size, 1)
        visible = [_smallest_visible(pair, size, alpha) for pair in comparisons]
    equal = _equal_p(comparisons, margin, family, rng)
    return tuple(
        Verdict(
            difference=pair,
            adjusted_p=float(adjusted_p),
            claim=_claim_of(pair, adjusted_p < alpha, equal_p is not None and equal_p < alpha),
            smallest_visible=smallest,
            margin=margin,
            equal_p=equal_p,
            level=level,
        )
        for pair, adjusted_p, smallest, equal_p in zip(comparisons, adjusted_M, visible, equal, strict=True)
    )


def _shared_rows(comparisons: Sequence[PairedDifference | UnpairedDifference]) -> list[tuple[float, ...]]:
    """The differences of each comparison, seed by seed."""
    rows = [pair.differences for pair in comparisons if isinstance(pair, PairedDifference)]
    if len(rows) < len(comparisons) or len({len(row) for row in rows}) > 1:
        raise StatisticsError(
            "`shared` comparisons must be paired on the same seeds, but they are not; leave it out, or keep the seeds "
            "that all arms have"
        )
    return rows


def _equal_p(
    comparisons: Sequence[PairedDifference | UnpairedDifference],
    margin: float | None,
    family: int | None,
    rng: np.random.Generator,
) -> list[float | None]:
    """The p of lying within the margin of each paired comparison, by Holm over the family; None of all others."""
    if margin is None:
        return [None] * len(comparisons)
    check_margin(margin)
    own = [
        equivalence_p(pair.differences, margin, rng=rng) if isinstance(pair, PairedDifference) else 1.0
        for pair in comparisons
    ]
    adjusted = holm(own, family=family).tolist()
    return [p if isinstance(pair, PairedDifference) else None for pair, p in zip(comparisons, adjusted, strict=True)]


def _level_of(critical: float, n: int, alpha: float) -> float:
    """The two-sided level of a t test of n pairs that claims from this Student's t on; alpha where nothing spreads."""
    from scipy.special import stdtr

    if critical == 0:
        return alpha
    return 2 * float(stdtr(n - 1, -critical)) if critical < inf else 0.0


def _visible_at(pair: PairedDifference | UnpairedDifference, level: float, alpha: float) -> float:
    """The smallest true difference that max-T's first step, of this level, sees in four of five repetitions."""
    if not isinstance(pair, PairedDifference) or level == 0:
        return inf
    cost = few_patterns(pair.n, alpha)[1]
    return pair.sd * cost * noncentrality(pair.n - 1, level, 0.8) / sqrt(pair.n) if pair.sd > 0 else 0.0


def _smallest_visible(pair: PairedDifference | UnpairedDifference, comparisons: int, alpha: float) -> float:
    if isinstance(pair, UnpairedDifference):
        return smallest_visible_unpaired(pair, comparisons=comparisons, alpha=alpha)
    return smallest_decided_difference(pair.sd, pair.n, comparisons=comparisons, alpha=alpha, shared=False)


def _claim_of(
    pair: PairedDifference | UnpairedDifference, differs: bool, equals: bool
) -> Literal["a", "b", "equal", "none"]:
    """What is claimed where the adjusted p allow it."""
    paired = isinstance(pair, PairedDifference)
    if differs and pair.difference > 0 and (paired or pair.low > 0):
        return "a"
    if differs and pair.difference < 0 and (paired or pair.high < 0):
        return "b"
    return "equal" if equals else "none"


def _family_size(given: int, family: int | None) -> int:
    size = given if family is None else count(family, "family")
    if size < given:
        raise StatisticsError(
            f"`family >= number of comparisons` must hold, but got {size} < {given}; "
            "count every comparison that might have been asked"
        )
    return size
