"""The next rate of a sequence when the loss hardly changes."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from ..schedules import Horizon, check_number
from ._base import Floats, Rule
from ._register import register
from ._sequence import epochs_clock

LARGEST = 1e9  # units of loss; more is a slip of the keyboard


class CutoffState(NamedTuple):
    """Shapes: all () or (K,)."""

    position: NDArray[np.int64]  # the n of q_n
    previous: NDArray[np.float64]  # the last loss seen; nan before the first
    cutoff: NDArray[np.float64]  # the change that counts as none, in units of the loss


@final
@register("by_cutoff")
@dataclass(frozen=True, kw_only=True)
class ByCutoff(Rule):
    r"""The next rate of a sequence when the validation loss changes by less than a cutoff, which then shrinks.

    .. math:: |\ell_e - \ell_{e-1}| < c: \quad n \leftarrow n + 1, \quad c \leftarrow \text{shrink} \cdot c

    l_e = validation loss after epoch e; c starts at `cutoff`, in units of the loss, and shrinks by the factor `shrink`
    at every move; n starts at 0; q_n = `then` at its epoch n, held for a whole epoch. Two
    losses are needed, so the first two epochs use q_0. After a warm-up, epochs count from the first without any update
    of it. An epoch whose loss was not measured is passed over. Whether a change of c itself moves is left to rounding.
    Epoch 0: q_0. Epoch 1: q_0. Last epoch: q_n with n at most E - 2, E = the epochs of the run.

    Yang & Huang, Learning Rate Investigation, 2019, rule "cutoff", with shrink 0.2; their first cutoff is not stated,
    so it must be given. r0 / n is the sequence of Robbins & Monro, `A Stochastic Approximation Method
    <https://doi.org/10.1214/aoms/1177729586>`_, 1951.

    >>> from lrlab.rules import simulate
    >>> from lrlab.schedules import Step
    >>> rule = ByCutoff(cutoff=0.1, then=Step(gamma=0.5, every="1 epochs"))
    >>> losses = [1.0, 0.95, 0.94, 0.93, 0.92]  # 0.05 is under 0.1; then 0.01 is under 0.02, but not under 0.004
    >>> simulate(rule, losses, peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=1)).tolist()
    [1.0, 1.0, 0.5, 0.25, 0.25]
    """

    written = "by_cutoff(cutoff=0.01)+constant"

    cutoff: float
    shrink: float = 0.2

    def check(self) -> None:
        """Refuse a cutoff that nothing can be under, and a shrink that grows."""
        check_number(self, "cutoff", 0, LARGEST, open_low=True)
        check_number(self, "shrink", 0, 1, open_low=True)

    @property
    def watches(self) -> Literal["nothing", "lower", "higher"]:
        """A lower loss is better."""
        return "lower"

    def init(self, shape: tuple[int, ...] = ()) -> CutoffState:
        """The start of the sequence, with no loss seen."""
        return CutoffState(np.zeros(shape, dtype=np.int64), np.full(shape, np.nan), np.full(shape, self.cutoff))

    def advance(self, state: CutoffState, value: Floats) -> CutoffState:
        """Move one further where the loss changed by less than the cutoff."""
        still = np.abs(value - state.previous) < state.cutoff  # false while previous is nan
        return CutoffState(
            position=state.position + still,
            previous=value,
            cutoff=np.where(still, self.shrink * state.cutoff, state.cutoff),
        )

    def clock(self, state: CutoffState, t: Floats, horizon: Horizon) -> Floats:
        """The first update of epoch n of `then`."""
        return epochs_clock(self.then, state.position, t, horizon)
