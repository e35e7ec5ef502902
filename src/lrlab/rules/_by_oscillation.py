"""The next rate of a sequence when the loss rises."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from ..schedules import Horizon
from ._base import Floats, Rule
from ._register import register
from ._sequence import epochs_clock


class OscillationState(NamedTuple):
    """Shapes: both () or (K,)."""

    position: NDArray[np.int64]  # the n of q_n
    previous: NDArray[np.float64]  # the last loss seen; nan before the first


@final
@register("by_oscillation")
@dataclass(frozen=True, kw_only=True)
class ByOscillation(Rule):
    r"""The next rate of a sequence when the validation loss rises.

    .. math:: \ell_e > \ell_{e-1}: \quad n \leftarrow n + 1

    l_e = validation loss after epoch e; n starts at 0; q_n = `then` at its epoch n, held for a whole epoch. The loss is
    compared with that of the epoch before, not with the best one. Two losses are needed, so the first two epochs use
    q_0. After a warm-up, epochs count from the first without any update of it. An epoch whose loss was not measured is
    passed over.
    Epoch 0: q_0. Epoch 1: q_0. Last epoch: q_n with n at most E - 2, E = the epochs of the run.

    Yang & Huang, Learning Rate Investigation, 2019, rule "oscillate"; r0 / n is the sequence of Robbins & Monro,
    `A Stochastic Approximation Method <https://doi.org/10.1214/aoms/1177729586>`_, 1951.

    >>> from lrlab.rules import simulate
    >>> from lrlab.schedules import Step
    >>> rule = ByOscillation(then=Step(gamma=0.5, every="1 epochs"))
    >>> losses = [1.0, 1.5, 1.2, 1.3, 1.3]  # rises twice
    >>> simulate(rule, losses, peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=1)).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    written = "by_oscillation+constant"

    @property
    def watches(self) -> Literal["nothing", "lower", "higher"]:
        """A lower loss is better."""
        return "lower"

    def init(self, shape: tuple[int, ...] = ()) -> OscillationState:
        """The start of the sequence, with no loss seen."""
        return OscillationState(np.zeros(shape, dtype=np.int64), np.full(shape, np.nan))

    def advance(self, state: OscillationState, value: Floats) -> OscillationState:
        """Move one further where the loss rose."""
        return OscillationState(state.position + (value > state.previous), value)  # false while previous is nan

    def clock(self, state: OscillationState, t: Floats, horizon: Horizon) -> Floats:
        """The first update of epoch n of `then`."""
        return epochs_clock(self.then, state.position, t, horizon)
