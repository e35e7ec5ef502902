"""Weight decay and momentum that move from update to update, as the optimizer's settings say."""

import numpy as np
from numpy.typing import NDArray

from ..schedules import FIELDS, Horizon
from ..spec import Trial, moved_decay, moved_momentum

MOMENTUM, DECAY = FIELDS.index("momentum"), FIELDS.index("weight_decay")


def set_own_columns(value_FT: NDArray[np.float64], trial: Trial, horizon: Horizon) -> None:
    """Write a trial's momentum and weight decay of every update into its table, where a setting moves them.

    decay_follows "shape": the decay over the peak; every optimizer multiplies it by the rate, which is the shape times
    the peak. A momentum_schedule stands in the place of what the trial's schedule does with momentum.
    Raises ScheduleError or StudyError where that cannot be.
    """
    settings = trial.optimizer
    if settings.decay_follows == "shape":
        value_FT[DECAY] = settings.weight_decay / trial.peak
    decay, momentum = moved_decay(settings, horizon), moved_momentum(settings, horizon)
    if decay is not None:
        value_FT[DECAY] = decay
    if momentum is not None:
        value_FT[MOMENTUM] = momentum
