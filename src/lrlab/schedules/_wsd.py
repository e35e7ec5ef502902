"""The peak for most of the run, then a fall: warmup-stable-decay, knee, flat-then-cosine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import canonical_span, check_number, check_word, span_before_end, span_updates
from ._clock import End, Horizon, remaining
from ._cosine import half_cosine

Cooldown = Literal["linear", "1-sqrt", "cosine", "square", "exponential"]
# Of p = 1 - q, what is left of the cooldown, so that the last updates keep their digits.
COOLDOWNS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "linear": lambda p: p,
    "1-sqrt": lambda p: p / (1 + np.sqrt(1 - p)),  # 1 - sqrt(1 - p)
    "cosine": half_cosine,
    "square": lambda p: p * (2 - p),  # 1 - (1 - p)^2
    "exponential": lambda p: np.expm1(p * np.log(2.0)),  # 2 * 0.5^(1 - p) - 1
}


@final
@register("wsd")
@dataclass(frozen=True, kw_only=True)
class Wsd(Schedule):
    r"""Warmup-stable-decay without its warm-up: the peak, then a cooldown to `floor` over the last `cooldown`.

    .. math:: s_t = m + (1 - m) \, c(q), \qquad
        q = \max\{0,\ (t - (T - D)) / D\} \text{ (open)},\ \max\{0,\ (t - (T - D)) / (D - 1)\} \text{ (closed)}

    D = cooldown, in whole updates. m = floor, a fraction of the peak. `curve`: "linear" is c(q) = 1 - q, "1-sqrt" is
    1 - sqrt(q), "cosine" is (1 + cos(pi q)) / 2, "square" is 1 - q^2, "exponential" is 2 (1/2)^q - 1. `end` is "open"
    or "closed". With the warm-up, write warmup+wsd.
    First update: 1. Last update: m + (1 - m) c(1 - 1/D) (open), exactly m (closed). After: m.

    Hu et al., `MiniCPM <https://arxiv.org/abs/2404.06395>`_, 2024; Haegele et al., `Scaling Laws and Compute-Optimal
    Training Beyond Fixed Training Durations <https://arxiv.org/abs/2405.18392>`_, 2024, for 1-sqrt.

    >>> rates = Wsd(cooldown="4 updates").bind(peak=1.0, horizon=Horizon(updates=6, updates_per_epoch=6))
    >>> rates.all().tolist()
    [1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    """

    cooldown: str = "20%"
    curve: Cooldown = "linear"
    floor: float = 0.0
    end: End = "open"

    def __post_init__(self) -> None:
        canonical_span(self, "cooldown")
        check_word(self, "curve", get_args(Cooldown))
        check_number(self, "floor", 0, 1)
        check_word(self, "end", ("open", "closed"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse a cooldown that outlasts the run, or is too short for its end."""
        length = span_updates(self, "cooldown", horizon)
        if length > horizon.updates:
            raise ScheduleError(
                f'wsd: `cooldown <= run` must hold, but "{self.cooldown}" is {length} of {horizon.updates} updates; '
                f"shorten it or lengthen the run by {length - horizon.updates} updates"
            )
        if self.end == "closed" and length == 1:
            raise ScheduleError(
                'wsd: `cooldown >= 2 updates` must hold with end="closed", but got 1; write end="open" or at least '
                'cooldown="2 updates"'
            )

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        left = _left_of_fall(t, horizon.updates, span_updates(self, "cooldown", horizon), self.end)
        return self.floor + (1 - self.floor) * COOLDOWNS[self.curve](left)


@final
@register("knee")
@dataclass(frozen=True, kw_only=True)
class Knee(Schedule):
    r"""Explore, then exploit: the peak over `explore`, then a straight line to 0.

    .. math:: s_t = \min\{1,\ (T - t) / (T - K)\} \text{ (open)},\
        \min\{1,\ (T - 1 - t) / (T - 1 - K)\} \text{ (closed)}

    K = explore, in whole updates: the first update of the fall, which uses the peak still. T = updates. `end` is "open"
    or "closed". `wsd` with the rest of the run as cooldown is the same curve. With the warm-up of the paper, write
    warmup+knee.
    First update: 1. Last update: 1 / (T - K) (open), exactly 0 (closed). After: 0.

    Iyer et al., `Wide-minima Density Hypothesis and the Explore-Exploit Learning Rate Schedule
    <https://arxiv.org/abs/2003.03977>`_, 2020.

    >>> Knee().bind(peak=1.0, horizon=Horizon(updates=8, updates_per_epoch=8)).all().tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    """

    explore: str = "50%"
    end: End = "open"

    def __post_init__(self) -> None:
        canonical_span(self, "explore")
        check_word(self, "end", ("open", "closed"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse an exploration that leaves nothing to exploit."""
        _fit_before(self, "explore", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return _left_of_fall(t, horizon.updates, horizon.updates - span_updates(self, "explore", horizon), self.end)


@final
@register("flat_cosine")
@dataclass(frozen=True, kw_only=True)
class FlatCosine(Schedule):
    r"""The peak over `flat`, then half a cosine to `floor`.

    .. math:: s_t = m + (1 - m) \, (1 + \cos \pi q) / 2, \qquad
        q = \max\{0,\ (t - K) / (T - K)\} \text{ (open)},\ \max\{0,\ (t - K) / (T - 1 - K)\} \text{ (closed)}

    K = flat, in whole updates. m = floor, a fraction of the peak. T = updates. `end` is "open" or "closed". `wsd` with
    the rest of the run as cooldown and curve="cosine" is the same curve.
    First update: 1. Last update: just above m (open), exactly m (closed). After: m.

    Howard & Gugger, `fastai <https://docs.fast.ai/callback.schedule.html#learner.fit_flat_cos>`_, fit_flat_cos, 2020.

    >>> rates = FlatCosine(flat="50%").bind(peak=1.0, horizon=Horizon(updates=8, updates_per_epoch=8))
    >>> rates([0, 4, 6, 8]).round(15).tolist()
    [1.0, 1.0, 0.5, 0.0]
    """

    flat: str = "75%"
    floor: float = 0.0
    end: End = "open"

    def __post_init__(self) -> None:
        canonical_span(self, "flat")
        check_number(self, "floor", 0, 1)
        check_word(self, "end", ("open", "closed"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse a flat part that leaves nothing for the cosine."""
        _fit_before(self, "flat", horizon)

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        left = _left_of_fall(t, horizon.updates, horizon.updates - span_updates(self, "flat", horizon), self.end)
        return self.floor + (1 - self.floor) * half_cosine(left)


def _left_of_fall(t: NDArray[np.float64], updates: int, length: int, end: End) -> NDArray[np.float64]:
    """How much is left of a fall over the last `length` updates: 1 before it, then down to 0."""
    return np.minimum(remaining(t - (updates - length), length, end), 1.0)


def _fit_before(schedule: Knee | FlatCosine, field: str, horizon: Horizon) -> None:
    """Refuse a span before a fall that leaves it no update, or one, which is too short for a closed end."""
    total, length = horizon.updates, span_before_end(schedule, field, horizon)
    if schedule.end == "closed" and total - length == 1:
        way = "lengthen the run by 1 update" if total == 2 else f'at most {field}="{total - 2} updates"'
        raise ScheduleError(
            f'{schedule.name}: a fall of 2 updates is needed with end="closed", but got 1; write end="open" or {way}'
        )
