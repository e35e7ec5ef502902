"""One schedule made another: scaled, kept above a floor, repeated, stretched to the budget, or made a staircase."""

from dataclasses import dataclass, replace
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import canonical_span, check_number, check_schedule, span_updates
from ._clock import Horizon, Span, into


@final
@register("scale")
@dataclass(frozen=True, kw_only=True)
class Scale(Schedule):
    r"""A schedule times a number: for a part of a `sequence`, whose parts share one peak.

    .. math:: s_t = c \, f(t)

    f = of. c = by, above 0.
    First update: c f(0). Last update: c times the last of f. After: c times what f has after its end.
    Highest: `by` times the highest of `of`.

    `fvcore <https://github.com/facebookresearch/fvcore/blob/main/fvcore/common/param_scheduler.py>`_, whose composites
    take parts of any height.

    >>> from lrlab.schedules import parse
    >>> schedule = parse("scale(of=linear, by=0.5)")
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)).all().tolist()
    [0.5, 0.375, 0.25, 0.125]
    """

    of: Schedule
    by: float
    written: ClassVar[str] = "scale(of=linear, by=0.5)"
    highest: ClassVar[str] = "`by` times the highest of `of`"

    def __post_init__(self) -> None:
        check_schedule(self, "of")
        check_number(self, "by", 0, 100, open_low=True)

    def fit(self, horizon: Horizon) -> None:
        """Refuse what the schedule itself refuses."""
        self.of.fit(horizon)

    def extent(self, horizon: Horizon) -> int:
        """How many updates the curve is drawn over."""
        return self.of.extent(horizon)

    def resolve(self, peak: float, horizon: Horizon) -> "Scale":
        """The same, with the schedule itself resolved."""
        return replace(self, of=self.of.resolve(peak, horizon))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return self.by * self.of.shape(t, horizon)

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum of the schedule itself."""
        return self.of.momentum(t, horizon)


@final
@register("floored")
@dataclass(frozen=True, kw_only=True)
class Floored(Schedule):
    r"""A schedule that never goes below `floor`.

    .. math:: s_t = \max\{f(t),\ m\}

    f = of. m = floor, a fraction of the peak. (The `floor` of a cosine lifts all of the curve; this one cuts it off.)
    First update: max(f(0), m). Last update: the larger of m and the last of f. After: the larger of m and what f has
    after its end.
    Highest: the higher of `floor` and the highest of `of`.

    `optax <https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html#optax.schedules.exponential_decay>`_,
    the end_value of exponential_decay.

    >>> from lrlab.schedules import parse
    >>> schedule = parse("floored(of=linear, floor=0.6)")
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)).all().tolist()
    [1.0, 0.75, 0.6, 0.6]
    """

    of: Schedule
    floor: float
    written: ClassVar[str] = "floored(of=exponential, floor=0.1)"
    highest: ClassVar[str] = "the higher of `floor` and the highest of `of`"

    def __post_init__(self) -> None:
        check_schedule(self, "of")
        check_number(self, "floor", 0, 1, open_low=True)

    def fit(self, horizon: Horizon) -> None:
        """Refuse what the schedule itself refuses."""
        self.of.fit(horizon)

    def extent(self, horizon: Horizon) -> int:
        """How many updates the curve is drawn over."""
        return self.of.extent(horizon)

    def resolve(self, peak: float, horizon: Horizon) -> "Floored":
        """The same, with the schedule itself resolved."""
        return replace(self, of=self.of.resolve(peak, horizon))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return np.maximum(self.of.shape(t, horizon), self.floor)

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum of the schedule itself."""
        return self.of.momentum(t, horizon)


@final
@register("repeat")
@dataclass(frozen=True, kw_only=True)
class Repeat(Schedule):
    r"""A schedule again and again, `every` so much.

    .. math:: s_t = f(t \bmod P)

    f = of, over a horizon of P updates: its percentages are of one round. P = every, in whole updates. Where P does not
    divide T, the last round is cut short.
    First update: f(0). Last update: f((T - 1) mod P). After: f(T mod P), which begins a round where P divides T.
    Highest: the highest of `of`.

    Smith, `Cyclical Learning Rates <https://arxiv.org/abs/1506.01186>`_, 2017, of cycles of any form.

    >>> from lrlab.schedules import parse
    >>> schedule = parse("repeat(of=linear, every=2 updates)")
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=5)).all().tolist()
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    of: Schedule
    every: str
    written: ClassVar[str] = "repeat(of=linear, every=25%)"
    highest: ClassVar[str] = "the highest of `of`"

    def __post_init__(self) -> None:
        check_schedule(self, "of")
        canonical_span(self, "every")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a round that outlasts the run, or that the schedule does not fit."""
        every = span_updates(self, "every", horizon)
        if every > horizon.updates:
            raise ScheduleError(
                f'repeat: `every <= run` must hold, but "{self.every}" is {every} of {horizon.updates} updates; '
                f"shorten it or lengthen the run by {every - horizon.updates} updates"
            )
        self.of.fit(self.round(horizon))

    def round(self, horizon: Horizon) -> Horizon:
        """The horizon of one round."""
        every = span_updates(self, "every", horizon)
        return Horizon(updates=every, updates_per_epoch=horizon.updates_per_epoch)

    def resolve(self, peak: float, horizon: Horizon) -> "Repeat":
        """The same, with the schedule itself resolved over a round."""
        return replace(self, of=self.of.resolve(peak, self.round(horizon)))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        rest = self.round(horizon)
        return self.of.shape(into(t, rest.updates), rest)

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum of the schedule itself."""
        rest = self.round(horizon)
        return self.of.momentum(into(t, rest.updates), rest)


@final
@register("stretch")
@dataclass(frozen=True, kw_only=True)
class Stretch(Schedule):
    r"""A schedule published for a `length`, played slower or faster so that it fills the budget.

    .. math:: s_t = f(t L / T)

    f = of, over a horizon of L updates, with the epochs and updates of its own publication. L = length, in epochs or
    updates. T = updates of the run. Where L / T is not whole, f is read between two of its updates.
    First update: f(0). Last update: f((T - 1) L / T). After: f(L).
    Highest: the highest of `of`.

    Li, Yumer & Ramanan, `Budgeted Training <https://arxiv.org/abs/1905.04753>`_, 2020: a schedule is rescaled to its
    budget.

    >>> from lrlab.schedules import parse
    >>> schedule = parse("stretch(of=multi_step(at=[30 epochs, 60 epochs]), length=90 epochs)")
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=6, updates_per_epoch=1)).all().round(15).tolist()
    [1.0, 1.0, 0.1, 0.1, 0.01, 0.01]
    """

    of: Schedule
    length: str
    written: ClassVar[str] = "stretch(of=multi_step(at=[30 epochs, 60 epochs]), length=90 epochs)"
    highest: ClassVar[str] = "the highest of `of`"

    def __post_init__(self) -> None:
        check_schedule(self, "of")
        canonical_span(self, "length")
        if Span.parse(self.length).unit == "%":
            raise ScheduleError(
                f'stretch: `length` must be the length the schedule was published for, but got "{self.length}" of this '
                f'run; write "90 epochs" or "64000 updates"'
            )

    def fit(self, horizon: Horizon) -> None:
        """Refuse what the schedule refuses at its own length."""
        self.of.fit(self.published(horizon))

    def published(self, horizon: Horizon) -> Horizon:
        """The horizon the schedule was published for, with the epochs of this run."""
        length = span_updates(self, "length", horizon)
        return Horizon(updates=length, updates_per_epoch=horizon.updates_per_epoch)

    def resolve(self, peak: float, horizon: Horizon) -> "Stretch":
        """The same, with the schedule itself resolved at its own length."""
        return replace(self, of=self.of.resolve(peak, self.published(horizon)))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        rest = self.published(horizon)
        return self.of.shape(t * rest.updates / horizon.updates, rest)

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum of the schedule itself."""
        rest = self.published(horizon)
        return self.of.momentum(t * rest.updates / horizon.updates, rest)


@final
@register("staircase")
@dataclass(frozen=True, kw_only=True)
class Staircase(Schedule):
    r"""A schedule that moves once `every` so much, and holds its value in between.

    .. math:: s_t = f(S \lfloor t / S \rfloor)

    f = of, over all of the run. S = every, in whole updates, counted from update 0: each span has the value f has at
    its first update. Where S does not divide T, the last span is cut short. The momentum is held the same way.
    First update: f(0). Last update: f(S floor((T - 1) / S)), which is above the last of f where f falls to the end.
    After: f(S floor(T / S)), which is f(T) where S divides T.
    Highest: at most that of `of`.

    `Keras <https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/>`_, the staircase of its decays;
    torch's schedulers, stepped once an epoch, are staircases with every="1 epochs".

    >>> from lrlab.schedules import parse
    >>> schedule = parse("staircase(of=linear, every=2 updates)")
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=5, updates_per_epoch=5)).all().round(15).tolist()
    [1.0, 1.0, 0.6, 0.6, 0.2]
    """

    of: Schedule
    every: str = "1 epochs"
    written: ClassVar[str] = "staircase(of=linear, every=10%)"
    highest: ClassVar[str] = "at most that of `of`"

    def __post_init__(self) -> None:
        check_schedule(self, "of")
        canonical_span(self, "every")

    def fit(self, horizon: Horizon) -> None:
        """Refuse a span that outlasts the run, which would be a constant, and what the schedule itself refuses."""
        every = span_updates(self, "every", horizon)
        if every > horizon.updates:
            raise ScheduleError(
                f'staircase: `every <= run` must hold, but "{self.every}" is {every} of {horizon.updates} updates; '
                f"shorten it or lengthen the run by {every - horizon.updates} updates"
            )
        self.of.fit(horizon)

    def extent(self, horizon: Horizon) -> int:
        """How many updates the curve is drawn over."""
        return self.of.extent(horizon)

    def resolve(self, peak: float, horizon: Horizon) -> "Staircase":
        """The same, with the schedule itself resolved."""
        return replace(self, of=self.of.resolve(peak, horizon))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        return self.of.shape(self._first_of_span(t, horizon), horizon)

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum of the schedule itself at the first update of the span."""
        return self.of.momentum(self._first_of_span(t, horizon), horizon)

    def _first_of_span(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The first update of the span that holds update(s) t; same shape as t."""
        every = span_updates(self, "every", horizon)
        return every * np.floor(t / every)
