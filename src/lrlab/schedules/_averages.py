"""Averages of weights: what is evaluated in place of a trial's own weights. Training does not see them.

A running average is a pure function of the update index and the horizon: after update t, average += mix[t] * (weights -
average), where mix[t] = 1 begins it and mix[t] = 0 leaves it alone.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import SCHEDULES, Schedule, is_number
from ._checks import canonical_span, set_field, span_updates
from ._clock import Horizon
from ._entry import CatalogueEntry
from ._reader import NAME, UnpairedError, split_name
from ._registry import Registry, add_to
from ._text import read_arguments
from ._wsd import Wsd

MOST_CHECKPOINTS = 100  # copies of the weights that one average may hold
FORMS = 'write "ema(decay=0.999)", "swa(start=75%)" or "lawa(last=6)"'


@dataclass(frozen=True, kw_only=True)
class WeightAverage(CatalogueEntry):
    """An average of a trial's weights that is evaluated in their place: final frozen dataclasses, as schedules are.

    Batch-norm statistics are estimated again for it, on training batches. Before it begins, the weights themselves are
    evaluated.
    """

    @property
    def checkpoints(self) -> int:
        """How many copies of the weights it holds; 1 of a running average."""
        return 1

    def fit(self, horizon: Horizon) -> None:
        """Raise a ScheduleError where its spans do not fit the horizon."""
        self.mix(horizon)

    @abstractmethod
    def mix(self, horizon: Horizon) -> NDArray[np.float64]:
        """How much of the weights after each update goes into it, (T,); of one with checkpoints, 1 where one is taken.

        Raises ScheduleError where its spans do not fit the horizon.
        """


AVERAGES: Registry[WeightAverage] = Registry("average", WeightAverage, beside=SCHEDULES)  # pyright: ignore[reportAbstractUsage]


@add_to(AVERAGES, "ema")
@dataclass(frozen=True, kw_only=True)
class Ema(WeightAverage):
    """Exponential moving average: each update back counts `decay` times as much as the one after it.

    With debias, average_n = sum_i d^(n-i) w_i / sum_i d^(n-i) over the weights w_1 .. w_n after each update, as Adam
    corrects its moments: mix = (1 - d) / (1 - d^n). Without, mix = 1 - d after the first, which begins it: the early
    weights then keep a share d^(n-1), as in `torch.optim.swa_utils.get_ema_multi_avg_fn`.

    decay: d. debias: whether early weights count as the formula says, and no more.
    Source: Polyak & Juditsky, `Acceleration of Stochastic Approximation by Averaging
    <https://doi.org/10.1137/0330046>`_, 1992, on averages of iterates; Morales-Brotons et al., `Exponential Moving
    Average of Weights in Deep Learning: Dynamics and Benefits <https://arxiv.org/abs/2411.18704>`_, 2024.

    >>> Ema(decay=0.5).mix(Horizon(updates=3, updates_per_epoch=3)).round(3).tolist()
    [1.0, 0.667, 0.571]
    """

    decay: float = 0.999
    debias: bool = True

    def __post_init__(self) -> None:
        if not is_number(self.decay) or not 0 < self.decay < 1:
            raise ScheduleError(
                f"ema: `0 < decay < 1` must hold, but got {self.decay!r}; usual ones are 0.99 to 0.9999"
            )
        if not isinstance(self.debias, bool):
            raise ScheduleError(f"ema: `debias` must be True or False, but got {self.debias!r}; write one of them")

    def mix(self, horizon: Horizon) -> NDArray[np.float64]:
        """See `WeightAverage.mix`."""
        n = np.arange(1, horizon.updates + 1, dtype=np.float64)
        if self.debias:
            return (1 - self.decay) / -np.expm1(n * np.log(self.decay))
        return np.where(n == 1, 1.0, 1 - self.decay)


@add_to(AVERAGES, "swa")
@dataclass(frozen=True, kw_only=True)
class Swa(WeightAverage):
    """Stochastic weight averaging: the mean of the weights at regular places in the last part of the run.

    The places are counted back from the last update, which is one of them: average = mean of w_T, w_(T-E), w_(T-2E) ..
    after update S; mix = 1 / n at the n-th.

    start: S, a span from the first update. every: E, a span.
    Source: Izmailov et al., `Averaging Weights Leads to Wider Optima and Better Generalization
    <https://arxiv.org/abs/1803.05407>`_, 2018; they start at 75 % of the run, and average the ends of epochs.

    >>> Swa(start="50%", every="2 updates").mix(Horizon(updates=8, updates_per_epoch=4)).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.5]
    """

    start: str = "75%"
    every: str = "1 epochs"

    def __post_init__(self) -> None:
        canonical_span(self, "start")
        canonical_span(self, "every")

    def mix(self, horizon: Horizon) -> NDArray[np.float64]:
        """See `WeightAverage.mix`."""
        start = span_updates(self, "start", horizon)
        if start >= horizon.updates:
            raise ScheduleError(
                f'swa: `start < {horizon.updates} updates` must hold, but "{self.start}" is {start}, after which no '
                f'weights are left to average; write at most "{horizon.updates - 1} updates"'
            )
        taken = _count_back(span_updates(self, "every", horizon), horizon)
        taken[:start] = False
        return taken / np.maximum(np.cumsum(taken), 1)


@add_to(AVERAGES, "lawa")
@dataclass(frozen=True, kw_only=True)
class Lawa(WeightAverage):
    """Latest weight averaging: the mean of the last checkpoints, which are taken all along.

    The places are counted back from the last update, which is one of them. It holds `last` copies of the weights.

    every: a span between two checkpoints. last: how many are averaged.
    Source: Kaddour, `Stop Wasting My Time! Saving Days of ImageNet and BERT Training with Latest Weight Averaging
    <https://arxiv.org/abs/2209.14981>`_, 2022; checkpoints are those of epochs there, and last is 6 for ResNet-50.

    >>> Lawa(every="3 updates", last=2).mix(Horizon(updates=8, updates_per_epoch=4)).tolist()
    [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    """

    every: str = "1 epochs"
    last: int = 6

    def __post_init__(self) -> None:
        canonical_span(self, "every")
        if isinstance(self.last, bool) or not is_number(self.last) or self.last != int(self.last):
            raise ScheduleError(f"lawa: `last` is a whole number of checkpoints, but got {self.last!r}; write 6")
        if not 1 <= self.last <= MOST_CHECKPOINTS:
            raise ScheduleError(
                f"lawa: `1 <= last <= {MOST_CHECKPOINTS}` must hold, since it holds as many copies of the weights, but "
                f"got {self.last}; write fewer, further apart"
            )
        set_field(self, "last", int(self.last))

    @property
    def checkpoints(self) -> int:
        """See `WeightAverage.checkpoints`."""
        return self.last

    def mix(self, horizon: Horizon) -> NDArray[np.float64]:
        """See `WeightAverage.mix`."""
        return _count_back(span_updates(self, "every", horizon), horizon).astype(np.float64)


@add_to(AVERAGES, "merged")
@dataclass(frozen=True, kw_only=True)
class Merged(WeightAverage):
    r"""What a decay would have come to, put together from a run that went on at its rate.

    Of a run at constant rate, w_T = w_0 + sum_t (w_(t+1) - w_t). Under a decay r_t its steps are r_t times as long.
    Were they else the same, its end would be w_0 + sum_t r_t (w_(t+1) - w_t) = sum_t (r_t - r_(t+1)) w_(t+1), with
    r = 0 after the last update: a weighted mean of the run's weights. How far they are not the same, `lrlab decays`
    measures.

    of: the schedule whose decay r is, divided by its highest value, up to which r = 1; it must not grow again.
    end: the horizon that it is bound to, a span from the first update; afterwards the mean stays.
    Source: Tian et al., `WSM: Decay-Free Learning Rate Schedule via Checkpoint Merging for LLM Pre-training
    <https://arxiv.org/abs/2507.17634>`_, 2025.

    >>> Merged(of=Wsd(cooldown="4 updates")).mix(Horizon(updates=6, updates_per_epoch=6)).round(2).tolist()
    [0.0, 0.0, 1.0, 0.5, 0.33, 0.25]
    """

    of: Schedule = field(default=Wsd())
    end: str = "100%"

    def __post_init__(self) -> None:
        if not isinstance(self.of, Schedule):
            raise ScheduleError(f"merged: `of` is a schedule that decays, but got {self.of!r}; write of=wsd")
        canonical_span(self, "end")

    def mix(self, horizon: Horizon) -> NDArray[np.float64]:
        """See `WeightAverage.mix`."""
        end = span_updates(self, "end", horizon)
        if end > horizon.updates:
            raise ScheduleError(
                f'merged: `end <= {horizon.updates} updates`, the run, must hold, but "{self.end}" is {end}; write at '
                f'most "{horizon.updates} updates" or lengthen the run by {end - horizon.updates} updates'
            )
        shares = np.zeros(horizon.updates)
        shares[:end] = self._coefficients(Horizon(updates=end, updates_per_epoch=horizon.updates_per_epoch))
        return np.divide(shares, np.cumsum(shares), out=np.zeros_like(shares), where=shares > 0)

    def _coefficients(self, horizon: Horizon) -> NDArray[np.float64]:
        """The share of the weights after each update in the mean, (T,); they sum to 1."""
        self.of.fit(horizon)
        rates = self.of.bind(peak=1.0, horizon=horizon).all()
        highest = int(rates.argmax())  # before it the warm-up, which the run has too
        decay = np.append(rates / rates.max(), 0.0) if rates.max() > 0 else np.ones(1)
        decay[:highest] = 1.0
        if rates.max() <= 0 or (np.diff(decay) > 1e-9).any():
            raise ScheduleError(
                f"merged: `of` is a schedule that only falls after its highest rate, but {self.of} does not; write "
                f"of=wsd, of=linear or of=cosine"
            )
        return np.maximum(-np.diff(decay), 0.0)


def _count_back(every: int, horizon: Horizon) -> NDArray[np.bool_]:
    """Which of the updates are the last one and each so many before it, (T,)."""
    return (horizon.updates - 1 - np.arange(horizon.updates)) % every == 0


def parse_average(text: str) -> WeightAverage:
    """The average of weights a text names; the inverse of `str(average)`. Raises ScheduleError or UnknownName.

    >>> print(parse_average("swa(start=50 %)"))
    swa(start=50%)
    """
    head = split_name(text)
    if head is None or NAME.fullmatch(head.name) is None:
        raise ScheduleError(f"an average is a name and its fields in parentheses, but read {text!r}; {FORMS}")
    cls = AVERAGES.find(head.name)
    try:
        return AVERAGES.build(cls.name, read_arguments("average", cls, head.inside))
    except UnpairedError as error:
        raise ScheduleError(f"{error}; {FORMS}") from None


def average_from_dict(data: Mapping[str, Any]) -> WeightAverage:
    """The inverse of `to_dict`; fields left out take their defaults."""
    return AVERAGES.from_dict(data)
