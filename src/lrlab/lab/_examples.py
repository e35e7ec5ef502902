"""Claims over seeds and test examples at once, where it is kept which examples each trial had right."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import takewhile

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from ..spec import Claim, Record
from ..stats import crossed_interval

Kept = Callable[[Iterable[str]], Iterable[bytes | None]]  # arrays by trial key, in order
CLOSE = 1e-6  # and a hundred-thousandth of it: a score may have been a float32
HEAD = 10  # bytes before the header of an array in numpy's file format 1.0, the last two its length


def as_array(npy: bytes) -> NDArray[np.float64]:
    """An array from numpy's file format; it may be read only."""
    if npy[:8] == npy_format.magic(1, 0):
        start = HEAD + int.from_bytes(npy[HEAD - 2 : HEAD], "little")
        shape, in_columns, dtype = _layout_of(npy[:start])
        if not in_columns and not dtype.hasobject and len(npy) - start == dtype.itemsize * int(np.prod(shape)):
            return np.frombuffer(npy, dtype, offset=start).reshape(shape)
    return np.load(io.BytesIO(npy), allow_pickle=False)


@lru_cache(maxsize=64)
def _layout_of(head: bytes) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether it lies in columns, and type: thousands of arrays have one. Raises a ValueError."""
    return npy_format.read_array_header_1_0(io.BytesIO(head[8:]))


def none_kept(keys: Iterable[str]) -> Iterable[None]:
    """Of no trial is it kept."""
    return (None for _ in keys)


def with_crossed(claims: Sequence[Claim], by_label: Mapping[str, Sequence[Record]], right: Kept) -> tuple[Claim, ...]:
    """The claims with the interval of `crossed_interval`, where the score is the share of examples that were right.

    right: which test examples trials had right, by their keys, in numpy's file format; None: not kept. An arm of which
    one trial diverged, or has another score, has none.
    """
    known = {label: _examples_of(records, right) for label, records in by_label.items()}
    return tuple(_cross_claim(claim, known[claim.a], known[claim.b]) for claim in claims)


def _cross_claim(claim: Claim, a: Mapping[int, NDArray[np.bool_]], b: Mapping[int, NDArray[np.bool_]]) -> Claim:
    seeds = [seed for seed in a if seed in b]
    if len(seeds) < 2 or len({each[seed].shape for each in (a, b) for seed in seeds}) > 1:
        return claim
    a_SE, b_SE = (np.stack([each[seed] for seed in seeds]).astype(np.int8) for each in (a, b))
    interval = crossed_interval(a_SE - b_SE)
    return claim.model_copy(update={"crossed_low": interval.low, "crossed_high": interval.high})


def _examples_of(records: Sequence[Record], right: Kept) -> dict[int, NDArray[np.bool_]]:
    """Which examples were right, by seed; none where that is not known of each."""
    found: dict[int, NDArray[np.bool_]] = {}
    finished = list(takewhile(lambda record: not record.diverged, records))
    for record, npy in zip(finished, right(record.trial.key for record in finished), strict=True):
        right_E = None if npy is None else as_array(npy)
        score = record.test.score
        if right_E is None or score is None or len(right_E) < 2 or not _is_share(right_E, score):
            return {}
        found[record.trial.seed] = right_E.astype(np.bool_)
    return found if len(finished) == len(records) else {}


def _is_share(right_E: NDArray[np.float64], score: float) -> bool:
    share = np.count_nonzero(right_E) / len(right_E) if right_E.dtype == np.bool_ else float(right_E.mean())
    return abs(share - score) <= CLOSE + 1e-5 * abs(score)
