"""Half a cosine, from the peak to a floor."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, check_number, check_word, register
from ._clock import End, Horizon, progress


@final
@register("cosine")
@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    r"""Half a cosine from the peak to `floor`.

    .. math:: s_t = m + (1 - m) \, (1 + \cos \pi u) / 2, \qquad u = t / T \ (\text{open}),\ t / (T - 1) \ (\text{closed})

    m = floor, a fraction of the peak. T = updates.
    First update: 1. Last update: just above m (open), exactly m (closed). After: m.

    Loshchilov & Hutter, `SGDR <https://arxiv.org/abs/1608.03983>`_, 2017, without restarts.

    >>> Cosine(floor=0.5).bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=2))([0, 2]).tolist()
    [1.0, 0.75]
    """

    floor: float = 0.0
    end: End = "open"

    def __post_init__(self) -> None:
        check_number(self, "floor", 0, 1)
        check_word(self, "end", ("open", "closed"))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        u = progress(t, horizon.updates, self.end)
        return self.floor + (1 - self.floor) * 0.5 * (1 + np.cos(np.pi * u))
