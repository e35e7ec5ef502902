"""Values of your own: constant between milestones, or joined by straight lines."""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import canonical_spans, check_numbers, fit_milestones, milestones
from ._clock import Horizon

LARGEST = 100.0  # a fraction of the peak; a larger one is a rate by mistake


@final
@register("piecewise_constant")
@dataclass(frozen=True, kw_only=True)
class PiecewiseConstant(Schedule):
    r"""One value until the first milestone, the next until the second, and so on.

    .. math:: s_t = v_n, \qquad n = \#\{m \in M : m \le t\}

    M = at: spans from the start of the run, in whole updates; update m is the first that uses the next value.
    v = values, fractions of the peak, one more than milestones. Keras uses each value for one update longer.
    First update: the first value. Last update: the last value. After: the last value.
    Highest: the largest of the values.

    `Keras <https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/>`_,
    PiecewiseConstantDecay.

    >>> schedule = PiecewiseConstant(at=("1 updates", "75%"), values=(0.1, 1, 0.5))
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)).all().tolist()
    [0.1, 1.0, 1.0, 0.5]
    """

    at: tuple[str, ...] = ("30%", "60%")
    values: tuple[float, ...] = (1.0, 0.3, 0.1)
    highest: ClassVar[str] = "the largest of the values"

    def __post_init__(self) -> None:
        canonical_spans(self, "at")
        check_numbers(self, "values", 0, LARGEST)
        _check_count(self, self.at, self.values)

    def fit(self, horizon: Horizon) -> None:
        """Refuse milestones out of order, or that no update of the run would reach."""
        fit_milestones(self, "at", horizon, last=horizon.updates - 1)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return np.array(self.values)[np.searchsorted(milestones(self, "at", horizon), t, side="right")]


@final
@register("piecewise_linear")
@dataclass(frozen=True, kw_only=True)
class PiecewiseLinear(Schedule):
    r"""Straight lines from value to value.

    .. math:: s_t = \frac{(m_{n+1} - t) \, v_n + (t - m_n) \, v_{n+1}}{m_{n+1} - m_n}, \qquad m_n \le t < m_{n+1}

    m = 0, then at: spans from the start of the run, in whole updates. v = values, fractions of the peak, the first at
    update 0 and one at every milestone. After the last milestone the last value is kept; 100% is after the last update.
    First update: the first value. Last update: the value at T - 1, just before the last value where the last milestone
    is 100%. After: the last value.
    Highest: the largest of the values.

    Page, `How to Train Your ResNet <https://github.com/davidcpage/cifar10-fast>`_, 2018.

    >>> schedule = PiecewiseLinear(at=("2 updates", "100%"), values=(0, 1, 0))
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=6, updates_per_epoch=6)).all().tolist()
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.25]
    """

    at: tuple[str, ...] = ("20%", "100%")
    values: tuple[float, ...] = (0.1, 1.0, 0.0)
    highest: ClassVar[str] = "the largest of the values"

    def __post_init__(self) -> None:
        canonical_spans(self, "at")
        check_numbers(self, "values", 0, LARGEST)
        _check_count(self, self.at, self.values)

    def fit(self, horizon: Horizon) -> None:
        """Refuse milestones out of order or after the run."""
        fit_milestones(self, "at", horizon, last=horizon.updates)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t. Weighted by the distances, so that a fall to 0 keeps its digits."""
        knots, values = np.concatenate([[0.0], milestones(self, "at", horizon)]), np.array(self.values)
        n = np.searchsorted(knots[1:-1], t, side="right")
        start, end = knots[n], knots[n + 1]
        t = np.minimum(t, knots[-1])
        return ((end - t) * values[n] + (t - start) * values[n + 1]) / (end - start)


def _check_count(schedule: Schedule, at: tuple[str, ...], values: tuple[float, ...]) -> None:
    if len(values) != len(at) + 1:
        more = len(at) + 1 - len(values)
        raise ScheduleError(
            f"{schedule.name}: `values` must be one more than `at`, but got {len(values)} and {len(at)}; "
            f"{'add' if more > 0 else 'leave out'} {abs(more)} of the values"
        )
