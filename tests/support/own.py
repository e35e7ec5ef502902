"""Schedules and rules of a user's own, and a catalogue that is afterwards as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lrlab.rules import RULES, Rule
from lrlab.schedules import SCHEDULES, Schedule

PLUGIN = '''
"""A plug-in, as a user writes it."""

from dataclasses import dataclass

from lrlab.rules import register
from lrlab.schedules import Schedule

LOWEST = 0.25


def fall(t, updates):
    return 1.0 - (1.0 - LOWEST) * t / updates


@register("downhill")
@dataclass(frozen=True, kw_only=True)
class Downhill(Schedule):
    """Down to a quarter."""

    power: float = 1.0

    def shape(self, t, horizon):
        return fall(t, horizon.updates) ** self.power
'''


@contextmanager
def catalogue_kept() -> Iterator[None]:
    """What is registered inside is gone afterwards."""
    before = set(SCHEDULES), set(RULES)
    try:
        yield
    finally:
        for registry, names in zip((SCHEDULES, RULES), before, strict=True):
            for name in set(registry) - names:
                registry.remove(name)


@dataclass(frozen=True, kw_only=True)
class Waves(Schedule):
    """Waves between the peak and `low`, as many as `waves`; `upright`, they begin at the peak.

    `part`, `corners` and `after` change nothing: there are fields of every type.
    First update: 1. Last update: near 1. After: the wave goes on.
    """

    waves: int = 3
    low: float = 0.1
    upright: bool = True
    part: str = "50%"
    corners: tuple[float, ...] = ()
    after: Schedule | None = None

    def shape(self, t, horizon):
        wave = (1 + np.cos(2 * np.pi * self.waves * t / horizon.updates)) / 2
        return self.low + (1 - self.low) * (wave if self.upright else 1 - wave)


class HalvedState(NamedTuple):
    halvings: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Halving(Rule):
    """The rate is halved after each epoch whose loss is above `limit`, at `most` so often, and drives `then`.

    Epoch 0: the schedule's own. Last epoch: halved as often as the loss was too high.
    """

    limit: float = 1.0
    most: int = 5

    @property
    def watches(self):
        return "lower"

    def init(self, shape=()):
        return HalvedState(np.zeros(shape, dtype=np.int64))

    def advance(self, state, value):
        return HalvedState(np.minimum(state.halvings + (value > self.limit), self.most))

    def scale(self, state):
        return 0.5**state.halvings
