"""What each update uses, for K trials at once. The same table as one trial's, with a row each."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..rules import Drive, Rule, RuleState
from ..schedules import Horizon, table
from ..spec import Trial
from ._own_columns import set_own_columns


class _RuleTrials(NamedTuple):
    """The trials under one rule: their rows, and the rule bound to their peaks."""

    rows: NDArray[np.int64]
    drive: Drive


class StackValues:
    """The table of K trials, value[field, trial, update], fields as in `schedules.FIELDS`.

    Under rules, `tell` writes the columns from the next epoch on, every trial of a rule at once.
    """

    def __init__(self, trials: list[Trial], horizon: Horizon) -> None:
        plans = [trial.schedule for trial in trials]
        bound = [
            (plan.then if isinstance(plan, Rule) else plan).bind(peak=trial.peak, horizon=horizon)
            for plan, trial in zip(plans, trials, strict=True)
        ]
        self._momentum = np.array([trial.optimizer.momentum for trial in trials])
        self.table = table(bound, self._momentum.tolist(), [trial.optimizer.weight_decay for trial in trials]).value
        for row, trial in enumerate(trials):
            set_own_columns(self.table[:, row], trial, horizon)
        self._own_momentum_K = np.array([trial.optimizer.momentum_schedule is not None for trial in trials])
        self._horizon = horizon
        self._driven: list[_RuleTrials] = []
        self._states: list[RuleState] = []
        for rule in dict.fromkeys(plan for plan in plans if isinstance(plan, Rule)):
            rows = np.array([row for row, plan in enumerate(plans) if plan == rule])
            drive = rule.bind(peak=[trials[row].peak for row in rows], horizon=horizon)
            self._driven.append(_RuleTrials(rows, drive))
            self._states.append(drive.init())
            self._write_columns(len(self._states) - 1, 0, np.ones(len(trials), dtype=bool))

    def rates(self, row: int) -> NDArray[np.float64]:
        """The rates of all updates of a trial, shape (T,)."""
        return self.table[0, row]

    def tell(self, epoch: int, losses_K: NDArray[np.float64], listening_K: NDArray[np.bool_]) -> None:
        """An epoch has ended with these validation losses, NaN where none was due; only some trials still listen."""
        for place, (rows, drive) in enumerate(self._driven):
            self._states[place] = drive.update(self._states[place], losses_K[rows], epoch)
            self._write_columns(place, epoch + 1, listening_K)

    def _write_columns(self, place: int, epoch: int, listening_K: NDArray[np.bool_]) -> None:
        """The columns from this epoch on, under the state as it is, of the trials that listen."""
        rows, drive = self._driven[place]
        state, heard = self._states[place], listening_K[rows]
        ahead = np.arange(epoch * self._horizon.updates_per_epoch, self._horizon.updates)
        self.table[0, rows[heard][:, None], ahead] = drive(state, ahead)[heard]
        momentum = drive.momentum(state, ahead)
        if momentum is not None:
            own = np.where(np.isnan(momentum), self._momentum[rows][:, None], momentum)
            heard = heard & ~self._own_momentum_K[rows]
            self.table[1, rows[heard][:, None], ahead] = own[heard]
