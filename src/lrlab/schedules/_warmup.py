"""A rise before any other schedule."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, final, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import canonical_span, check_number, check_schedule, check_word, span_before_end, span_updates
from ._clock import Horizon
from ._cosine import half_cosine

WarmupFirst = Literal["1/(W+1)", "1/W", "0"]
WarmupCurve = Literal["linear", "cosine", "exponential", "log", "constant"]
WarmupMode = Literal["included", "prefix", "product"]


@final
@register("warmup")
@dataclass(frozen=True, kw_only=True)
class Warmup(Schedule):
    r"""A rise over `span`, then another schedule.

    .. math:: s_t = \begin{cases} a_t \, f(0) & t < W \\ f(t - W) & t \ge W \end{cases}

    W = span in updates, f = `then`. What f sees, by `mode`:

    - "included" (default): f has a horizon of T - W updates; the warm-up is part of the budget, and the percentages of
      `then` are of what is left.
    - "prefix": f has a horizon of T updates, after the warm-up; its percentages are of T. The curve is T + W updates
      long: a run of T updates stops W updates before the end of f, and one that goes on plays them.
    - "product": a_t f(t), over the same T updates; the warm-up is a factor, and f has moved on when it ends.

    a_t is the rise, from `start`, a fraction of f, to 1. How far it has come, x, by `first`:

    - "1/(W+1)" (default): x = (t + 1) / (W + 1). No update is wasted at rate 0 and f(0) is used once.
    - "1/W": x = (t + 1) / W. f(0) is used twice, by the last update of the warm-up and by the first of `then`.
    - "0": x = t / W. The first update uses `start` itself: where that is 0, it changes nothing.

    `curve`, with b = start: "linear" is b + (1 - b) x; "cosine" is b + (1 - b) (1 - cos(pi x)) / 2; "exponential" is
    b^(1 - x); "log" is b + (1 - b) log(1 + N x) / log(1 + N), where N is the divisor of x; "constant" is b all along.
    First update: a_0 f(0). Last update: the last of `then`; with mode="prefix", its value W updates before the end.
    After: as `then`.
    Highest: at most that of `then`.

    Goyal et al., `Accurate, Large Minibatch SGD <https://arxiv.org/abs/1706.02677>`_, 2017.

    >>> from lrlab.schedules import Constant, Linear
    >>> five = Horizon(updates=5, updates_per_epoch=5)
    >>> Warmup(span="3 updates", then=Constant()).bind(peak=1.0, horizon=five).all().tolist()
    [0.25, 0.5, 0.75, 1.0, 1.0]
    >>> prefix = Warmup(span="1 updates", mode="prefix", then=Linear()).bind(peak=1.0, horizon=five)
    >>> prefix([0, 1, 2, 3, 4, 5, 6]).round(15).tolist()
    [0.5, 1.0, 0.8, 0.6, 0.4, 0.2, 0.0]
    """

    then: Schedule
    span: str = "10%"
    first: WarmupFirst = "1/(W+1)"
    curve: WarmupCurve = "linear"
    start: float = 0.0
    mode: WarmupMode = "included"
    written: ClassVar[str] = "warmup+cosine"
    after_plus: ClassVar[tuple[str, ...]] = ("then",)
    highest: ClassVar[str] = "at most that of `then`"

    def __post_init__(self) -> None:
        check_schedule(self, "then")
        if isinstance(self.then, Warmup):
            raise ScheduleError(
                "warmup: `then` must not be a warm-up itself, since the first would rise only to where the second "
                "begins; write one warm-up with a longer span"
            )
        canonical_span(self, "span")
        check_word(self, "first", get_args(WarmupFirst))
        check_word(self, "curve", get_args(WarmupCurve))
        check_number(self, "start", 0, 1)
        check_word(self, "mode", get_args(WarmupMode))
        if self.curve in ("exponential", "constant") and self.start == 0:
            raise ScheduleError(
                f'warmup: `start > 0` must hold with curve="{self.curve}", which never leaves 0, but got 0; '
                f"write start=0.1"
            )
        if self.curve == "constant" and self.first != "1/(W+1)":
            raise ScheduleError(f'warmup: curve="constant" has no `first`, but got "{self.first}"; leave it out')

    def fit(self, horizon: Horizon) -> None:
        """Refuse a warm-up that leaves no update for `then`."""
        span_before_end(self, "span", horizon)
        self.then.fit(self.rest(horizon))

    def extent(self, horizon: Horizon) -> int:
        """How many updates the curve is drawn over: those of `then` and, unless it is a product, the warm-up's."""
        before = 0 if self.mode == "product" else span_updates(self, "span", horizon)
        return before + self.then.extent(self.rest(horizon))

    def resolve(self, peak: float, horizon: Horizon) -> "Warmup":
        """The same, with `then` resolved over its own horizon."""
        return replace(self, then=self.then.resolve(peak, self.rest(horizon)))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        length = span_updates(self, "span", horizon)
        rest = self.then.shape(self._place_in_then(t, length), self.rest(horizon))
        if np.size(t) and np.min(t) >= length:
            return rest
        return np.where(t < length, self._rise_at(t, length) * rest, rest)

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum of `then`, which keeps its first value during the warm-up unless the warm-up is a factor."""
        return self.then.momentum(self._place_in_then(t, span_updates(self, "span", horizon)), self.rest(horizon))

    def rest(self, horizon: Horizon) -> Horizon:
        """The horizon of `then`: what the warm-up leaves, or all of it."""
        if self.mode != "included":
            return horizon
        length = span_updates(self, "span", horizon)
        return Horizon(updates=horizon.updates - length, updates_per_epoch=horizon.updates_per_epoch)

    def _place_in_then(self, t: NDArray[np.float64], length: int) -> NDArray[np.float64]:
        """The place of `then` at update(s) t."""
        return t + 0.0 if self.mode == "product" else np.maximum(t - length, 0.0)

    def _rise_at(self, t: NDArray[np.float64], length: int) -> NDArray[np.float64]:
        """a_t, for t < W; beyond it nothing is read."""
        n, last = {"1/(W+1)": (t + 1, length + 1), "1/W": (t + 1, length), "0": (t, length)}[self.first]
        if self.curve == "constant":
            return np.full_like(n, self.start)
        x = np.minimum(n / last, 1.0)
        if self.curve == "exponential":
            return np.power(self.start, 1 - x)
        if self.curve == "cosine":
            x = half_cosine(x)
        elif self.curve == "log":
            x = np.log1p(np.minimum(n, last)) / np.log1p(last)
        return self.start + (1 - self.start) * x
