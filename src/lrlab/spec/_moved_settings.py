"""Weight decay and momentum that an optimizer's settings move from update to update, over a horizon."""

import numpy as np
from numpy.typing import NDArray

from ..errors import StudyError
from ..schedules import Horizon, Schedule
from ._trial import Optimizer


def moved_decay(optimizer: Optimizer, horizon: Horizon) -> NDArray[np.float64] | None:
    """The weight decay of every update, (T,), as its schedule has it; None where it has none.

    Raises ScheduleError where the schedule does not fit the horizon.
    """
    if optimizer.decay_schedule is None:
        return None
    return optimizer.weight_decay * _shape_of(optimizer.decay_schedule, horizon)


def moved_momentum(optimizer: Optimizer, horizon: Horizon) -> NDArray[np.float64] | None:
    """The momentum of every update, (T,), as its schedule has it; None where it has none.

    Raises ScheduleError where the schedule does not fit the horizon, StudyError where it leaves [0, 1).

    >>> optimizer = Optimizer(momentum=0.8, momentum_schedule="linear")
    >>> moved_momentum(optimizer, Horizon(updates=4, updates_per_epoch=4)).round(3).tolist()
    [0.8, 0.6, 0.4, 0.2]
    """
    if optimizer.momentum_schedule is None:
        return None
    shape = _shape_of(optimizer.momentum_schedule, horizon)
    momentum = optimizer.momentum * shape
    wrong = np.flatnonzero(~((momentum >= 0) & (momentum < 1)))
    if wrong.size:
        t = int(wrong[0])
        way = f"give momentum below {1 / shape.max():.3g}, or " if momentum.max() >= 1 else ""
        raise StudyError(
            f"momentum must be at least 0 and less than 1, but momentum_schedule {optimizer.momentum_schedule} takes "
            f"{optimizer.momentum:g} to {momentum[t]:g} at update {t}; {way}a momentum_schedule that goes from 0 to 1"
        )
    return momentum


def check_moved_settings(optimizer: Optimizer, horizon: Horizon) -> None:
    """Raise ScheduleError or StudyError where weight decay or momentum cannot move as the settings say."""
    moved_decay(optimizer, horizon)
    moved_momentum(optimizer, horizon)


def _shape_of(schedule: object, horizon: Horizon) -> NDArray[np.float64]:
    """The shape of a schedule over all updates, (T,)."""
    assert isinstance(schedule, Schedule)  # `Optimizer` refuses rules
    return schedule.bind(peak=1.0, horizon=horizon).all()
