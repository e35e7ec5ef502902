"""Paired questions judged at planned looks. Suffix M: questions; N: pairs; P: sign patterns; L: looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import count, fraction, mean, numbers, spread
from ._equivalence import check_margin
from ._flip_interval import flip_interval
from ._interval import Interval, without_zero
from ._judge import holm
from ._sign_flip import sign_flip_p
from ._spending import SPENDING, spent_shares

EXACT_LOOKS = 15  # up to so many pairs at the last look every pattern is counted
LOOK_FLIPS = 2**15
LITTLE_CHANCE = 0.1  # of being decided by the last look, below which a question is given up
_TIE = 1e-9


class _Course(NamedTuple):
    """A statistic at the looks reached, by sign pattern, and as it was seen; how close values count as equal."""

    flipped: list[NDArray[np.float64]]
    seen: list[float]
    tie: float


@dataclass(frozen=True, kw_only=True)
class LookVerdict:
    """What may be said of one question at the look it has come to.

    claim: "a" or "b", the arm whose mean is larger; "equal": within the margin; "none": open. p: sequential, of the
    question alone; adjusted_p: over the family; equal_p: of lying within the margin, over the family; None without one.
    hopeless: open, and hardly to be decided by the last look.
    """

    claim: Literal["a", "b", "equal", "none"]
    p: float
    adjusted_p: float
    equal_p: float | None
    hopeless: bool


def sequential_p(
    differences: ArrayLike, looks: Sequence[int], *, rng: np.random.Generator, power: float = SPENDING
) -> float:
    r"""The two-sided p of a mean difference that is looked at while pairs come in; it holds at whatever look one stops.

    .. math:: q = \min_{j \le l} p_j / w_j, \qquad
        p = P_s\Big( \min_{j \le l} p_j(s) / w_j \le q \Big) + q \, (1 - w_1 - .. - w_l)

    differences: shape (n,), n one of the looks n_1 < .. < n_L. p_j = sign-flip p of the first n_j pairs, p_j(s) = what
    it would be with these signs turned by the pattern s; w_j: `spent_shares`. The second term bounds what looks still
    to come can add, whatever they bring: so p only falls from look to look, to an ordinary sign-flip p of the smallest
    p_j / w_j at the last. Whoever stops as soon as p <= x has stopped wrongly at most x often. One look: `sign_flip_p`.

    Patterns: all 2^(n_L) up to 15 pairs at the last look; else 32,768, the one seen and others drawn at random, the
    same at every look if `rng` is in the same state, which keeps the guarantee as it is.

    Raises StatisticsError: NaN or inf, a number of differences that is no look, looks that do not increase.

    Lan & DeMets, `Discrete sequential boundaries for clinical trials <https://doi.org/10.1093/biomet/70.3.659>`_, 1983,
    for spending; Jennison & Turnbull, `Group Sequential Methods <https://doi.org/10.1201/9780367805326>`_, 2000.

    >>> looks, rng = [6, 10], np.random.default_rng(0)
    >>> sequential_p([1, 2, 2, 3, 1, 2], looks, rng=rng) < 0.07, sequential_p([1, 2, 2], [3], rng=rng)
    (True, 0.25)
    """
    weight_L = spent_shares(looks, power=power)
    values_N = _planned(differences, looks)
    (course,), _ = _courses([values_N], looks, None, _look_patterns(looks[-1], rng))
    return _running_p(course, weight_L)


def judge_look(
    differences: Sequence[ArrayLike] | NDArray[np.float64],
    looks: Sequence[int],
    *,
    margin: float | None = None,
    alpha: float = 0.05,
    power: float = SPENDING,
    rng: np.random.Generator,
    flips: int = LOOK_FLIPS,
) -> tuple[LookVerdict, ...]:
    r"""Verdicts of a family of questions at planned looks: at all looks together, any false claim is at most alpha.

    differences: of each question, pair by pair, from the first; as many as the look it has come to has. A question that
    is decided, or given up, may stay behind: its p stands as it was. p is `sequential_p`, adjusted by Holm over all
    questions, whether they go on or not; as no p ever rises, what is claimed at a look stays claimed at later ones.
    equal_p: the larger of two one-sided sequential p, of differences + margin and margin - differences, by Holm; so
    that "within the margin" is said wrongly at most alpha often, at all looks together.

    hopeless: by normal reckoning from the pairs at hand the chance to be decided at the last look is below a tenth. It
    binds nobody: going on, or giving up, costs none of the guarantee. flips: patterns drawn; fewer are as valid, but
    coarser: their p is never below 1 / flips.

    Raises StatisticsError: as `sequential_p`; alpha outside (0, 1), a margin that is not above 0.

    >>> rows = [[1.1, 2.3, 3.2, 2.2, 1.9, 2.5, 1.4, 2.0], [0.1, -0.2, 0.1, 0.0, -0.1, 0.2, 0.1, -0.1]]
    >>> [each.claim for each in judge_look(rows, [8, 12], margin=1.0, rng=np.random.default_rng(0))]
    ['a', 'equal']
    """
    fraction(alpha, "alpha")
    weight_L = spent_shares(looks, power=power)
    rows = [_planned(row, looks) for row in differences]
    if margin is not None:
        check_margin(margin)
    two_sided, sides = _courses(rows, looks, margin, _look_patterns(looks[-1], rng, flips))
    own = [_running_p(course, weight_L) for course in two_sided]
    adjusted = holm(own).tolist()
    equal: list[float | None] = [None] * len(rows)
    if margin is not None:
        equal = list(holm([max(_running_p(side, weight_L) for side in pair) for pair in sides]).tolist())
    open_count = max(1, sum(p >= alpha for p in adjusted))
    return tuple(
        _verdict(row, course, p, (adjusted_p, equal_p), alpha, (looks, weight_L, margin, open_count))
        for row, course, p, adjusted_p, equal_p in zip(rows, two_sided, own, adjusted, equal, strict=True)
    )


def repeated_interval(
    values: ArrayLike,
    looks: Sequence[int],
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    power: float = SPENDING,
) -> Interval:
    r"""The mean with an interval that holds at whatever look one stops: what `flip_interval` is for one look.

    .. math:: \bigcap_{j \le l} \text{flip interval of the first } n_j \text{ values at level } 1 - w_j (1 - level)

    values: shape (n,), n >= 2 one of the looks. All looks together miss the centre at most 1 - level often, where the
    values lie symmetrically around it. Looks too early for their level say nothing. Where values drift, looks may hold
    nothing in common, or not the mean of all: then the interval is that of the last look. Raises StatisticsError: as
    `sequential_p` and `flip_interval`, and where no look so far can say anything.

    Jennison & Turnbull, `Repeated confidence intervals for group sequential clinical trials
    <https://doi.org/10.1016/0197-2456(84)90135-X>`_, 1984.

    >>> point, low, high, *_ = repeated_interval([1, 2, 3, 4, 10, 4], [6], rng=np.random.default_rng(0))
    >>> point, low, high
    (4.0, 1.0, 10.0)
    """
    fraction(level, "level")
    values_N, weight_L = _planned(values, looks), spent_shares(looks, power=power)
    parts: list[Interval] = []
    for look, weight in zip(looks, weight_L, strict=True):
        miss = (1 - level) * float(weight)
        if look <= len(values_N) and miss * 2.0 ** (look - 1) >= 1:
            parts.append(flip_interval(values_N[:look], rng=rng, level=1 - miss, exact_up_to=EXACT_LOOKS))
    if not parts:
        raise StatisticsError(
            f"no interval at level {level:g} comes of {len(values_N)} pairs with looks at {list(looks)}; "
            "look later, or lower the level"
        )
    low, high, point = max(part.low for part in parts), min(part.high for part in parts), mean(values_N)
    if not low <= point <= high:  # what earlier looks held is left
        low, high = min(parts[-1].low, point), max(parts[-1].high, point)
    return Interval(point, low, high, level, len(values_N))


def interval_of_claim(values: ArrayLike, looks: Sequence[int], *, rng: np.random.Generator) -> Interval:
    """`repeated_interval` of a mean that is claimed to differ from zero, cut by `sequential_p` where it holds zero.

    The looks' intervals share the error in another way than their p, so that now and then zero is left in the interval
    of a claim. Where an early look rejects the very mean of all values, as it may where they drift, the p of the last
    look alone cuts. Arguments and errors as in `repeated_interval`.
    """
    wide, seed = repeated_interval(values, looks, rng=rng), int(rng.integers(2**32))
    values_N = _planned(values, looks)

    def p_of(shift: float) -> float:
        return sequential_p(values_N - shift, looks, rng=np.random.default_rng(seed))

    def last_p_of(shift: float) -> float:
        return sign_flip_p(values_N - shift, rng=np.random.default_rng(seed))

    holds = not wide.low <= 0 <= wide.high or p_of(wide.point) > 1 - wide.level
    return without_zero(wide, p_of if holds else last_p_of)


def _verdict(
    row_N: NDArray[np.float64],
    course: _Course,
    p: float,
    both: tuple[float, float | None],
    alpha: float,
    design: tuple[Sequence[int], NDArray[np.float64], float | None, int],
) -> LookVerdict:
    adjusted_p, equal_p = both
    claim: Literal["a", "b", "equal", "none"] = "none"
    if adjusted_p < alpha and course.seen[-1] > course.tie:
        claim = "a" if row_N.sum() > 0 else "b"
    elif equal_p is not None and equal_p < alpha:
        claim = "equal"
    hopeless = claim == "none" and chance_to_decide(row_N, *design, alpha=alpha) < LITTLE_CHANCE
    return LookVerdict(claim=claim, p=p, adjusted_p=adjusted_p, equal_p=equal_p, hopeless=hopeless)


def chance_to_decide(
    row_N: NDArray[np.float64],
    looks: Sequence[int],
    weight_L: NDArray[np.float64],
    margin: float | None,
    comparisons: int,
    *,
    alpha: float,
) -> float:
    """About how likely the last look decides a question of these pairs: by normal reckoning, the spread as seen."""
    from scipy.special import ndtr, stdtrit

    n, last, sd = len(row_N), looks[-1], spread(row_N) if len(row_N) > 1 else 0.0
    if n == last:
        return 0.0
    if sd == 0:
        return 1.0
    level = alpha * float(weight_L[-1]) / comparisons
    centre, error = mean(row_N), sd / sqrt(last)
    coming = error * sqrt((last - n) / n)  # of the mean at the last look, given that at this one
    far = -float(stdtrit(last - 1, level / 2)) * error
    chance = float(ndtr((centre - far) / coming) + ndtr((-centre - far) / coming))
    if margin is None:
        return chance
    near = margin + float(stdtrit(last - 1, level)) * error
    return chance + max(0.0, float(ndtr((near - centre) / coming) - ndtr((-near - centre) / coming)))


def _planned(differences: ArrayLike, looks: Sequence[int]) -> NDArray[np.float64]:
    row_N = numbers(differences, "differences", at_least=1)
    if len(row_N) not in [count(look, "looks") for look in looks]:
        raise StatisticsError(
            f"a question stops at a planned look, {', '.join(map(str, looks))}, but has {len(row_N)} pairs; "
            "give the pairs of the look it has come to"
        )
    return row_N


def _courses(
    rows: Sequence[NDArray[np.float64]], looks: Sequence[int], margin: float | None, sign_PN: NDArray[np.int8]
) -> tuple[list[_Course], list[tuple[_Course, _Course]]]:
    """Of each row, |sum of s d| at the looks it has come to; and with a margin, sums of s (margin +- d)."""
    planned_NM = np.zeros((looks[-1], len(rows)))
    for place, row in enumerate(rows):
        planned_NM[: len(row), place] = row
    tie = [_TIE * (float(np.abs(row).sum()) + (margin or 0.0) * len(row)) for row in rows]
    two_sided = [_Course([], [], each) for each in tie]
    sides = [(_Course([], [], each), _Course([], [], each)) for each in tie] if margin is not None else []
    sum_PM, margin_P = np.zeros((len(sign_PN), len(rows))), np.zeros(len(sign_PN))
    for before, look in pairwise((0, *looks)):
        if all(len(row) < look for row in rows):
            break
        part_PN = sign_PN[:, before:look].astype(np.float64)
        sum_PM = sum_PM + part_PN @ planned_NM[before:look]
        margin_P = margin_P + part_PN.sum(axis=1) * (margin or 0.0)
        for place, row in enumerate(rows):
            if len(row) < look:
                continue
            sum_P, seen = np.ascontiguousarray(sum_PM[:, place]), float(row[:look].sum())
            two_sided[place].flipped.append(np.abs(sum_P))
            two_sided[place].seen.append(abs(seen))
            for course, sign in zip(sides[place] if sides else (), (1, -1), strict=False):
                course.flipped.append(margin_P + sign * sum_P)
                course.seen.append((margin or 0.0) * look + sign * seen)
    return two_sided, sides


def _look_patterns(last: int, rng: np.random.Generator, flips: int = LOOK_FLIPS) -> NDArray[np.int8]:
    """Sign patterns of the pairs up to the last look: all, or the one seen and drawn ones."""
    if last <= EXACT_LOOKS:
        return (1 - 2 * (np.arange(2**last)[:, None] >> np.arange(last) & 1)).astype(np.int8)
    sign_PN = 1 - 2 * rng.integers(0, 2, size=(flips, last), dtype=np.int8)
    sign_PN[0] = 1
    return sign_PN


def _running_p(course: _Course, weight_L: NDArray[np.float64]) -> float:
    """`sequential_p` of a statistic at the looks it has come to, large where the claim is near."""
    reached = len(course.seen)
    p_L = [
        float((flipped_P >= seen - course.tie).mean())
        for flipped_P, seen in zip(course.flipped, course.seen, strict=True)
    ]
    spent_L = [p / float(weight) for p, weight in zip(p_L, weight_L, strict=False)]
    least = min(spent_L)
    crossed_P = np.zeros(len(course.flipped[0]), dtype=bool)
    for place, flipped_P in enumerate(course.flipped):
        if spent_L[place] <= least * (1 + 1e-12):
            crossed_P |= flipped_P >= course.seen[place] - course.tie
        else:
            crossed_P |= _largest_share(flipped_P, least * float(weight_L[place]), course.tie)
    return min(1.0, float(crossed_P.mean()) + least * max(0.0, 1 - float(weight_L[:reached].sum())))


def _largest_share(flipped_P: NDArray[np.float64], share: float, tie: float) -> NDArray[np.bool_]:
    """Which values are the largest ones, at most this share of all; ties are in or out together."""
    most = int(share * len(flipped_P) + 1e-9)
    if most >= len(flipped_P):
        return np.ones(len(flipped_P), dtype=bool)
    place = len(flipped_P) - most - 1
    return flipped_P > np.partition(flipped_P, place)[place] + tie
