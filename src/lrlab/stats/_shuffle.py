"""The permutation test of two arms, studentised, within strata. Suffix P: ways to deal the runs; N: runs."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, combinations
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from ._checks import mean

_MOST_COUNTED = 200_000  # ways; ten runs against ten have 184,756
SHUFFLES = 19_999
_CELLS = 2**21  # runs dealt at once

Labels = tuple[Sequence[Hashable], Sequence[Hashable]]
_Sums = tuple[NDArray[np.float64], NDArray[np.float64]]  # of the first arm's values, and of their squares, by way


def shuffle_p(
    a_A: NDArray[np.float64], b_B: NDArray[np.float64], strata: Labels, rng: np.random.Generator, drawn: int
) -> float:
    """The share of the ways to deal the runs, within strata, whose |t| is at least that of the way they came."""
    pooled_N = np.concatenate([a_A, b_B])
    pooled_N = pooled_N - mean(pooled_N)
    if (largest := np.abs(pooled_N).max()) == 0 or np.ptp(pooled_N) == 0:
        return 1.0
    pooled_N /= largest
    first_N = np.arange(len(pooled_N)) < len(a_A)
    if mean(pooled_N[first_N]) > mean(pooled_N[~first_N]):  # so that turned signs see the same draws
        pooled_N = -pooled_N
    groups = _sorted_groups(pooled_N, first_N, [*strata[0], *strata[1]])
    all_sums, own_sums = _sums_of(pooled_N), _sums_of(pooled_N[first_N])
    own = squared_t(own_sums, all_sums, len(a_A), len(b_B))
    counted = prod(comb(len(group), taken) for group, taken in groups) <= _MOST_COUNTED
    hits = ways = 0
    for sums in [_all_sums(groups)] if counted else _drawn_sums(groups, rng, drawn):
        hits += int((squared_t(sums, all_sums, len(a_A), len(b_B)) >= own * (1 - 1e-9)).sum())
        ways += len(sums[0])
    return hits / ways if counted else (hits + 1) / (ways + 1)


def smallest_shuffle_p(strata: Labels, drawn: int | None = None) -> float:
    """The smallest p that arms with so many runs in each stratum can give, where not all ways are counted by `drawn`.

    None: however many that needs.
    """
    in_a, in_b = Counter(strata[0]), Counter(strata[1])
    ways = prod(comb(in_a[label] + in_b[label], in_a[label]) for label in in_a | in_b)
    exact = (1 + (in_a == in_b)) / ways
    return min(1.0, exact if drawn is None or ways <= _MOST_COUNTED else max(exact, 1 / (drawn + 1)))


def _sums_of(values_N: NDArray[np.float64]) -> _Sums:
    return values_N.sum(keepdims=True), (values_N**2).sum(keepdims=True)


def _sorted_groups(
    pooled_N: NDArray[np.float64], first_N: NDArray[np.bool_], labels: list[Hashable]
) -> list[tuple[NDArray[np.float64], int]]:
    """The values of each stratum in order, and how many of them are the first arm's; the order is no one's choice."""
    members: dict[Hashable, list[int]] = {}
    for place, label in enumerate(labels):
        members.setdefault(label, []).append(place)
    groups = [(np.sort(pooled_N[places]), int(first_N[places].sum())) for places in members.values()]
    return sorted(groups, key=lambda group: (len(group[0]), group[1], group[0].tolist()))


def squared_t(first: _Sums, both: _Sums, n_a: int, n_b: int) -> NDArray[np.float64]:
    """T squared of every way; infinite where neither arm spreads but they differ, 0 where they do not."""
    sum_P, square_P = first
    other_P, other_square_P = both[0] - sum_P, both[1] - square_P
    away_P = sum_P / n_a - other_P / n_b
    error_P = (square_P - sum_P**2 / n_a) / (n_a * (n_a - 1)) + (other_square_P - other_P**2 / n_b) / (n_b * (n_b - 1))
    # What rounding leaves of no spread would make t any large number; ties among those must stay ties.
    error_P = np.where(error_P < 1e-13, 0.0, error_P)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(away_P) < 1e-13, 0.0, away_P**2 / error_P)


def _all_sums(groups: Sequence[tuple[NDArray[np.float64], int]]) -> _Sums:
    """Of every way, once: each stratum's own, and all combinations of those."""
    sum_P, square_P = np.zeros(1), np.zeros(1)
    for values_N, taken in groups:
        dealt_P, dealt_square_P = _dealt_sums(values_N, taken)
        sum_P = np.add.outer(sum_P, dealt_P).ravel()
        square_P = np.add.outer(square_P, dealt_square_P).ravel()
    return sum_P, square_P


def _dealt_sums(values_N: NDArray[np.float64], taken: int) -> _Sums:
    """Of every choice of so many values: those of one half of the values and of the other, each with each."""
    halves = values_N[: len(values_N) // 2], values_N[len(values_N) // 2 :]
    parts: list[_Sums] = []
    for here in range(max(0, taken - len(halves[1])), min(taken, len(halves[0])) + 1):
        ways = [half[_all_ways(len(half), k)] for half, k in zip(halves, (here, taken - here), strict=True)]
        sums, squares = [dealt.sum(axis=0) for dealt in ways], [(dealt**2).sum(axis=0) for dealt in ways]
        parts.append((np.add.outer(*sums).ravel(), np.add.outer(*squares).ravel()))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


@lru_cache(maxsize=64)  # of a judgement, most arms have one size
def _all_ways(n: int, taken: int) -> NDArray[np.int64]:
    """Which runs the first arm gets, (taken, P)."""
    ways = comb(n, taken)
    flat = np.fromiter(chain.from_iterable(combinations(range(n), taken)), dtype=np.int64, count=ways * taken)
    return np.ascontiguousarray(flat.reshape(ways, taken).T)


def _drawn_sums(
    groups: Sequence[tuple[NDArray[np.float64], int]], rng: np.random.Generator, drawn: int
) -> Iterator[_Sums]:
    """Of drawn ways, a bounded number at a time."""
    rows = max(1, _CELLS // sum(len(values_N) for values_N, _ in groups))
    for start in range(0, drawn, rows):
        size = min(rows, drawn - start)
        sum_P, square_P = np.zeros(size), np.zeros(size)
        for values_N, taken in groups:
            if taken == 0:
                continue
            lot_PN = rng.random((size, len(values_N)))
            dealt_PN = lot_PN <= np.partition(lot_PN, taken - 1, axis=1)[:, taken - 1 : taken]
            both_P2 = dealt_PN @ np.stack([values_N, values_N**2], axis=1)
            sum_P += both_P2[:, 0]
            square_P += both_P2[:, 1]
        yield sum_P, square_P
