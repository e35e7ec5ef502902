"""The numbers of a rate curve. Suffix T: updates; P: points kept."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import QUARTERS, RateCurve


class CurveArrays(NamedTuple):
    """The rate used by each update. updates: shape (P,), ascending, with first and last of the run; rates: (P,)."""

    label: str
    updates: NDArray[np.int64]
    rates: NDArray[np.float64]

    @property
    def at_quarters(self) -> tuple[float, ...]:
        """The rates of the first update, those at 25, 50 and 75 % of the run, and the last, as kept."""
        wanted = np.round(QUARTERS * self.updates[-1])
        return tuple(self.rates[np.abs(self.updates - at).argmin()].item() for at in wanted)


def rate_curves(rates: Mapping[str, NDArray[np.float64]]) -> tuple[CurveArrays, ...]:
    """The curve of each (T,) of rates under its label, at most 1000 points, peaks and drops kept.

    >>> from lrlab.schedules import Horizon, parse
    >>> bound = parse("cosine").bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=2))
    >>> [(curve.label, curve.updates.tolist()) for curve in rate_curves({"cosine": bound.all()})]
    [('cosine', [0, 1, 2, 3])]
    """
    return tuple(curve_arrays(RateCurve.thinned(label, rate_T)) for label, rate_T in rates.items())


def curve_arrays(curve: RateCurve) -> CurveArrays:
    """A stored curve as arrays."""
    return CurveArrays(curve.label, np.array(curve.updates, dtype=np.int64), np.array(curve.rates))
