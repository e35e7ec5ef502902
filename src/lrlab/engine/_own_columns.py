"""Weight decay and momentum that move from update to update, as the optimizer's settings say."""

import numpy as np
from numpy.typing import NDArray

from ..schedules import FIELDS, Horizon, Schedule
from ..spec import Trial

MOMENTUM, DECAY = FIELDS.index("momentum"), FIELDS.index("weight_decay")


def set_own_columns(value_FT: NDArray[np.float64], trial: Trial, horizon: Horizon) -> None:
    """Write a trial's momentum and weight decay of every update into its table, where a setting moves them.

    decay_follows "shape": the decay over the peak; every optimizer multiplies it by the rate, which is the shape times
    the peak. A momentum_schedule stands in the place of what the trial's schedule does with momentum.
    """
    settings = trial.optimizer
    if settings.decay_follows == "shape":
        value_FT[DECAY] = settings.weight_decay / trial.peak
    if settings.decay_schedule is not None:
        value_FT[DECAY] = settings.weight_decay * _shape_of(settings.decay_schedule, horizon)
    if settings.momentum_schedule is not None:
        value_FT[MOMENTUM] = settings.momentum * _shape_of(settings.momentum_schedule, horizon)


def _shape_of(schedule: object, horizon: Horizon) -> NDArray[np.float64]:
    """The shape of a schedule over all updates, (T,)."""
    assert isinstance(schedule, Schedule)  # `Optimizer` refuses rules
    return schedule.bind(peak=1.0, horizon=horizon).all()
