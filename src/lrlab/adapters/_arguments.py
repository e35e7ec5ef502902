"""What the arguments of torch's methods mean, and what to say of those that mean nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.optim import Optimizer

from ..errors import ScheduleError, UnknownName
from ..rules import Rule
from ..schedules import Schedule
from ._curves import Feedback


def check_arguments(
    optimizer: object, schedule: object, misplaced: Sequence[object], on_change: object, overridden: bool
) -> None:
    """Raise a ScheduleError or UnknownName for arguments that no scheduler can be built from.

    optimizer, schedule, on_change: those of `Scheduler`. misplaced: those given by position after the schedule.
    overridden: whether a subclass has a get_lr of its own, which nobody asks.
    """
    if overridden:
        raise ScheduleError(
            "get_lr of a subclass of Scheduler has no effect, since the rates are those of the schedule; write the "
            "change into the schedule: a function of t, or a class over lrlab.schedules.Schedule"
        )
    if not isinstance(optimizer, Optimizer):
        raise ScheduleError(f"`optimizer` must be a torch optimizer, but got {_describe_no_optimizer(optimizer)}")
    if misplaced:
        updates = misplaced[0] if _is_whole(misplaced[0]) else "T"
        raise ScheduleError(
            f"all after optimizer and schedule must be given by name, but got {', '.join(map(repr, misplaced))}; "
            f"write Scheduler(optimizer, {schedule!r}, updates={updates})"
        )
    if on_change not in ("error", "keep", "rescale"):
        raise UnknownName("word for on_change", str(on_change), ("error", "keep", "rescale"))


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
            f"so far; write last_epoch={before - 1} to go on, or last_epoch=-1 to start over (skorch counts epochs: "
            f"give its LRScheduler one of these)"
        )
    return int(last_epoch) + 1


def check_no_metric(position: object, metrics: object, schedule: Schedule | Rule) -> None:
    """Raise a ScheduleError where what `step` is given is a metric, as ReduceLROnPlateau takes it."""
    if position is None and metrics is None:
        return
    watches = isinstance(schedule, Rule) and schedule.watches != "nothing"
    if metrics is None and _is_whole(position) and not watches:
        return
    value = position if metrics is None else metrics
    if watches:
        raise ScheduleError(
            f"step: takes no metric, but got {value!r}; report it by step_metric, once after each epoch, and call "
            f"step() without it after each update. To go to an update, write step(epoch=t)"
        )
    rule = "" if isinstance(schedule, Rule) else f', or put a rule before it, such as "plateau+{schedule}"'
    raise ScheduleError(
        f"step: takes no metric, but got {value!r}, and {schedule} watches none; call step() without it{rule}. To go "
        f"to an update, write step(epoch=t)"
    )


def target_update(t: int, position: object, epoch: object, updates: object) -> int:
    """The update that explicit arguments of `step` lead to, from update t on.

    position: `epoch` without its name. epoch: the update to go to. updates: how many were made since t. Raises
    ScheduleError where they are no whole numbers, or both are given.
    """
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


def check_report(feedback: Feedback | None, schedule: Schedule | Rule, stepped: bool) -> Feedback:
    """What `step_metric` reports to. Raises ScheduleError where there is nothing to report to, or nothing to report.

    stepped: whether the optimizer made an update.
    """
    if feedback is None:
        raise ScheduleError(
            f"step_metric: {schedule} watches no metric; leave the call out, or put a rule before it, "
            f'such as "plateau+{schedule}"'
        )
    if not stepped:
        raise ScheduleError(
            "step_metric: no update was made yet, so there is no epoch to report; report after an epoch "
            "(in Lightning, not while trainer.sanity_checking)"
        )
    return feedback


def metric_of(metric: object) -> Any:
    """The number that `step_metric` is given, or None. Raises ScheduleError for several, and for text."""
    several = isinstance(metric, Tensor) and metric.numel() != 1
    if several or isinstance(metric, str | bytes):
        raise ScheduleError(
            f"step_metric: one number must be given, or None where there is no measurement, but got {metric!r}; write "
            f"step_metric(losses.mean())"
        )
    return metric.item() if isinstance(metric, Tensor) else metric


def _describe_no_optimizer(given: object) -> str:
    """What was given in an optimizer's place, and the way out."""
    parts = [*given.values()] if isinstance(given, Mapping) else given
    if isinstance(parts, Sequence) and any(isinstance(part, Optimizer) for part in parts):
        return f"a {type(given).__name__} of {len(parts)}; build one scheduler for each optimizer"
    for name, part in vars(given).items() if hasattr(given, "__dict__") else ():
        if isinstance(part, Optimizer):
            return f"a {type(given).__name__}; give the optimizer inside it, its `{name}`"
    return f"{given!r:.100}; write SGD(parameters, lr=)"
