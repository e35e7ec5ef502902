"""Claims over seeds and test examples at once, where it is kept which examples each trial had right."""

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..spec import Claim, Record
from ..stats import crossed_interval

Kept = Callable[[str], bytes | None]


def as_array(npy: bytes) -> NDArray[np.float64]:
    """An array from numpy's file format."""
    return np.load(io.BytesIO(npy), allow_pickle=False)


def with_crossed(claims: Sequence[Claim], by_label: Mapping[str, Sequence[Record]], right: Kept) -> tuple[Claim, ...]:
    """The claims with the interval of `crossed_interval`, where the score is the share of examples that were right.

    right: which test examples a trial had right, by its key, in numpy's file format; None: not kept. An arm of which
    one trial diverged, or has another score, has none.
    """
    known = {label: _examples_of(records, right) for label, records in by_label.items()}
    return tuple(_cross_claim(claim, known[claim.a], known[claim.b]) for claim in claims)


def _cross_claim(claim: Claim, a: Mapping[int, NDArray[np.bool_]], b: Mapping[int, NDArray[np.bool_]]) -> Claim:
    seeds = [seed for seed in a if seed in b]
    if len(seeds) < 2 or len({each[seed].shape for each in (a, b) for seed in seeds}) > 1:
        return claim
    difference_SE = np.stack([a[seed].astype(np.int8) - b[seed].astype(np.int8) for seed in seeds])
    interval = crossed_interval(difference_SE)
    return claim.model_copy(update={"crossed_low": interval.low, "crossed_high": interval.high})


def _examples_of(records: Sequence[Record], right: Kept) -> dict[int, NDArray[np.bool_]]:
    """Which examples were right, by seed; none where that is not known of each."""
    found: dict[int, NDArray[np.bool_]] = {}
    for record in records:
        npy = None if record.diverged else right(record.trial.key)
        right_E = None if npy is None else as_array(npy)
        score = record.test.score
        if right_E is None or score is None or len(right_E) < 2 or not np.isclose(right_E.mean(), score, atol=1e-6):
            return {}
        found[record.trial.seed] = right_E.astype(np.bool_)
    return found
