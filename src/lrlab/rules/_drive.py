"""A rule bound to peaks and a horizon: the one place where the rates of the coming epoch are computed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ScheduleError
from ..schedules import Horizon, Schedule, Warmup, checked_peak
from ._base import Floats, Rule, State


def warmup_updates(schedule: Schedule, horizon: Horizon) -> int:
    """The updates of the warm-up a schedule begins with; 0 where it has none."""
    return horizon.updates - schedule.rest(horizon).updates if isinstance(schedule, Warmup) else 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Drive:
    """A rule at a peak (or at K peaks, one per trial) over a horizon. It holds no state: the caller does.

    >>> from lrlab.rules import parse_rule
    >>> horizon = Horizon(updates=6, updates_per_epoch=2)
    >>> drive = parse_rule("by_oscillation+step(gamma=0.5, every=1 epochs)").bind(peak=0.1, horizon=horizon)
    >>> state = drive.init()
    >>> for epoch, loss in enumerate([1.0, 2.0, 1.5]):
    ...     print(drive.row(state, epoch).tolist())  # before the epoch: its rates
    ...     state = drive.update(state, loss, epoch)  # after its validation
    [0.1, 0.1]
    [0.1, 0.1]
    [0.05, 0.05]
    """

    rule: Rule
    peak: ArrayLike
    horizon: Horizon

    def __post_init__(self) -> None:
        if not isinstance(self.horizon, Horizon):
            raise ScheduleError(
                f"a horizon is Horizon(updates=..., updates_per_epoch=...), so that epochs can be counted, "
                f"but got {self.horizon!r}"
            )
        given = np.asarray(self.peak, dtype=object)
        if given.ndim > 1 or not given.size:
            raise ScheduleError(f"a rule takes one peak, or a list of one per trial, but got shape {given.shape}")
        checked = [checked_peak(peak) for peak in given.reshape(-1)]
        object.__setattr__(self, "peak", np.array(checked, dtype=np.float64).reshape(given.shape))
        self.rule.fit(self.horizon)

    @property
    def first_watched(self) -> int:
        """The first epoch whose value the rule is shown: the first that holds no update of a warm-up."""
        return -(-warmup_updates(self.rule.then, self.horizon) // self.horizon.updates_per_epoch)

    def init(self) -> State:
        """The state before epoch 0, of one trial or of K, as the peaks are."""
        return self.rule.init(np.shape(self.peak))

    def update(self, state: State, value: ArrayLike | None, epoch: int) -> State:
        """The state after epoch `epoch` was validated with this value (for K trials: shape (K,)); `state` is kept.

        Epochs that hold an update of the warm-up are not watched. A value that is None or not finite was not measured:
        the rule waits, for that trial alone, unless it watches nothing and only counts epochs.
        """
        seen = np.array(value, dtype=np.float64)
        if self.rule.watches == "nothing":
            seen = np.zeros(np.shape(self.peak))
        elif seen.shape != np.shape(self.peak):
            raise ScheduleError(
                f"{self.rule.name}: one value per trial must be given after each epoch, of shape "
                f"{np.shape(self.peak)}, but got {seen.shape}"
            )
        if epoch < self.first_watched:
            return state
        measured = np.isfinite(seen)
        with np.errstate(over="ignore"):  # a change beyond the largest float is infinite, and compares as such
            moved = self.rule.advance(state, np.where(measured, seen, 0.0))
        return type(state)(*(np.where(measured, new, old) for new, old in zip(moved, state, strict=True)))

    def updates(self, epoch: int) -> NDArray[np.int64]:
        """The updates of an epoch; the last epoch may be shorter, and beyond it there are none."""
        length = self.horizon.updates_per_epoch
        return np.arange(epoch * length, min((epoch + 1) * length, self.horizon.updates))

    def row(self, state: State, epoch: int) -> Floats:
        """The rates of every update of an epoch under a state, shape (updates,) or (K, updates)."""
        return self(state, self.updates(epoch))

    def __call__(self, state: State, t: ArrayLike) -> Floats:
        """The rates used by updates t, shape (n,), under a state: (n,) or (K, n). Beyond the horizon: as at T."""
        t = np.asarray(t, dtype=np.float64)
        if not (t >= 0).all():
            raise ScheduleError(f"updates are numbered from 0, but got t = {t.min():g}")
        fractions = self.rule.shape(state, np.minimum(t, float(self.horizon.updates)), self.horizon)
        return np.asarray(self.peak)[..., None] * fractions
