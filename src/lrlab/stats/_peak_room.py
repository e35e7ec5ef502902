"""How far off may a peak be before it costs more than a margin? Suffix P: peaks."""

from math import exp, inf, log
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import numbers


class PeakSide(NamedTuple):
    """Factors on one side of a peak, all at least 1.

    held: of the last peak tried that kept within the margin. about: where a line through the falls, over the logarithm
    of the peak, leaves the margin; `held` where that cannot be drawn. fell: of the first peak that did not keep within;
    None: the grid ended before. Where the score is a hill (concave), the room lies between `about` and `fell`.
    """

    held: float
    about: float
    fell: float | None


class PeakRoom(NamedTuple):
    """The room below and above a peak. factor: the smaller of both; at_least: the grid ended before it was found."""

    lower: PeakSide
    higher: PeakSide

    @property
    def factor(self) -> float:
        """The factor by which the peak may be off, either way."""
        return min(self.lower.about, self.higher.about)

    @property
    def at_least(self) -> bool:
        """Whether the side that decides ended with the grid."""
        return min((self.lower, self.higher), key=lambda side: (side.about, side.fell is not None)).fell is None


def peak_room(peaks: ArrayLike, falls: ArrayLike, chosen: float, margin: float) -> PeakRoom:
    r"""The factors by which a chosen peak may be too low or too high before the score falls by more than a margin.

    .. math:: \log c + (\log p_{i+1} - \log p_i) \frac{m - f_i}{f_{i+1} - f_i} + \log p_i - \log c

    peaks: shape (P,), above 0, in any order, no two alike; the chosen one is among them. falls: (P,), by how much each
    is worse than the chosen one, in the unit of the margin; negative where better, inf where nothing was learned. Each
    side ends at the first peak whose fall f exceeds the margin m, whatever lies beyond. Next to an infinite fall no
    line can be drawn, and the side ends at the last peak that held.

    Raises StatisticsError: a peak not above 0 or named twice, a chosen one not among them, a margin not above 0.

    The measure is this project's own.

    >>> room = peak_room([0.01, 0.03, 0.1, 0.3], [0.08, 0.02, 0.0, 0.01], chosen=0.1, margin=0.05)
    >>> round(room.lower.about, 2), round(room.higher.about, 2), round(room.factor, 2), room.at_least
    (5.77, 3.0, 3.0, True)
    """
    peak_P, fall_P = numbers(peaks, "peaks", at_least=1), np.asarray(falls, dtype=np.float64)
    order_P = np.argsort(peak_P)
    peak_P, fall_P = peak_P[order_P], _checked_falls(fall_P, len(peak_P))[order_P]
    if not (peak_P[0] > 0 and (np.diff(peak_P) > 0).all() and chosen in peak_P):
        raise StatisticsError(
            f"peaks must be above 0, each once, the chosen one among them, but got {chosen} of {peak_P.tolist()}; "
            "give each peak that was tried"
        )
    if not 0 < margin < inf:
        raise StatisticsError(f"`0 < margin < inf` must hold, but got {margin}; name a fall that would not matter")
    at = int(np.flatnonzero(peak_P == chosen)[0])
    down = _room_of_side(peak_P[at] / peak_P[at::-1], fall_P[at::-1], margin)
    return PeakRoom(down, _room_of_side(peak_P[at:] / peak_P[at], fall_P[at:], margin))


def _checked_falls(fall_P: NDArray[np.float64], peaks: int) -> NDArray[np.float64]:
    if fall_P.shape != (peaks,) or np.isnan(fall_P).any():
        raise StatisticsError(f"`falls` must hold a number for each of {peaks} peaks; pass inf where none is known")
    return fall_P


def _room_of_side(factor_P: NDArray[np.float64], fall_P: NDArray[np.float64], margin: float) -> PeakSide:
    """Factors from 1 up, away from the chosen peak, and the falls there. The chosen one is within by its meaning."""
    out_P = fall_P > margin
    out_P[0] = False
    if not out_P.any():
        return PeakSide(float(factor_P[-1]), float(factor_P[-1]), None)
    first = int(out_P.argmax())
    held, fell = float(factor_P[first - 1]), float(factor_P[first])
    if not np.isfinite(fall_P[first]):
        return PeakSide(held, held, fell)
    start = min(float(fall_P[first - 1]), margin)
    part = (margin - start) / (float(fall_P[first]) - start)
    return PeakSide(held, exp(log(held) + part * (log(fell) - log(held))), fell)
