"""Whether a schedule, or a rule's, brings a momentum along."""

import numpy as np

from ..schedules import Horizon, Schedule, is_own, parts_of
from ._base import Rule


def moves_momentum(plan: Schedule | Rule, horizon: Horizon) -> bool:
    """Whether the schedule, or any schedule within it, moves the momentum at some update.

    horizon: of about the length; spans of built-in schedules need not fit it.

    >>> from lrlab.rules import parse
    >>> texts = ("cosine", "one_cycle(momenta=[0.95, 0.85])", "plateau+warmup+one_cycle(momenta=[0.95, 0.85])")
    >>> [moves_momentum(parse(text), Horizon(updates=100, updates_per_epoch=10)) for text in texts]
    [False, True, True]
    """
    return any(_brings_momentum(part, horizon) for part in parts_of(plan) if isinstance(part, Schedule))


def _brings_momentum(schedule: Schedule, horizon: Horizon) -> bool:
    """Of its own; what lrlab's schedules do that hold others is what those do."""
    holds_others = any(part is not schedule for part in parts_of(schedule))
    if holds_others and not is_own(type(schedule)):
        return False
    try:
        with np.errstate(all="ignore"):  # of a rise that the horizon does not have
            return schedule.momentum(np.zeros(1), horizon) is not None
    except Exception:
        if is_own(type(schedule)):  # refused in words where it is bound
            return False
        raise
