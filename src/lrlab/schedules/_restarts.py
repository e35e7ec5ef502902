"""Half cosines, one after another: snapshot ensembles, warm restarts, hard restarts."""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import canonical_span, check_number, check_whole, check_word, span_updates
from ._clock import Horizon
from ._cosine import half_cosine

ROUNDING = 1e-6  # updates; floats may put a restart so far after the whole update that it falls on


@final
@register("cosine_cycles")
@dataclass(frozen=True, kw_only=True)
class CosineCycles(Schedule):
    r"""The cycles of a snapshot ensemble: half cosines from the peak to 0, of equal, whole length.

    .. math:: s_t = \tfrac{1}{2} \left( 1 + \cos \frac{\pi (n \bmod P)}{P} \right), \qquad
        P = \left\lceil N / M \right\rceil

    M = cycles. n = t and N = T, in updates (per="update"); or n = the epoch of update t, counted from 0, and N = the
    epochs of the run (per="epoch"), a staircase. Where M does not divide N, the last cycle is shorter, or not begun.
    First update: 1. Last update: the value of n at T - 1: where P divides N, the last before 0, and 1 where P = 1.
    After: the value of n at T; 0 where P divides N, since no further cycle begins.

    Huang et al., `Snapshot Ensembles <https://arxiv.org/abs/1704.00109>`_, 2017.

    >>> rates = CosineCycles(cycles=2).bind(peak=1.0, horizon=Horizon(updates=8, updates_per_epoch=4))
    >>> rates([0, 2, 4, 6, 8]).round(15).tolist()
    [1.0, 0.5, 1.0, 0.5, 0.0]
    """

    cycles: int = 5
    per: Literal["update", "epoch"] = "update"

    def __post_init__(self) -> None:
        check_whole(self, "cycles", 1, 10**6)
        check_word(self, "per", ("update", "epoch"))

    def fit(self, horizon: Horizon) -> None:
        """Refuse more cycles than there are updates or epochs."""
        _fit_cycles(self, self.cycles, horizon.updates if self.per == "update" else horizon.epochs, f"{self.per}s")

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        n, length = t, horizon.updates
        if self.per == "epoch":
            n, length = np.floor(t / horizon.updates_per_epoch), horizon.epochs
        period = -(-length // self.cycles)
        cycle = np.minimum(np.floor(n / period), -(-length // period) - 1)
        return half_cosine(((cycle + 1) * period - n) / period)


@final
@register("hard_restarts")
@dataclass(frozen=True, kw_only=True)
class HardRestarts(Schedule):
    r"""Half cosines from the peak to 0, so many inside the run, as in transformers.

    .. math:: s_t = \tfrac{1}{2} \left( 1 + \cos \left( \pi \left( (M t / T) \bmod 1 \right) \right) \right)

    M = cycles. T = updates. A cycle lasts T / M updates, not rounded: where that is not whole, a restart falls between
    two updates. (`cosine_cycles` rounds it up; where M divides T, both are the same curve.)
    First update: 1. Last update: the value at M (T - 1) / T mod 1: near 0 where a cycle has many updates, 1 where it
    has one. After: 0.

    Loshchilov & Hutter, `SGDR <https://arxiv.org/abs/1608.03983>`_, 2017; with the cycles of `transformers
    <https://huggingface.co/docs/transformers/main_classes/optimizer_schedules>`_.

    >>> rates = HardRestarts(cycles=2).bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4))
    >>> rates.all().round(15).tolist()
    [1.0, 0.5, 1.0, 0.5]
    """

    cycles: int = 4

    def __post_init__(self) -> None:
        check_whole(self, "cycles", 1, 10**6)

    def fit(self, horizon: Horizon) -> None:
        """Refuse more cycles than there are updates."""
        _fit_cycles(self, self.cycles, horizon.updates, "updates")

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        total = horizon.updates
        cycle = np.minimum(np.floor(self.cycles * t / total), self.cycles - 1)
        return half_cosine(((cycle + 1) * total - self.cycles * t) / total)


@final
@register("sgdr")
@dataclass(frozen=True, kw_only=True)
class Sgdr(Schedule):
    r"""Warm restarts: half cosines whose lengths grow and whose peaks may fall.

    .. math:: s_t = m + (1 - m) \, d^i \, \tfrac{1}{2} \left( 1 + \cos \frac{\pi (t - B_i)}{F g^i} \right), \qquad
        B_i = F \frac{g^i - 1}{g - 1} \le t < B_{i+1}

    F = first, the length of the first cycle, in whole updates. g = growth, by which each cycle is longer than the one
    before; with g = 1, B_i = i F. d = decay, by which each peak, measured above the floor, is lower. m = floor, a
    fraction of the peak, never reached. Where B_i is not whole, a restart falls between two updates.
    First update: 1. Last update: the value at T - 1. After: the value at T, which is a new peak where a cycle ends
    there.

    Loshchilov & Hutter, `SGDR <https://arxiv.org/abs/1608.03983>`_, 2017, there with growth 1 or 2 and no decay.

    >>> rates = Sgdr(first="2 updates").bind(peak=1.0, horizon=Horizon(updates=6, updates_per_epoch=6))
    >>> rates.all().round(6).tolist()
    [1.0, 0.5, 1.0, 0.853553, 0.5, 0.146447]
    """

    first: str = "15%"
    growth: float = 2.0
    decay: float = 1.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        canonical_span(self, "first")
        check_number(self, "growth", 1, 10)
        check_number(self, "decay", 0, 1, open_low=True)
        check_number(self, "floor", 0, 1)

    def fit(self, horizon: Horizon) -> None:
        """Refuse a first cycle that outlasts the run."""
        first = span_updates(self, "first", horizon)
        if first > horizon.updates:
            raise ScheduleError(
                f'sgdr: `first <= run` must hold, but "{self.first}" is {first} of {horizon.updates} updates; '
                f"shorten it or lengthen the run by {first - horizon.updates} updates"
            )

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        if not np.size(t):
            return np.empty(np.shape(t))
        first = span_updates(self, "first", horizon)
        cycles = np.arange(self._cycle_of(np.min(t), first), self._cycle_of(np.max(t), first) + 2)
        start, length, peak = self._start_of_cycle(cycles, first), first * self.growth**cycles, self.decay**cycles
        i = np.searchsorted(start - ROUNDING, t, side="right") - 1
        left = half_cosine((start[i] + length[i] - t) / length[i])
        return self.floor + (1 - self.floor) * peak[i] * left

    def _start_of_cycle(self, cycle: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        """The update at which a cycle begins."""
        if self.growth == 1:
            return first * cycle
        return first * (self.growth**cycle - 1) / (self.growth - 1)

    def _cycle_of(self, t: float, first: int) -> float:
        """The cycle of update t, or the one before: where one begins, the logarithm may be a rounding short or long."""
        if self.growth == 1:
            return np.floor(t / first)
        return max(np.floor(np.log1p(t * (self.growth - 1) / first) / np.log(self.growth) - 1e-6), 0.0)


def _fit_cycles(schedule: Schedule, cycles: int, length: int, unit: str) -> None:
    if cycles > length:
        raise ScheduleError(
            f"{schedule.name}: `cycles <= {unit} of the run` must hold, but got {cycles} > {length}; "
            f"write cycles={length} or lengthen the run by {cycles - length} {unit}"
        )
