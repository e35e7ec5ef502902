"""What a scheduler says once, in words, where a run goes wrong in silence."""

import sys
import warnings

from ._curves import Feedback
from ._function_schedule import ENDLESS
from ._plan import SchedulePlan

NEVER = 1 << 62  # no run makes so many updates
SILENT = 3  # epochs without a report, before a rule says so
PATIENT = 10  # the same, where an epoch was reported, be it without a measurement
PATIENCE = 1000  # calls of step() without an update, before a warning: some runs accumulate hundreds of batches
ALONE = 30  # the same, while another optimizer makes an update for every call
SHARED = 3  # the same, where the other optimizer holds the same parameters


class Remarks:
    """The remarks of one scheduler, each made once. begun: the update it begins with.

    difference: the remark on the rates at the start, not yet made.
    """

    def __init__(self, plan: SchedulePlan, begun: int) -> None:
        self.difference: str | None = None
        self._silent = self._whole = self._beyond = NEVER
        self._said_lost = self._said_idle = self._said_often = False
        self._horizon, self._begun = plan.horizon, begun
        self._reports = self._measured = 0  # since begun; and since it was last looked whether there were any
        if plan.watches:
            self._silent = begun + min(SILENT * plan.horizon.updates_per_epoch, plan.horizon.updates)
        if plan.after == "hold":
            self._whole, self._beyond = max(plan.horizon.updates, 2), plan.extent + 1

    @property
    def alarm(self) -> int:
        """The next update at which to look."""
        return 0 if self.difference else min(self._silent, self._whole, self._beyond)

    def look_at_update(self, t: int, made: int, feedback: Feedback | None, stopped: bool) -> None:
        """Look at update t. made: how many one call of step() covered. stopped: whether a group's schedule is at 0."""
        self.say_difference()
        if t >= self._silent and feedback is not None:
            self._look_for_reports(t, feedback)
        if t >= self._whole:
            whole, self._whole = self._horizon.updates, NEVER
            if made >= max(whole, 2):
                self._beyond = NEVER
                _warn_caller(
                    f"one call of step() covered {made} updates, of {whole} in all: `updates` counts optimizer steps, "
                    f"not epochs; give updates=math.ceil(len(loader) / accumulated_batches) * epochs, and call step() "
                    f"after every update"
                )
        if t >= self._beyond:
            extent, self._beyond = self._beyond - 1, NEVER
            if stopped:
                _warn_caller(
                    f"update {extent} was made beyond the horizon of {extent} updates, at a rate of 0: nothing is "
                    f"learned from there on; give the number of updates that are made, "
                    f"updates=math.ceil(len(loader) / accumulated_batches) * epochs, or end the run there"
                )

    def _look_for_reports(self, t: int, feedback: Feedback) -> None:
        """Say that a rule has nothing to go by; else look again some epochs later."""
        patience = PATIENT * self._horizon.updates_per_epoch
        due = min(self._begun + patience, self._horizon.updates)
        if self._measured or (self._reports and t < due):
            self._silent = t + patience if self._measured else due
            self._measured = 0
            return
        self._silent = NEVER
        last = f"over the last {PATIENT} epochs, " if self._reports else ""
        _warn_caller(
            f"{last}no metric was reported up to update {t}, so the rule {feedback.drive.rule} has nothing to go by "
            f"and waits; call scheduler.step_metric(metric) once after each epoch"
        )

    def count_report(self, metric: object, made: int) -> None:
        """Count a report, and say so where there are more of them than epochs. made: how many updates were made."""
        self._reports += 1
        self._measured += metric is not None
        length = self._horizon.updates_per_epoch
        begun = (made - 1) // length - self._begun // length + 1
        if self._reports > begun + 1 and length < self._horizon.updates and not self._said_often:
            self._said_often = True
            _warn_caller(
                f"step_metric was called {self._reports} times within {begun} epochs of {length} updates, and each "
                f"call ends an epoch for the rule; call it once after each epoch, not after each batch"
            )

    def say_difference(self) -> None:
        """Make the remark on the rates at the start."""
        if self.difference:
            text, self.difference = self.difference, None
            _warn_caller(text)

    def say_late(self, made: int) -> int:
        """How many of the updates made before the first step() count, where another drove them: one, and say so.

        All where they may be an epoch of the run: another warms up its first one, and step() is called at its end.
        """
        updates, length = self._horizon.updates, self._horizon.updates_per_epoch
        driven = f"another drove the rate over the {made} updates made before the first call of step()"
        if made == length or (length == updates and (updates >= ENDLESS or updates % made == 0)):
            _warn_caller(
                f"{driven}, and these may be an epoch of the run, so the schedule goes on at update {made}; if it is "
                f"to begin after them, write scheduler.step(epoch=1) in place of that call, and if they are an epoch, "
                f"scheduler.step(epoch={made})"
            )
            return made
        _warn_caller(
            f"{driven}, so the schedule begins there, at update 1 of {updates}; if they are part of its {updates} "
            f"updates, write scheduler.step(epoch={made}) after them"
        )
        return 1

    def say_lost(self) -> None:
        """Say that a rate of 0 was changed by another."""
        if not self._said_lost:
            self._said_lost = True
            _warn_caller(
                "another scheduler, or the program, changed the rate where the schedule's is 0, so it cannot be kept "
                "as a factor of it, and the schedule goes on alone; let it begin above 0 (a warm-up does, unless "
                'first=0) and stay above it (floor=0.01), or write both as one schedule: "product(of=[..., ...])"'
            )

    def say_idle(self, calls: int, others: int, shared: bool) -> None:
        """Say, after so many calls of step() in a row without an update, that something is amiss, if it is."""
        if self._said_idle:
            return
        if others and calls >= (SHARED if shared else ALONE) and others >= calls - 1:
            self._said_idle = True
            _warn_caller(
                f"step() was called {calls} times while another optimizer made its updates, and the one this scheduler "
                f"is over made none, so the rate has not changed; {_ask(shared)}build the scheduler over the optimizer "
                f"that is stepped (give a Trainer both, the optimizer and its scheduler)"
            )
        elif calls >= PATIENCE:
            self._said_idle = True
            _warn_caller(
                f"step() was called {calls} times in a row without a step of the optimizer, so the rate has not "
                f"changed; where its steps cannot be seen, write step(updates=1). To look at a schedule beforehand, "
                f"write schedule.bind(peak=..., horizon=...).all()"
            )


def _ask(shared: bool) -> str:
    return "" if shared else "is it stepped later, as a generator after its critic? Then all is well; if not, "


def _warn_caller(text: str) -> None:
    """Warn at the line of the caller's own that led here, also where torch's sequence or chain lies between."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__package__") in (__package__, "torch.optim"):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, UserWarning, stacklevel=level)
