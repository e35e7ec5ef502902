"""Which update the arguments of torch's methods mean."""

import numpy as np

from ..errors import ScheduleError
from ..rules import Rule
from ..schedules import Schedule
from ._curves import Feedback


def first_update(last_epoch: int, before: int | None) -> int:
    """The update that a scheduler built with torch's `last_epoch` begins with.

    before: where the optimizer's scheduler stands so far, if it has one.
    """
    if not _is_whole(last_epoch) or last_epoch < -1:
        raise ScheduleError(
            f"`last_epoch` must be the number of the last update made, or -1 for none, but got {last_epoch!r}; leave "
            f"it out, and load the scheduler's state to go on"
        )
    if last_epoch >= 0 and before is not None and before != last_epoch + 1:
        raise ScheduleError(
            f"`last_epoch` is the number of the last update made, but got {last_epoch}, and {before} updates were made "
            f"so far; write last_epoch={before - 1} to go on, or last_epoch=-1 to begin anew (skorch counts epochs: "
            f"give its LRScheduler one of these)"
        )
    return int(last_epoch) + 1


def target(t: int, position: object, epoch: object, updates: object, watches: bool) -> int:
    """The update that explicit arguments of `step` lead to, from update t on. watches: whether there is a rule."""
    if position is not None and (watches or not _is_whole(position)):
        raise ScheduleError(
            f"step: takes no metric, but got {position!r}; report it by step_metric, once after each epoch, and call "
            f"step() without it after each update. To go to an update, write step(epoch=t)"
        )
    if position is not None:
        epoch = position if epoch is None else epoch
    for name, value in (("epoch", epoch), ("updates", updates)):
        if value is not None and not (_is_whole(value) and value >= 0):  # type: ignore[operator]
            raise ScheduleError(
                f"step: `{name}` must be a whole number of updates, at least 0, but got {value!r}; "
                f"a metric is reported by step_metric"
            )
    if epoch is not None and updates is not None:
        raise ScheduleError(
            f"step: give `epoch` or `updates`, but got epoch={epoch} and updates={updates}; leave one out"
        )
    return int(epoch) if epoch is not None else max(t, 0) + int(updates or 0)  # type: ignore[call-overload]


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def reported(feedback: Feedback | None, schedule: Schedule | Rule, updates_seen: int) -> Feedback:
    """What `step_metric` reports to. Raises ScheduleError where there is nothing to report to, or nothing to report."""
    if feedback is None:
        raise ScheduleError(
            f"step_metric: {schedule} watches no metric; leave the call out, or put a rule before it, "
            f'such as "plateau+{schedule}"'
        )
    if not updates_seen:
        raise ScheduleError(
            "step_metric: no update was made yet, so there is no epoch to report; report after an epoch "
            "(in Lightning, not while trainer.sanity_checking)"
        )
    return feedback
