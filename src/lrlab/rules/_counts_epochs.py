"""Whether it matters to a schedule or rule how many updates make an epoch."""

import numpy as np

from ..errors import ScheduleError
from ..schedules import Horizon, Schedule, Seq1, Seq2, Seq3, Seq4, parts_of
from ._base import Rule


def counts_epochs(plan: Schedule | Rule, horizon: Horizon) -> bool:
    """Whether it matters how many updates make an epoch: by its class or fields, or by the curve itself.

    >>> from lrlab.rules import parse
    >>> thousand = Horizon(updates=1000, updates_per_epoch=100)
    >>> [counts_epochs(parse(text), thousand) for text in ("cosine", "step(every=1 epochs)", "plateau+constant")]
    [False, True, True]
    """
    if isinstance(plan, Rule) or any(isinstance(part, Seq1 | Seq2 | Seq3 | Seq4) for part in parts_of(plan)):
        return True
    return _speaks_of_epochs(plan.to_dict()) or _differs_by_epoch(plan, horizon)


def _speaks_of_epochs(value: object) -> bool:
    if isinstance(value, dict):
        return any(_speaks_of_epochs(part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(_speaks_of_epochs(part) for part in value)
    return isinstance(value, str) and "epoch" in value


def _differs_by_epoch(schedule: Schedule, horizon: Horizon) -> bool:
    even = np.linspace(0, horizon.updates - 1, 257).round()
    odd = np.random.default_rng(0).integers(horizon.updates, size=1024)  # what repeats may be alike at even places
    t = np.unique(np.concatenate([even, odd]))
    curves = []
    for length in (horizon.updates, 1):
        try:
            bound = schedule.bind(peak=1.0, horizon=Horizon(updates=horizon.updates, updates_per_epoch=length))
            curves.append(str(bound(t).tolist()))  # as text, NaN is equal to NaN
        except ScheduleError as misfit:  # the same one twice has another cause, and is told by who fits the schedule
            curves.append(str(misfit))
    return curves[0] != curves[1]
