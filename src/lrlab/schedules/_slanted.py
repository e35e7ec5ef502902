"""A short straight rise and a long straight fall."""

from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ._base import Schedule, register
from ._checks import canonical_span, check_number, span_before_end, span_updates
from ._clock import Horizon


@final
@register("slanted_triangular")
@dataclass(frozen=True, kw_only=True)
class SlantedTriangular(Schedule):
    r"""A straight rise over `rise` and a straight fall over the rest, from and to the peak over `ratio`.

    .. math:: s_t = \frac{1 + p \, (R - 1)}{R}, \qquad
        p = \begin{cases} t / C & t < C \\ (T - t) / (T - C) & t \ge C \end{cases}

    C = rise, in whole updates. R = ratio of the highest to the lowest rate. T = updates.
    First update: 1 / R. Last update: (1 + (R - 1) / (T - C)) / R. After: 1 / R.

    Howard & Ruder, `Universal Language Model Fine-tuning <https://arxiv.org/abs/1801.06146>`_, 2018.

    >>> schedule = SlantedTriangular(rise="2 updates", ratio=5)
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=6, updates_per_epoch=6)).all().round(15).tolist()
    [0.2, 0.6, 1.0, 0.8, 0.6, 0.4]
    """

    rise: str = "10%"
    ratio: float = 32.0

    def __post_init__(self) -> None:
        canonical_span(self, "rise")
        check_number(self, "ratio", 1, 1e9)

    def fit(self, horizon: Horizon) -> None:
        """Refuse a rise that leaves no update for the fall."""
        span_before_end(self, "rise", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        rise, total = span_updates(self, "rise", horizon), horizon.updates
        place = np.minimum(t / rise, (total - t) / (total - rise))
        return (1.0 + place * (self.ratio - 1.0)) / self.ratio
