"""Schedules are data: what K trials will use at every update, computed before the run."""

from collections.abc import Sequence as Rows
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Rates
from ._clock import Horizon

FIELDS = ("rate", "momentum", "weight_decay")
BLOCK = 16384  # updates computed at once, so that what a schedule computes on the way stays in a processor's cache


@dataclass(frozen=True, kw_only=True, eq=False)
class ValueTable:
    """The values of K trials over one horizon: value[field, trial, update], float64, fields in the order of FIELDS."""

    value: NDArray[np.float64]
    horizon: Horizon


def table(rates: Rows[Rates], momentum: Rows[float], weight_decay: Rows[float]) -> ValueTable:
    """One row per trial and field: its rates, its momentum (beta1) and its weight decay.

    The weight decay is constant, and so is the momentum where the trial's schedule does not move it.

    >>> from lrlab.schedules import Constant
    >>> bound = Constant().bind(peak=0.5, horizon=Horizon(updates=2, updates_per_epoch=2))
    >>> table([bound], [0.9], [1e-4]).value.tolist()
    [[[0.5, 0.5]], [[0.9, 0.9]], [[0.0001, 0.0001]]]
    """
    if not len(rates) == len(momentum) == len(weight_decay) >= 1:
        raise ScheduleError(
            f"table: one momentum and one weight decay per trial must be given, for at least one trial, "
            f"but got {len(rates)} schedules, {len(momentum)} momenta and {len(weight_decay)} weight decays"
        )
    horizon = rates[0].horizon
    for trial, bound in enumerate(rates):
        if bound.horizon != horizon:
            raise ScheduleError(
                f"table: trials of one table must share one horizon, but trial 0 has {horizon} and trial {trial} has "
                f"{bound.horizon}; put them in tables of their own"
            )
    value = np.empty((len(FIELDS), len(rates), horizon.updates))
    for row, field, constants in ((1, "momentum", momentum), (2, "weight_decay", weight_decay)):
        constant_K = np.asarray(constants, dtype=np.float64)
        if not (np.isfinite(constant_K) & (constant_K >= 0)).all():
            raise ScheduleError(f"table: `{field} >= 0` must hold for every trial, but got {list(constants)!r}")
        value[row] = constant_K[:, None]
    for start in range(0, horizon.updates, BLOCK):
        block = value[:, :, start : start + BLOCK]
        t = np.arange(start, start + block.shape[2], dtype=np.float64)
        for trial, bound in enumerate(rates):
            np.multiply(bound.resolved.shape(t, horizon), bound.peak, out=block[0, trial])
            _refuse_holes(bound, block[0, trial], start)
            moved = bound.resolved.momentum(t, horizon)
            if moved is not None:
                np.copyto(block[1, trial], moved, where=~np.isnan(moved))
    return ValueTable(value=value, horizon=horizon)


def _refuse_holes(bound: Rates, rates: NDArray[np.float64], start: int) -> None:
    """Refuse rates of updates from `start` on that are not finite, as a class of the user's own may give them."""
    holes = np.flatnonzero(~np.isfinite(rates))
    if holes.size:
        raise ScheduleError(
            f"{bound.schedule} gives {rates[holes[0]]:g} at update {start + holes[0]}; its shape must be a finite "
            f"number there, as a fraction of the peak"
        )
