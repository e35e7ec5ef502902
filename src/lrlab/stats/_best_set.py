"""Which arms may be the best. Suffix N: seeds."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from ..errors import StatisticsError
from ._checks import fraction, numbers, subtract
from ._max_t import max_t


def best_set(
    scores: Mapping[str, Sequence[float]],
    *,
    higher_is_better: bool,
    rng: np.random.Generator,
    alpha: float = 0.05,
) -> tuple[str, ...]:
    r"""The arms of which it cannot be said that another is better: the best one is among them.

    .. math:: \{ a : \tilde p_{ab} > alpha \text{ or } \bar a \ge \bar b \text{ for all } b \}

    scores: of each arm, seed by seed, all on the same seeds. p_ab = adjusted p of `max_t` over all pairs of arms. An
    arm is out where another is claimed better than it, so that one as good as any is out at most alpha often.
    The arm with the best mean always stays. In the order given.

    Raises StatisticsError: arms on different numbers of seeds, fewer than 1 seed, NaN or inf, alpha outside (0, 1).

    Hansen, Lunde & Nason, `The Model Confidence Set <https://doi.org/10.3982/ECTA5771>`_, 2011, for the idea.

    >>> scores = {"a": [5, 6, 7, 6, 5, 6, 7], "b": [5, 6, 6, 7, 5, 6, 7], "c": [1, 2, 3, 2, 2, 1, 2]}
    >>> best_set(scores, higher_is_better=True, rng=np.random.default_rng(0))
    ('a', 'b')
    """
    fraction(alpha, "alpha")
    lengths = {len(values) for values in scores.values()}
    if len(lengths) > 1:
        raise StatisticsError(
            f"arms must share their seeds, but have {sorted(lengths)} of them; keep the seeds that every arm has"
        )
    sign = 1.0 if higher_is_better else -1.0
    signed = {label: sign * numbers(values, label, at_least=1) for label, values in scores.items()}
    pairs = list(combinations(signed, 2))
    if not pairs:
        return tuple(signed)
    row_MN = np.stack([subtract(signed[a], signed[b]) for a, b in pairs])
    claimed_M, ahead_M = max_t(row_MN, rng=rng) < alpha, row_MN.sum(axis=1) > 0
    beaten = {b if ahead else a for (a, b), ahead, claimed in zip(pairs, ahead_M, claimed_M, strict=True) if claimed}
    return tuple(label for label in signed if label not in beaten)
