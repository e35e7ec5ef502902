"""The range test: which constant rate short trainings favour. Suffix R: rates; S: seeds; F: a fine grid in log10."""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import StatisticsError
from ._checks import fraction

Floats = NDArray[np.float64]
Reason = Literal["", "diverged", "flat", "lower", "higher", "seeds"]

BLUR = 0.25  # decades: the standard deviation of the blur; how well a rate need be known
TOLERANCE = 0.25  # the share of the best gain that the interval's ends may lack
NOISES = 2.5  # standard errors that rates have to differ by
APART = 0.5  # decades between suggestions without one seed or another, at most
FINE = 0.01  # decades
STRETCH = 8.0  # how many times longer the training meant is than the short ones, where the best rates agree
DRIFT = 0.83  # the exponent: the best rate of trainings still longer falls as their length to this power
REACH = 0.5  # decades: how far below the interval of the short trainings that of one 8 times as long begins
NEAREST = 0.25  # decades from the end of the range: a best rate nearer than that lies on the edge


class RangeAnswer(NamedTuple):
    """What a range test says.

    smooth: (R,), the loss at each rate, blurred. low, high: (R,), the least and the largest loss of the seeds that did
    not diverge; NaN where all did. diverged: (R,), the share of seeds that did.
    suggestion: the rate; None, with the reason: "diverged" (all did), "flat" (no rate learned more than noise),
    "lower", "higher" (the best lies on that edge of the range), "seeds" (these disagree); "" with a suggestion.
    interval: the lowest rate within tolerance of the best, in the training meant, and the highest stable one; None
    where nothing was learned.
    open_low, open_high: whether the range ends before the interval does.
    """

    smooth: Floats
    low: Floats
    high: Floats
    diverged: Floats
    suggestion: float | None
    reason: Reason
    interval: tuple[float, float] | None
    open_low: bool
    open_high: bool


def range_test(
    rates: ArrayLike,
    losses: ArrayLike,
    untrained: ArrayLike,
    *,
    stretch: float = STRETCH,
    tolerance: float = TOLERANCE,
    all_above_alike: bool = False,
) -> RangeAnswer:
    r"""Which of many constant rates is best to train with, from the losses after k updates at each.

    The gain of seed s at rate r is the part of its loss before training that is gone after k updates; a seed that
    diverged, or ended above where it began, has gained nothing:

    .. math:: g_{rs} = \max(0, L_{0s} - L_{rs}), \qquad \tilde g(x) = \int \bar g(u) \, \varphi_h(x - u) \, du

    Its mean over seeds, linear between the rates in x = log10 r, is blurred by a Gaussian of h = 1/4 decade, on both
    sides alike: the mean gain where the rate is known only so well. The suggestion is where that is largest. A cliff
    beyond the best rate so pushes it away, by as much as the cliff is near; and noise of single rates is averaged.

    Short trainings favour larger rates than long ones. Measured on small networks (`benchmarks/results/find.md`): those
    of an eighth of the length favour the rate that is best in full; shorter ones a rate that is higher by their
    shortness to the power 0.83. The suggestion is divided by that, (stretch / 8)^0.83 where stretch > 8; and so is the
    lower end of the interval, which reaches half a decade further down at a stretch of 8, in proportion to log(stretch)
    below: a longer training has time to catch up at a lower rate.

    rates: (R,), ascending, above 0. losses: (R, S), NaN or inf for a seed that diverged. untrained: (S,) or one for
    all: L0, the losses before training. stretch: the length of the training meant, over k. tolerance: the interval
    ends where the gain is (1 - tolerance) of the best; on the upper side also before the first rate at which a seed
    diverged. all_above_alike: rates above the highest would train as it does, so that no better one lies beyond.

    Raises StatisticsError: fewer than 3 rates or 2 seeds, rates that do not ascend, other shapes, an L0 that is not
    finite, a stretch below 1.

    >>> losses = [[2.2, 2.2], [1.6, 1.7], [0.4, 0.3], [0.5, 0.5], [float("nan"), 4.0]]
    >>> answer = range_test([0.001, 0.01, 0.1, 1.0, 10.0], losses, 2.3)
    >>> round(answer.suggestion, 2), [round(end, 2) for end in answer.interval]
    (0.21, [0.01, 1.0])
    """
    log_R, loss_RS, start_S = _checked_curves(rates, losses, untrained)
    fraction(tolerance, "tolerance")
    if not 1 <= stretch < np.inf:
        raise StatisticsError(
            f"`stretch >= 1` must hold, but got {stretch}; a training meant is no shorter than a test"
        )
    finite_RS = np.isfinite(loss_RS)
    gain_RS = np.where(finite_RS, np.maximum(start_S - np.where(finite_RS, loss_RS, start_S), 0.0), 0.0)
    diverged_R = 1.0 - finite_RS.mean(axis=1)
    smooth_R = start_S.mean() - _blur_curve(log_R, gain_RS.mean(axis=1), log_R)
    low_R, high_R = _band_of_seeds(loss_RS, finite_RS)
    shown = smooth_R, low_R, high_R, diverged_R
    if not finite_RS.any():
        return RangeAnswer(*shown, None, "diverged", None, False, False)
    if _is_flat(log_R, gain_RS, loss_RS, start_S):
        return RangeAnswer(*shown, None, "flat", None, False, False)
    found = _best_of_gains(log_R, gain_RS, diverged_R, stretch, tolerance, all_above_alike)
    return RangeAnswer(*shown, *found)


def _best_of_gains(
    log_R: Floats, gain_RS: Floats, diverged_R: Floats, stretch: float, tolerance: float, all_above_alike: bool
) -> tuple[float | None, Reason, tuple[float, float], bool, bool]:
    """The last five fields of the answer, where something was learned."""
    gain_R = gain_RS.mean(axis=1)
    best = _best_log_rate(log_R, gain_R)
    ends, open_low, open_high = _interval_around(best, log_R, gain_R, diverged_R, tolerance)
    best = min(max(best, ends[0]), ends[1])
    reason = _reason_against(best, log_R, gain_RS, all_above_alike)
    drift = DRIFT * max(float(np.log10(stretch / STRETCH)), 0.0)
    reach = drift + REACH * min(float(np.log(stretch) / np.log(STRETCH)), 1.0)
    interval = float(10.0 ** (ends[0] - reach)), float(10.0 ** ends[1])
    suggestion = None if reason else float(10.0 ** (best - drift))
    return suggestion, reason, interval, open_low, open_high and not all_above_alike


def _checked_curves(rates: ArrayLike, losses: ArrayLike, untrained: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """log10 of the rates, the losses, and L0 of each seed."""
    try:
        rate_R, loss_RS = (np.asarray(values, dtype=np.float64) for values in (rates, losses))
        start_S = np.asarray(untrained, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"`rates`, `losses` and `untrained` must be numbers, but {error}; pass arrays") from error
    if rate_R.ndim != 1 or len(rate_R) < 3:
        raise StatisticsError(f"a range test needs 3 rates or more, but got shape {rate_R.shape}; add rates")
    if not (np.isfinite(rate_R).all() and rate_R[0] > 0 and (np.diff(rate_R) > 0).all()):
        raise StatisticsError(f"rates must be above 0 and ascend, but got {rate_R.tolist()}; sort them, each once")
    if loss_RS.ndim != 2 or loss_RS.shape[0] != len(rate_R) or loss_RS.shape[1] < 2:
        raise StatisticsError(
            f"`losses` must be (rates, seeds) = ({len(rate_R)}, 2 or more), but its shape is {loss_RS.shape}; "
            f"give a row for each rate, of 2 seeds at least: one cannot show its noise"
        )
    if start_S.ndim > 1 or start_S.size not in (1, loss_RS.shape[1]) or not np.isfinite(start_S).all():
        raise StatisticsError(
            f"`untrained` must be one finite loss for each of {loss_RS.shape[1]} seeds, but got {start_S.tolist()}; "
            f"give the loss before training"
        )
    return np.log10(rate_R), loss_RS, np.broadcast_to(start_S, (loss_RS.shape[1],))


def _band_of_seeds(loss_RS: Floats, finite_RS: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    none_R = ~finite_RS.any(axis=1)
    low_R = np.where(finite_RS, loss_RS, np.inf).min(axis=1)
    high_R = np.where(finite_RS, loss_RS, -np.inf).max(axis=1)
    return np.where(none_R, np.nan, low_R), np.where(none_R, np.nan, high_R)


def _blur_curve(log_R: Floats, value_R: Floats, at_F: Floats) -> Floats:
    """The curve through the values, level beyond its ends, blurred, at some log-rates."""
    pad = 4 * BLUR
    grid_G = np.arange(log_R[0] - pad, log_R[-1] + pad + FINE, 2 * FINE)
    weight_FG = np.exp(-0.5 * ((at_F[:, None] - grid_G) / BLUR) ** 2)
    return weight_FG @ np.interp(grid_G, log_R, value_R) / weight_FG.sum(axis=1)


def _fine_grid(log_R: Floats) -> Floats:
    return np.linspace(log_R[0], log_R[-1], round((log_R[-1] - log_R[0]) / FINE) + 2)


def _best_log_rate(log_R: Floats, gain_R: Floats) -> float:
    at_F = _fine_grid(log_R)
    return float(at_F[_blur_curve(log_R, gain_R, at_F).argmax()])


def _is_flat(log_R: Floats, gain_RS: Floats, loss_RS: Floats, start_S: Floats) -> bool:
    """Whether the rates differ by no more than noise does.

    The noise is that of the rates up to the best: beyond it, where some seeds fall off a cliff, it says nothing.
    """
    blurred_R = _blur_curve(log_R, gain_RS.mean(axis=1), log_R)
    up_to = max(int(blurred_R.argmax()), 2)
    near_R = log_R <= log_R[up_to] + 2 * BLUR
    whole_RS = (start_S - loss_RS)[near_R & np.isfinite(loss_RS).all(axis=1)]  # not cut at 0: that would hide noise
    free = loss_RS.shape[1] - 1
    usual = (1 - 2 / (9 * free)) ** 1.5  # the median of a chi: Wilson, Hilferty 1931
    noise = float(np.median(whole_RS.std(axis=1, ddof=1))) / usual / (free + 1) ** 0.5 if len(whole_RS) else 0.0
    rounding = 1e-9 * float(np.abs(start_S).max())
    return float(np.ptp(blurred_R)) <= max(NOISES * noise, rounding)


def _interval_around(
    best: float, log_R: Floats, gain_R: Floats, diverged_R: Floats, tolerance: float
) -> tuple[tuple[float, float], bool, bool]:
    """Its ends in log10, and whether the range is too short to show them."""
    at_F = _fine_grid(log_R)
    near_F = np.interp(at_F, log_R, gain_R) >= (1 - tolerance) * gain_R.max()
    middle = int(np.abs(at_F - best).argmin())
    if not near_F[middle]:  # between two peaks, or before a cliff: where the mean is best
        middle = int(np.abs(at_F - log_R[gain_R.argmax()]).argmin())
        near_F[middle] = True
    lacking = np.flatnonzero(~near_F)
    first = int(max(lacking[lacking < middle], default=-1)) + 1
    last = int(min(lacking[lacking > middle], default=len(at_F))) - 1
    unstable = log_R[(diverged_R > 0) & (log_R > at_F[middle])]
    top = float(at_F[last])
    if len(unstable):
        top = min(top, float(log_R[log_R < unstable[0]][-1]))
    top = max(top, float(at_F[middle]))
    return (float(at_F[first]), top), first == 0, last == len(at_F) - 1 and not len(unstable)


def _reason_against(best: float, log_R: Floats, gain_RS: Floats, all_above_alike: bool) -> Reason:
    """Why the best rate is not to be suggested; "" where it is."""
    if best > log_R[-1] - NEAREST and not all_above_alike:
        return "higher"
    if best < log_R[0] + NEAREST:
        return "lower"
    seeds = gain_RS.shape[1]
    without = [_best_log_rate(log_R, np.delete(gain_RS, seed, axis=1).mean(axis=1)) for seed in range(seeds)]
    return "seeds" if max(without) - min(without) > APART else ""
