"""What each update uses: rate, momentum, weight decay. Made before the run, or by a rule one epoch ahead."""

import numpy as np
from numpy.typing import NDArray

from ..rules import Rule
from ..schedules import Horizon, table
from ..spec import Trial
from ._own_columns import set_own_columns


class TrialValues:
    """A trial's table, value[field, update], fields as in `schedules.FIELDS`.

    Under a rule, `tell` writes the columns from the next epoch on, as they will be if the rule sees nothing more; the
    epochs before stay as they were used.
    """

    def __init__(self, trial: Trial, horizon: Horizon) -> None:
        plan, settings = trial.schedule, trial.optimizer
        schedule = plan.then if isinstance(plan, Rule) else plan
        bound = schedule.bind(peak=trial.peak, horizon=horizon)
        self.table = table([bound], [settings.momentum], [settings.weight_decay]).value[:, 0]
        set_own_columns(self.table, trial, horizon)
        self._horizon, self._momentum = horizon, settings.momentum
        self._own_momentum = settings.momentum_schedule is not None
        self._drive = plan.bind(peak=trial.peak, horizon=horizon) if isinstance(plan, Rule) else None
        if self._drive is not None:
            self._state = self._drive.init()
            self._write_columns(0)

    @property
    def rates(self) -> NDArray[np.float64]:
        """The rates of all updates, shape (T,)."""
        return self.table[0]

    def of(self, t: int) -> tuple[float, float, float]:
        """Rate, momentum and weight decay of update t."""
        rate, momentum, weight_decay = self.table[:, t].tolist()
        return rate, momentum, weight_decay

    def tell(self, epoch: int, validation_loss: float | None) -> None:
        """An epoch has ended with this validation loss; None where none was due. A schedule does not listen."""
        if self._drive is not None:
            self._state = self._drive.update(self._state, validation_loss, epoch)
            self._write_columns(epoch + 1)

    def _write_columns(self, epoch: int) -> None:
        """The columns from this epoch on, under the state as it is."""
        assert self._drive is not None
        ahead = np.arange(epoch * self._horizon.updates_per_epoch, self._horizon.updates)
        self.table[0, ahead] = self._drive(self._state, ahead)
        momentum = self._drive.momentum(self._state, ahead)
        if momentum is not None and not self._own_momentum:
            self.table[1, ahead] = np.where(np.isnan(momentum), self._momentum, momentum)
