"""A cut when the watched value stops improving."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from ..schedules import check_number, check_whole, check_word
from ._base import Floats, Rule
from ._register import register

LONGEST = 10**9  # epochs, or units of loss; more is a slip of the keyboard


class PlateauState(NamedTuple):
    """Shapes: all () or (K,)."""

    scale: NDArray[np.float64]  # multiplies `then`
    best: NDArray[np.float64]  # the best value seen; inf or -inf before the first
    stale: NDArray[np.int64]  # epochs without improvement, counted
    pause: NDArray[np.int64]  # epochs of cooldown left


@final
@register("plateau")
@dataclass(frozen=True, kw_only=True)
class Plateau(Rule):
    r"""The rate is multiplied by `factor` when the watched value has not improved for more than `patience` epochs.

    .. math:: s_t = c_e f(t), \qquad c_{e+1} = \begin{cases} \max(\text{floor}, \text{factor} \cdot c_e) & b_e > p \\
        c_e & \text{else} \end{cases}

    f = `then`; c_0 = 1; p = patience and b_e = epochs since the last improvement or cut, both in epochs. `patience=2`
    forgives two epochs without improvement and cuts after the third, as torch does; keras, fastai and optax cut after
    the second, so their patience is one more than this one.

    - goal: "min" where lower is better, "max" where higher is.
    - threshold: how much better counts as better. With threshold_mode="relative" it is a part of the best value's
      size, \|best\|, so a negative value improves when it improves (torch and optax take it from best itself, and let a
      value that worsens count as better); with "absolute" it is in units of the value.
    - cooldown: epochs after a cut that are not counted; the best value is still noted.
    - floor: c never falls below it.

    Epoch 0: f. Epoch patience + 2: the first that can be cut. Last epoch: f times a power of `factor`, or times floor.
    After a warm-up, epochs count from the first without any update of it. An epoch that was not measured is passed
    over.

    `ReduceLROnPlateau <https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html>`_
    of torch has the same defaults, except for its floor of the change of rate (`eps`), and the same rounding, so that
    ties come out alike. With threshold=1, relative, torch takes not even the first value for better.

    >>> from lrlab.rules import simulate
    >>> from lrlab.schedules import Constant, Horizon
    >>> rule = Plateau(factor=0.5, patience=1, then=Constant())
    >>> losses = [1.0, 0.9, 0.9, 0.9, 0.8]  # two epochs without improvement: one is forgiven
    >>> simulate(rule, losses, peak=0.1, horizon=Horizon(updates=5, updates_per_epoch=1)).tolist()
    [0.1, 0.1, 0.1, 0.1, 0.05]
    """

    written = "plateau(patience=2)+constant"

    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: Literal["relative", "absolute"] = "relative"
    cooldown: int = 0
    goal: Literal["min", "max"] = "min"
    floor: float = 0.0

    def check(self) -> None:
        """Refuse numbers out of bounds and unknown words."""
        check_number(self, "factor", 0, 1, open_low=True)
        check_whole(self, "patience", 0, LONGEST)
        check_word(self, "threshold_mode", ("relative", "absolute"))
        check_number(self, "threshold", 0, 1 if self.threshold_mode == "relative" else LONGEST)
        check_whole(self, "cooldown", 0, LONGEST)
        check_word(self, "goal", ("min", "max"))
        check_number(self, "floor", 0, 1)

    @property
    def watches(self) -> Literal["nothing", "lower", "higher"]:
        """Which is better, by the goal."""
        return "lower" if self.goal == "min" else "higher"

    def init(self, shape: tuple[int, ...] = ()) -> PlateauState:
        """The start, with nothing seen and nothing cut."""
        none = np.zeros(shape, dtype=np.int64)
        return PlateauState(np.ones(shape), np.full(shape, np.inf if self.goal == "min" else -np.inf), none, none)

    def advance(self, state: PlateauState, value: Floats) -> PlateauState:
        """Note a better value; cut where patience is over."""
        better = self._is_better(value, state.best)
        stale = np.where(better | (state.pause > 0), 0, state.stale + 1)
        cut = stale > self.patience
        return PlateauState(
            scale=np.where(cut, np.maximum(self.factor * state.scale, self.floor), state.scale),
            best=np.where(better, value, state.best),
            stale=np.where(cut, 0, stale),
            pause=np.where(cut, self.cooldown, np.maximum(state.pause - 1, 0)),
        )

    def _is_better(self, value: Floats, best: Floats) -> NDArray[np.bool_]:
        """Whether a value is beyond the best by more than the threshold, rounded as torch rounds it."""
        seen = np.where(np.isfinite(best), best, 0.0)
        if self.threshold_mode == "absolute":
            lowest, highest = seen - self.threshold, seen + self.threshold
        else:
            part = self.threshold * np.sign(seen)
            lowest, highest = seen * (1 - part), seen * (1 + part)
        better = value < lowest if self.goal == "min" else value > highest
        return better | ~np.isfinite(best)

    def scale(self, state: PlateauState) -> Floats:
        """The cuts so far."""
        return state.scale
