"""The next rate of a sequence after every epoch."""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from ..schedules import Horizon
from ._base import Floats, Rule
from ._register import register
from ._sequence import Position, epochs_clock


@final
@register("by_epoch")
@dataclass(frozen=True, kw_only=True)
class ByEpoch(Rule):
    r"""The next rate of a sequence after every epoch, whatever the loss.

    .. math:: s_t = q_n, \qquad n = e

    e = the epoch of update t, counted from 0; q_n = `then` at its epoch n, held for a whole epoch; q_0 is what `then`
    begins with. After a warm-up, e counts from the first epoch without any update of it.
    Epoch 0: q_0. Epoch 1: q_1. Last epoch: q of E - 1, E = the epochs of the run.

    Without a warm-up, a sequence that steps once an epoch (seq1 to seq4) is under this rule the sequence itself.

    Yang & Huang, Learning Rate Investigation, 2019, rule "epoch"; r0 / n is the sequence of Robbins & Monro,
    `A Stochastic Approximation Method <https://doi.org/10.1214/aoms/1177729586>`_, 1951.

    >>> from lrlab.rules import simulate
    >>> from lrlab.schedules import Step
    >>> rule = ByEpoch(then=Step(gamma=0.5, every="1 epochs"))
    >>> simulate(rule, [3.0, 2.0, 1.0], peak=0.01, horizon=Horizon(updates=3, updates_per_epoch=1)).tolist()
    [0.01, 0.005, 0.0025]
    """

    written = "by_epoch+constant"

    @property
    def watches(self) -> Literal["nothing", "lower", "higher"]:
        """The rule needs no value."""
        return "nothing"

    def init(self, shape: tuple[int, ...] = ()) -> Position:
        """The start of the sequence."""
        return Position(np.zeros(shape, dtype=np.int64))

    def advance(self, state: Position, value: Floats) -> Position:  # noqa: ARG002
        """Move one further."""
        return Position(state.position + 1)

    def clock(self, state: Position, t: Floats, horizon: Horizon) -> Floats:
        """The first update of epoch n of `then`."""
        return epochs_clock(self.then, state.position, t, horizon)
