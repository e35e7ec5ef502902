"""A fall as one over the time: the "time-based" decay."""

from dataclasses import dataclass, replace
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import check_number, check_word
from ._clock import Horizon

BY_PEAK = "peak/epochs"


@final
@register("inverse_time")
@dataclass(frozen=True, kw_only=True)
class InverseTime(Schedule):
    r"""A fall as one over the time, the "time-based" decay.

    .. math:: s_t = \frac{1}{1 + k n}, \qquad n = t \text{ (per update)},\ E \lfloor t / E \rfloor \text{ (per epoch)}

    k = decay, per update: a number, or "peak/epochs", the published rule of thumb: the bound peak over the epochs of
    the horizon. E = updates of an epoch; with per="epoch" the rate is a staircase, the same all through an epoch, as
    the published formula prints it; with per="update" it falls at every update.
    First update: 1. Last update: 1 / (1 + k (T - 1)) per update. After: 1 / (1 + k T) per update; per epoch, t is that
    of the first update of its epoch.

    Robbins & Monro, `A Stochastic Approximation Method <https://doi.org/10.1214/aoms/1177729586>`_, 1951; as Keras 2
    had it, `decay <https://github.com/keras-team/keras/blob/2.3.1/keras/optimizers.py>`_.

    >>> horizon = Horizon(updates=4, updates_per_epoch=2)
    >>> InverseTime(decay=1).bind(peak=1.0, horizon=horizon).all().round(4).tolist()
    [1.0, 0.5, 0.3333, 0.25]
    >>> InverseTime(decay="peak/epochs", per="epoch").bind(peak=1.0, horizon=horizon).all().tolist()
    [1.0, 1.0, 0.5, 0.5]
    """

    decay: float | Literal["peak/epochs"] = 0.01
    per: Literal["update", "epoch"] = "update"

    def __post_init__(self) -> None:
        if isinstance(self.decay, str):
            check_word(self, "decay", (BY_PEAK,))
        else:
            check_number(self, "decay", 0, 1000, open_low=True)
        check_word(self, "per", ("update", "epoch"))

    def resolve(self, peak: float, horizon: Horizon) -> "InverseTime":
        """With the decay as a number."""
        return replace(self, decay=peak / horizon.epochs) if self.decay == BY_PEAK else self

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        if isinstance(self.decay, str):
            raise ScheduleError(
                'inverse_time: decay="peak/epochs" is known when the peak is, but got no peak; '
                "use schedule.bind(peak=..., horizon=...)"
            )
        each = horizon.updates_per_epoch
        n = t if self.per == "update" else each * np.floor(t / each)
        return 1.0 / (1.0 + self.decay * n)
