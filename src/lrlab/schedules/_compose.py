"""Schedules side by side: one after another, or multiplied."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError
from ._base import Schedule, register
from ._checks import canonical_spans, check_schedules, fit_milestones, milestones
from ._clock import Horizon


# Where collections.abc.Sequence is needed beside this schedule, it is imported under another name.
@final
@register("sequence")
@dataclass(frozen=True, kw_only=True)
class Sequence(Schedule):
    r"""Schedules one after another, each on its own clock.

    .. math:: s_t = f_n(t - m_n), \qquad m_n \le t < m_{n+1}

    f = of, two schedules or more. m = 0, then at: where each further one begins, spans from the start of the run, in
    whole updates. f_n has a horizon of m_{n+1} - m_n updates: its percentages are of its own part.
    First update: the first of the first part. Last update: the last of the last part. After: what the last part has
    after its end.
    Highest: the highest of its parts.

    `optax <https://optax.readthedocs.io/en/latest/api/optimizer_schedules.html#optax.schedules.join_schedules>`_,
    join_schedules.

    >>> from lrlab.schedules import parse
    >>> schedule = parse("sequence(of=[constant, linear], at=[50%])")
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)).all().tolist()
    [1.0, 1.0, 1.0, 0.5]
    """

    of: tuple[Schedule, ...]
    at: tuple[str, ...]
    written: ClassVar[str] = "sequence(of=[constant, linear], at=[50%])"
    highest: ClassVar[str] = "the highest of its parts"

    def __post_init__(self) -> None:
        check_schedules(self, "of")
        canonical_spans(self, "at")
        if len(self.at) != len(self.of) - 1:
            more = len(self.of) - 1 - len(self.at)
            raise ScheduleError(
                f"sequence: `at` must be one fewer than `of`, but got {len(self.at)} and {len(self.of)}; "
                f"{'add' if more > 0 else 'leave out'} {abs(more)} of the spans"
            )

    def fit(self, horizon: Horizon) -> None:
        """Refuse parts out of order, without an update, or that do not fit their own part."""
        fit_milestones(self, "at", horizon, last=horizon.updates - 1)
        for part, (_, rest) in zip(self.of, self.parts(horizon), strict=True):
            part.fit(rest)

    def parts(self, horizon: Horizon) -> list[tuple[int, Horizon]]:
        """The first update of each part, and its own horizon."""
        knots = [0, *milestones(self, "at", horizon).astype(int).tolist(), horizon.updates]
        each = horizon.updates_per_epoch
        return [(start, Horizon(updates=end - start, updates_per_epoch=each)) for start, end in pairwise(knots)]

    def extent(self, horizon: Horizon) -> int:
        """How many updates the curve is drawn over."""
        start, rest = self.parts(horizon)[-1]
        return start + self.of[-1].extent(rest)

    def resolve(self, peak: float, horizon: Horizon) -> "Sequence":
        """The same, with each part resolved over its own horizon."""
        pairs = zip(self.of, self.parts(horizon), strict=True)
        return replace(self, of=tuple(part.resolve(peak, rest) for part, (_, rest) in pairs))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t; each part is asked for its own updates alone."""
        t, value = np.asarray(t), np.empty(np.shape(t))
        for part, mine, start, rest in self._parts_with_updates(t, horizon):
            value[mine] = part.shape(t[mine] - start, rest)
        return value

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum of each part; NaN where a part leaves it alone."""
        t, value = np.asarray(t), np.full(np.shape(t), np.nan)
        for part, mine, start, rest in self._parts_with_updates(t, horizon):
            own = part.momentum(t[mine] - start, rest)
            value[mine] = np.nan if own is None else own
        return value if self._moves_momentum(horizon) else None

    def _moves_momentum(self, horizon: Horizon) -> bool:
        """Whether some part does, whichever updates are asked for."""
        first = np.zeros(1)
        parts = zip(self.of, self.parts(horizon), strict=True)
        return any(part.momentum(first, rest) is not None for part, (_, rest) in parts)

    def _parts_with_updates(
        self, t: NDArray[np.float64], horizon: Horizon
    ) -> list[tuple[Schedule, NDArray[np.bool_], int, Horizon]]:
        """Each part that has updates among t: which they are, where it starts, and its horizon."""
        which = np.searchsorted(milestones(self, "at", horizon), t, side="right")
        members = enumerate(zip(self.of, self.parts(horizon), strict=True))
        parts = [(part, which == place, start, rest) for place, (part, (start, rest)) in members]
        return [entry for entry in parts if entry[1].any()]


@final
@register("product")
@dataclass(frozen=True, kw_only=True)
class Product(Schedule):
    r"""Schedules multiplied, all at the same update.

    .. math:: s_t = \prod_n f_n(t)

    f = of, two schedules or more, each over the whole horizon.
    First update: the product of their first. Last update: the product of their last. After: the product of what each
    has after its end. Momentum is that of the first that moves it.
    Highest: at most the product of their highest.

    `MMEngine <https://mmengine.readthedocs.io/en/latest/tutorials/param_scheduler.html>`_, overlapping schedulers.

    >>> from lrlab.schedules import parse
    >>> schedule = parse("product(of=[linear, step(gamma=0.5, every=50%)])")
    >>> schedule.bind(peak=1.0, horizon=Horizon(updates=4, updates_per_epoch=4)).all().tolist()
    [1.0, 0.75, 0.25, 0.125]
    """

    of: tuple[Schedule, ...]
    written: ClassVar[str] = "product(of=[linear, step(gamma=0.5)])"
    highest: ClassVar[str] = "at most the product of their highest"

    def __post_init__(self) -> None:
        check_schedules(self, "of")

    def fit(self, horizon: Horizon) -> None:
        """Refuse what a factor refuses."""
        for factor in self.of:
            factor.fit(horizon)

    def extent(self, horizon: Horizon) -> int:
        """How many updates the curve is drawn over: the longest of its factors."""
        return max(factor.extent(horizon) for factor in self.of)

    def resolve(self, peak: float, horizon: Horizon) -> "Product":
        """The same, with each factor resolved."""
        return replace(self, of=tuple(factor.resolve(peak, horizon) for factor in self.of))

    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The fraction of the peak at update(s) t."""
        value = np.ones(np.shape(t))
        for factor in self.of:
            value *= factor.shape(np.minimum(t, factor.extent(horizon)), horizon)
        return value

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:
        """The momentum of the first factor that moves it."""
        momenta = (factor.momentum(np.minimum(t, factor.extent(horizon)), horizon) for factor in self.of)
        return next((moved for moved in momenta if moved is not None), None)
