"""A linear rise before any other schedule."""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, canonical_span, check_word, register, span_updates
from ._clock import Horizon


@final
@register("warmup")
@dataclass(frozen=True, kw_only=True)
class Warmup(Schedule):
    r"""A linear rise over `span`, then another schedule.

    .. math:: s_t = \begin{cases} a_t \, f(0) & t < W \\ f(t - W) & t \ge W \end{cases}

    W = span in updates, f = `then`, over a horizon of T - W updates: the warm-up is included in the budget, and the
    percentages of `then` are of what is left. a_t is the rise, by `first`:

    - "1/(W+1)" (default): a_t = (t + 1) / (W + 1). No update is wasted at rate 0 and f(0) is used once.
    - "1/W": a_t = (t + 1) / W. f(0) is used twice, by the last update of the warm-up and by the first of `then`.
    - "0": a_t = t / W. The first update changes nothing.

    First update: a_0 f(0). Last update: the last of `then`. After: as `then`.

    Goyal et al., `Accurate, Large Minibatch SGD <https://arxiv.org/abs/1706.02677>`_, 2017.

    >>> from lrlab.schedules import Constant
    >>> warmup = Warmup(span="3 updates", then=Constant())
    >>> warmup.bind(peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=5)).all().tolist()
    [0.25, 0.5, 0.75, 1.0, 1.0]
    """

    then: Schedule
    span: str = "10%"
    first: Literal["1/(W+1)", "1/W", "0"] = "1/(W+1)"

    def __post_init__(self) -> None:
        if not isinstance(self.then, Schedule):
            raise ScheduleError(f"warmup: `then` must be a schedule, such as Cosine(), but got {self.then!r}")
        if isinstance(self.then, Warmup):
            raise ScheduleError(
                "warmup: `then` must not be a warm-up itself, since the first would rise only to where the second "
                "begins; write one warm-up with a longer span"
            )
        canonical_span(self, "span")
        check_word(self, "first", ("1/(W+1)", "1/W", "0"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse a warm-up that leaves no update for `then`."""
        length = span_updates(self, "span", horizon)
        if length >= horizon.updates:
            raise ScheduleError(
                f'warmup: `span < run` must hold, but "{self.span}" is {length} of {horizon.updates} updates; '
                f"shorten it by at least {length - horizon.updates + 1} updates or lengthen the run"
            )
        self.then.fit(self.rest(horizon))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        length = span_updates(self, "span", horizon)
        rise = {"1/(W+1)": (t + 1) / (length + 1), "1/W": (t + 1) / length, "0": t / length}[self.first]
        rest = self.then.shape(np.maximum(t - length, 0.0), self.rest(horizon))
        return np.where(t < length, rise * rest, rest)

    def rest(self, horizon: Horizon) -> Horizon:
        """The horizon of `then`: what the warm-up leaves."""
        length = span_updates(self, "span", horizon)
        return Horizon(updates=horizon.updates - length, updates_per_epoch=horizon.updates_per_epoch)

    def __str__(self) -> str:
        given = [f"{k}={getattr(self, k)}" for k in ("span", "first") if getattr(self, k) != self.parameters()[k]]
        return f"warmup({', '.join(given)})+{self.then}" if given else f"warmup+{self.then}"
