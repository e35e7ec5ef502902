"""The rates of a whole run as numbers, for trainers that know an update by its number alone."""

from dataclasses import dataclass
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from ..errors import LabWarning, ScheduleError
from ..rules import Rule, counts_epochs, parse
from ..schedules import Horizon, Rates, Schedule

MOST_UPDATES = 50_000_000  # 200 MB as float32
BLOCK = 16384  # updates computed at once


@dataclass(frozen=True, kw_only=True, eq=False)
class RateTable:
    """The rates of updates 0 .. extent, shape (extent + 1,); the last is what every later update gets."""

    bound: Rates
    values: NDArray[np.float64]

    def say_momentum_is_left(self, library: str) -> None:
        """Warn where the schedule brings a momentum along, which this library is not given."""
        moved = self.bound.momentum(np.arange(len(self.values)))
        if moved is not None and not np.isnan(moved).all():
            warn(
                f"{self.bound.schedule} moves the momentum, and {library} is given its rate alone; leave `momenta` out",
                LabWarning,
                stacklevel=4,
            )


def make_rate_table(
    schedule: Schedule | str, peak: float, updates: int, updates_per_epoch: int | None, *, instead: str
) -> RateTable:
    """The table of a schedule, or of its text. Raises a ScheduleError or an UnknownName.

    peak: the rate where the schedule is 1. updates: T. updates_per_epoch: needed where the schedule counts epochs.
    instead: what to write for a rule, which is refused: its rates are not known before the run.
    """
    plan = parse(schedule) if isinstance(schedule, str) else schedule
    if isinstance(plan, Rule):
        raise ScheduleError(f"{plan} watches the run, so its rates are not known before it; {instead}")
    if not isinstance(plan, Schedule):
        raise ScheduleError(f'a schedule or its text is needed, but got {plan!r}; write "warmup(span=5%)+cosine"')
    epoch = updates if updates_per_epoch is None else updates_per_epoch
    horizon = Horizon(updates=updates, updates_per_epoch=epoch)
    if updates_per_epoch is None and counts_epochs(plan, horizon):
        raise ScheduleError(
            f"{plan} counts epochs, but no `updates_per_epoch` was given; write updates_per_epoch=, the number of "
            f"updates that make one epoch"
        )
    bound = plan.bind(peak=peak, horizon=horizon)
    return RateTable(bound=bound, values=_look_up_rates(bound))


def _look_up_rates(bound: Rates) -> NDArray[np.float64]:
    extent = bound.resolved.extent(bound.horizon)
    if extent > MOST_UPDATES:
        raise ScheduleError(
            f"a table has the rates of at most {MOST_UPDATES:,} updates, but {bound.schedule} is drawn over "
            f"{extent:,}; give fewer `updates`"
        )
    values = np.empty(extent + 1)
    for start in range(0, extent + 1, BLOCK):
        part = values[start : start + BLOCK]
        part[:] = bound(np.arange(start, start + len(part)))
    holes = np.flatnonzero(~np.isfinite(values))
    if holes.size:
        raise ScheduleError(
            f"{bound.schedule} gives {values[holes[0]]:g} at update {holes[0]}; its shape must be a finite number "
            f"there, as a fraction of the peak"
        )
    return values
