"""What a field's value is at update t, as a fraction of its peak: functions of an array of updates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..rules import Drive, Rule, RuleState
from ..schedules import After, Horizon, Rates, Schedule

Floats: TypeAlias = NDArray[np.float64]
UpdateFunction: TypeAlias = Callable[[Floats], Floats]

WITHOUT_VALUE = (LookupError, ArithmeticError, ValueError, TypeError, AssertionError)  # of a formula where it has none


class Feedback:
    """A rule on its way. Each report of its metric ends an epoch; the state holds until the next one."""

    def __init__(self, rule: Rule, peak: float, horizon: Horizon) -> None:
        resolved = replace(rule, then=rule.then.resolve(peak, horizon))
        self.drive: Drive = resolved.bind(peak=1.0, horizon=horizon)
        self.state: RuleState = self.drive.init()
        self.reports = 0

    def __call__(self, t: Floats) -> Floats:
        """The fraction of the peak used by updates t if no more is reported."""
        return self.drive(self.state, t)

    def momentum(self, t: Floats) -> Floats | None:
        """As `Rates.momentum`."""
        return self.drive.momentum(self.state, t)

    def report(self, metric: float | None) -> None:
        """Go on to the next epoch. None: the metric was not measured."""
        self.state = self.drive.update(self.state, metric, self.reports)
        self.reports += 1

    def go_on_from(self, other: "Feedback") -> None:
        """Take over what the other has seen."""
        self.state, self.reports = other.state, other.reports

    def to_dict(self) -> dict[str, Any]:
        """What was seen, as plain data."""
        return {"reports": self.reports, "state": self.drive.rule.state_to_dict(self.state)}

    def load(self, data: dict[str, Any]) -> None:
        """Take over what was seen from plain data. Raises ScheduleError or KeyError."""
        self.state, self.reports = self.drive.rule.state_from_dict(data["state"]), data["reports"]


class CountedFeedback(Feedback):
    """A rule that watches nothing: its epochs are counted by the updates, so it is a function of t alone."""

    def __call__(self, t: Floats) -> Floats:
        """The fraction of the peak used by updates t."""
        values = np.empty(t.shape)
        for here in self._split_by_epoch(t):
            values[here] = self.drive(self.state, t[here])
        return values

    def momentum(self, t: Floats) -> Floats | None:
        """As `Rates.momentum`."""
        values = np.full(t.shape, np.nan)
        for here in self._split_by_epoch(t):
            moved = self.drive.momentum(self.state, t[here])
            values[here] = np.nan if moved is None else moved
        return values

    def _split_by_epoch(self, t: Floats) -> Iterator[NDArray[np.bool_]]:
        """For each epoch that has updates among t: which they are, the state being that epoch's."""
        horizon = self.drive.horizon
        epoch_of = np.minimum(t // horizon.updates_per_epoch, horizon.epochs - 1)
        for epoch in np.unique(epoch_of).astype(int).tolist():
            if self.reports > epoch:
                self.state, self.reports = self.drive.init(), 0
            while self.reports < epoch:
                self.report(None)
            yield epoch_of == epoch


@dataclass(frozen=True)
class MomentumCurve:
    """The momentum (beta1) a schedule brings along, itself and not a fraction; `otherwise` where it leaves it alone."""

    source: Rates | Feedback
    otherwise: float

    def __call__(self, t: Floats) -> Floats:
        """The momentum of updates t."""
        moved = self.source.momentum(t)
        return np.full(t.shape, self.otherwise) if moved is None else np.where(np.isnan(moved), self.otherwise, moved)


def evaluate_to_end(curve: UpdateFunction, t: Floats, last: int) -> Floats:
    """The curve at updates t, ascending. Those after `last` are made by no run, so the curve may be wrong there.

    Where it fails, or is no number, it is held: a table may have a value for each update and none for the end, a root
    none beyond it. Where it falls below 0, as a line that is 0 at the last update does, it is 0.
    """
    if t[-1] <= last:
        return curve(t)
    beyond, end = t > last, np.array([float(last)])
    with np.errstate(all="ignore"):
        try:
            values = curve(t)
        except WITHOUT_VALUE:
            values = curve(np.minimum(t, last))
        odd = beyond & ~(np.isfinite(values) & (values >= 0))
        if odd.any():
            held = curve(end)[0]
            values = np.where(odd & ~np.isfinite(values), held, values)
            values = np.where(odd & (values < 0) & (held >= 0), 0.0, values)
    return values


def bind_fractions(schedule: Schedule | Rule, peak: float, horizon: Horizon, after: After) -> Rates | Feedback:
    """The schedule as fractions of the peak. A schedule whose fields depend on the peak has those of this peak.

    schedule: or a rule, which goes on by what is reported to it. horizon: the length it is bound to. after: what
    updates beyond that get, as in `Scheduler`; whoever asks refuses those that "error" is for.
    """
    if isinstance(schedule, Rule):
        return (CountedFeedback if schedule.watches == "nothing" else Feedback)(schedule, peak, horizon)
    resolved = schedule.resolve(peak, horizon)
    return resolved.bind(peak=1.0, horizon=horizon, after="repeat" if after == "repeat" else "hold")
