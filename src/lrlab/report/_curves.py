"""The numbers of a rate curve. Suffix T: updates; P: points kept."""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..schedules import Rates

MOST_POINTS = 1000


class Curve(NamedTuple):
    """The rate used by each update. updates: shape (P,), ascending, with first and last of the run; rates: (P,)."""

    label: str
    updates: NDArray[np.int64]
    rates: NDArray[np.float64]


def rate_curves(rates: Mapping[str, Rates]) -> tuple[Curve, ...]:
    """The curve of each bound schedule under its label, at most 1000 points, peaks and drops kept.

    >>> from lrlab.schedules import Horizon, parse
    >>> bound = parse("cosine").bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=2))
    >>> [(curve.label, curve.updates.tolist()) for curve in rate_curves({"cosine": bound})]
    [('cosine', [0, 1, 2, 3])]
    """
    return tuple(_thinned(label, bound.all()) for label, bound in rates.items())


def _thinned(label: str, rate_T: NDArray[np.float64]) -> Curve:
    """Both ends, and of each equal stretch between them its lowest and highest update: even spacing loses spikes."""
    total = len(rate_T)
    keep_P = np.arange(total)
    if total > MOST_POINTS:
        edges = np.linspace(0, total, MOST_POINTS // 2).astype(np.int64)
        stretches = [(start, rate_T[start:end]) for start, end in pairwise(edges)]
        extremes = [start + place(part) for start, part in stretches for place in (np.argmin, np.argmax)]
        keep_P = np.unique([0, *extremes, total - 1])
    return Curve(label, keep_P, rate_T[keep_P])
