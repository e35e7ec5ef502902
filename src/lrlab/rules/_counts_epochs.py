"""Whether it matters to a schedule or rule how many updates make an epoch."""

import numpy as np

from ..errors import ScheduleError
from ..schedules import Horizon, Schedule
from ._base import Rule


def counts_epochs(plan: Schedule | Rule, horizon: Horizon) -> bool:
    """Whether it matters how many updates make an epoch: by the text of its fields, or by the curve itself.

    >>> from lrlab.rules import parse
    >>> thousand = Horizon(updates=1000, updates_per_epoch=100)
    >>> [counts_epochs(parse(text), thousand) for text in ("cosine", "step(every=1 epochs)", "plateau+constant")]
    [False, True, True]
    """
    return isinstance(plan, Rule) or _speaks_of_epochs(plan.to_dict()) or _differs_by_epoch(plan, horizon)


def _speaks_of_epochs(value: object) -> bool:
    if isinstance(value, dict):
        return any(_speaks_of_epochs(part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(_speaks_of_epochs(part) for part in value)
    return isinstance(value, str) and "epoch" in value


def _differs_by_epoch(schedule: Schedule, horizon: Horizon) -> bool:
    t = np.unique(np.linspace(0, horizon.updates - 1, 257).round())
    curves = []
    for length in (horizon.updates, 1):
        try:
            bound = schedule.bind(peak=1.0, horizon=Horizon(updates=horizon.updates, updates_per_epoch=length))
            curves.append(str(bound(t).tolist()))  # as text, NaN is equal to NaN
        except ScheduleError as misfit:  # the same one twice has another cause, and is told by who fits the schedule
            curves.append(str(misfit))
    return curves[0] != curves[1]
