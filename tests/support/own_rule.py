"""A rule of a user's own."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lrlab import rules


class RisesSeen(NamedTuple):
    scale: Any
    last: Any


@dataclass(frozen=True, kw_only=True)
class HalveWhereItRises(rules.Rule):
    """Halve the rate after each epoch whose loss is above that of the one before."""

    name = "halve_where_it_rises"
    written = "halve_where_it_rises+constant"

    by: float = 0.5

    @property
    def watches(self):
        return "lower"

    def init(self, shape=()):
        return RisesSeen(np.ones(shape), np.full(shape, np.inf))

    def advance(self, state, value):
        return RisesSeen(np.where(value > state.last, self.by * state.scale, state.scale), value)

    def scale(self, state):
        return state.scale
