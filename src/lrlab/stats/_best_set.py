"""Which arms may be the best. Suffix N: seeds."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import StatisticsError
from ._checks import fraction, numbers, subtract
from ._max_t import p_of_largest


def best_set(
    scores: Mapping[str, Sequence[float]],
    *,
    higher_is_better: bool,
    rng: np.random.Generator,
    alpha: float = 0.05,
) -> tuple[str, ...]:
    r"""The arms of which it cannot be said that another is better: the best one is among them.

    .. math:: \{ a : \tilde p_a > alpha \}, \qquad \tilde p_a = \min_{b \ne a} \text{max-}T_{b \ne a}(b - a > 0)

    scores: of each arm, seed by seed, all on the same seeds. An arm is out where the one-sided `max_t` of all others
    less it claims one of them. Nobody need know which arm leads: only the test of the truly best one could be wrong, so
    it is out at most alpha often. At least one arm always stays. In the order given.

    Raises StatisticsError: arms on different numbers of seeds, fewer than 1 seed, NaN or inf, alpha outside (0, 1).

    Hsu, `Multiple Comparisons <https://doi.org/10.1201/b15074>`_, 1996, chapter 4: comparisons with the best.

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
    kept = [label for label in signed if not _is_beaten(label, signed, rng, alpha)]
    return tuple(kept) or (max(signed, key=lambda label: float(signed[label].mean())),) if signed else ()


def _is_beaten(label: str, signed: Mapping[str, np.ndarray], rng: np.random.Generator, alpha: float) -> bool:
    """Whether some other arm is better than this one, at this level."""
    others = [subtract(values, signed[label]) for name, values in signed.items() if name != label]
    return bool(others) and p_of_largest(np.stack(others), rng=rng, arms=len(signed)) < alpha
