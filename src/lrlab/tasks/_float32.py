"""Do labels and inputs survive as float32, as tasks hold them? Far from 0 its steps are wide; near 1e-320 none are.

Labels that are rounded change what is measured: they are refused. Columns of inputs whose values merge may not matter.
"""

from typing import Any

import numpy as np

from ..errors import TaskError
from ._trees import named_leaves

EXACT = 2**24  # up to which float32 has every whole number
COARSE = 1e-3  # of the standard deviation of labels: an error of rounding beyond it is seen in what is measured
STEPS = 100  # of float32 that the values of a column must span; less, and they may have become equal
KEPT = 0.75  # of the different values of such a column
SHOWN = 3  # columns in a sentence
WAY = "subtract an offset, or scale"


def check_rounding(name: str, labels: np.ndarray) -> None:
    """Raise TaskError where float32 rounds labels (N, ...) by more than a thousandth of their standard deviation.

    name: of the split.
    """
    if labels.dtype.itemsize <= 4 and labels.dtype.kind == "f":
        return
    if labels.dtype.kind != "f" and -EXACT <= int(labels.min()) <= int(labels.max()) <= EXACT:
        return
    given_ND = labels.reshape(len(labels), -1).astype(np.float64)
    with np.errstate(over="ignore"):
        error_D = np.abs(given_ND - given_ND.astype(np.float32)).max(axis=0)
    if not error_D.any() or not np.isfinite(error_D).all():  # beyond float32, which is said elsewhere
        return
    spread_D = given_ND.std(axis=0)
    coarse_D = (np.ptp(given_ND, axis=0) > 0) & (error_D > COARSE * spread_D)
    if coarse_D.any():
        column = int(coarse_D.argmax())
        values = given_ND[:, column]
        raise TaskError(
            f"{name} labels go from {values.min():.15g} to {values.max():.15g}, with a standard deviation of "
            f"{spread_D[column]:g}, and float32, in which they are kept, rounds them by up to {error_D[column]:g}; "
            "subtract the mean, or scale them"
        )


def note_resolution(name: str, inputs: Any, tokens: bool) -> tuple[str, ...]:
    """A sentence on columns of a split whose values become equal in float32; none where all stay apart.

    tokens: whole numbers stay such. Raises TaskError where no column is left that differs from example to example.
    """
    lost, left = [], False
    for leaf, array in named_leaves(inputs):
        if tokens and array.dtype.kind in "bui":
            left = True
            continue
        title = f"{name} inputs{f' {leaf!r}' if leaf else ''}"
        merged, others = _merged_columns(array)
        left = left or others
        lost += [f"{title}{where}: {before:,} values become {after:,}" for where, before, after in merged]
    if not lost:
        return ()
    more = f" and {len(lost) - SHOWN} columns more" if len(lost) > SHOWN else ""
    words = f"{'; '.join(lost[:SHOWN])}{more} in float32; {WAY}"
    if not left:
        raise TaskError(words)
    return (words,)


def _merged_columns(array: np.ndarray) -> tuple[list[tuple[str, int, int]], bool]:
    """Columns whose values become equal: where, how many values, how many are left. Whether others vary."""
    rows = array.reshape(len(array), -1)
    if (array.dtype.kind in "bf" and array.dtype.itemsize <= 4) or array.dtype.itemsize <= 2:
        return [], rows.shape[1] > 0  # exact, whatever varies
    low, high = (edge.astype(np.float64) for edge in (rows.min(0), rows.max(0)))
    with np.errstate(over="ignore"):  # refused elsewhere
        steps = np.spacing(np.maximum(abs(low), abs(high)).astype(np.float32)).astype(np.float64)
    varies = high > low
    merged = []
    for place in np.flatnonzero(varies & (high - low < STEPS * steps)):
        column = rows[:, place]
        before, after = len(np.unique(column)), len(np.unique(column.astype(np.float32)))
        if after < KEPT * before:
            merged.append((_place_words(int(place), array.shape[1:]), before, after))
    return merged, int(varies.sum()) > len(merged)


def _place_words(place: int, shape: tuple[int, ...]) -> str:
    """Which column, counted from 0, as in ", column 3"; "" where there is one alone."""
    if not shape:
        return ""
    if len(shape) == 1:
        return f", column {place}"
    return f", place {tuple(int(part) for part in np.unravel_index(place, shape))}"
