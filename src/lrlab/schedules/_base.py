"""A schedule is a shape with peak 1; peak and horizon are bound late."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, ClassVar, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import LabError, ScheduleError, UnknownName
from ._clock import Horizon
from ._entry import CatalogueEntry, parts_of
from ._own_class import is_own
from ._picture import figure, picture
from ._plugins import own_line
from ._registry import Registry, add_to

HIGHEST_PEAK = 1e3  # no optimizer is known to want more; a larger number is a slip of the keyboard
PICTURED = Horizon(updates=1000, updates_per_epoch=100)  # what a schedule without a horizon is drawn over
After = Literal["hold", "repeat", "error"]
ScheduleClass = TypeVar("ScheduleClass", bound="type[Schedule]")


@dataclass(frozen=True, kw_only=True)
class Schedule(CatalogueEntry):
    """A pure function of the update index and the horizon: no state, no optimizer, no clock of its own.

    Concrete schedules are final, frozen, keyword-only dataclasses whose fields are numbers, words, spans (as text),
    other schedules, or tuples of one of these. They check their fields when built and their spans when bound.

    written: a text that `parse` reads, where the name alone is not one. highest: the highest fraction of the peak, or a
    bound on it, as the docstring says; "1" for most.
    """

    highest: ClassVar[str] = "1"

    @abstractmethod
    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The rate as a fraction of the peak used by update(s) t, 0 <= t <= extent; same shape as t."""

    def fit(self, horizon: Horizon) -> None:
        """Raise a ScheduleError, with the smallest change that mends it, where the spans do not fit the horizon."""

    def extent(self, horizon: Horizon) -> int:
        """How many updates the curve is drawn over: T, or more where a warm-up is put before it (mode="prefix")."""
        return horizon.updates

    def resolve(self, peak: float, horizon: Horizon) -> "Schedule":  # noqa: ARG002
        """The same schedule with the fields that depend on the peak worked out; itself where none does."""
        return self

    def momentum(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64] | None:  # noqa: ARG002
        """The momentum (beta1) used by update(s) t, NaN where it is left alone; None: left alone all along."""
        return None

    def bind(self, *, peak: float, horizon: Horizon, after: After = "hold") -> "Rates":
        """The schedule at a peak over a horizon: a function from update to rate. Refuses a horizon it does not fit."""
        return Rates(schedule=self, peak=peak, horizon=horizon, after=after)

    def _repr_svg_(self) -> str | None:
        return self._draw_picture("_repr_svg_")

    def _repr_html_(self) -> str | None:
        return self._draw_picture("_repr_html_")

    def _draw_picture(self, kind: str) -> str | None:
        """A notebook's picture at peak 1 over 1000 updates; None, so its text, where that is too short or too long."""
        try:
            return getattr(self.bind(peak=1.0, horizon=PICTURED), kind)()
        except ScheduleError:
            return None


@dataclass(frozen=True, kw_only=True)
class Rates:
    """A schedule bound to a peak and a horizon. `rates(t)` is the rate used by update t.

    after: what an update beyond the schedule's extent (T, or more after a prefixed warm-up) gets: "hold" keeps the
    value the curve has there, "repeat" begins again, "error" refuses. resolved: the schedule with the fields that
    depend on the peak worked out.
    """

    schedule: Schedule
    peak: float
    horizon: Horizon
    after: After = "hold"
    resolved: Schedule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.horizon, Horizon):
            raise ScheduleError(
                f"a horizon is Horizon(updates=..., updates_per_epoch=...), so that spans can be counted, "
                f"but got {self.horizon!r}"
            )
        if self.after not in get_args(After):
            raise UnknownName("word for what comes after the horizon", str(self.after), get_args(After))
        object.__setattr__(self, "peak", checked_peak(self.peak))
        self.schedule.fit(self.horizon)
        object.__setattr__(self, "resolved", self.schedule.resolve(self.peak, self.horizon))
        if any(is_own(type(part)) for part in parts_of(self.schedule)):
            self._check_own_shape()

    def __call__(self, t: ArrayLike) -> NDArray[np.float64]:
        """The rate used by update(s) t; same shape as t. Negative t is refused."""
        t = numbers(t)
        rates = self.resolved.shape(self._on_curve(t), self.horizon)
        rates = np.multiply(rates, self.peak)
        return rates.reshape(t.shape)

    def momentum(self, t: ArrayLike) -> NDArray[np.float64] | None:
        """The momentum (beta1) used by update(s) t, NaN where it is left alone; None: left alone all along."""
        t = numbers(t)
        moved = self.resolved.momentum(self._on_curve(t), self.horizon)
        return None if moved is None else moved.reshape(t.shape)

    def all(self) -> NDArray[np.float64]:
        """The rates of updates 0 .. T-1, shape (T,)."""
        return self(np.arange(self.horizon.updates))

    def _check_own_shape(self) -> None:
        """Refuse a class of the user's own that gives no number for each update, before a run depends on it."""
        t = np.array([0.0, self.horizon.updates - 1.0])
        try:
            fractions, momenta = self.resolved.shape(t, self.horizon), self.resolved.momentum(t, self.horizon)
        except LabError:
            raise
        except Exception as error:
            raise ScheduleError(f"{self.schedule}: its class fails: {own_line(error)}; mend it") from error
        if np.shape(fractions) != t.shape or not np.isfinite(fractions).all():
            raise ScheduleError(
                f"{self.schedule}: its shape must be a finite number for each update, but of updates {t.tolist()} it "
                f"makes {fractions!r}; return an array like t, such as np.ones_like(t)"
            )
        if momenta is not None and np.shape(momenta) != t.shape:
            raise ScheduleError(
                f"{self.schedule}: its momentum must be one number for each update, or None, but of updates "
                f"{t.tolist()} it makes {momenta!r}; return an array like t, with nan where it is left alone"
            )

    def _on_curve(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """The places of updates t on the curve, by `after`, as one new axis.

        One contiguous axis: numpy may compute a scalar or a strided view by another path, one bit apart.
        """
        flat, extent = t.reshape(-1), self.resolved.extent(self.horizon)
        if not flat.size:
            return np.empty(0)
        if not flat.min() >= 0:
            raise ScheduleError(f"updates are numbered from 0, but got t = {flat.min():g}")
        latest = flat.max()
        if self.after == "error" and latest >= extent:
            raise ScheduleError(f"update {latest:g} is beyond the horizon of {extent} updates; bind a longer horizon")
        if self.after == "repeat":
            return np.mod(flat, float(extent))
        return np.minimum(flat, float(extent))

    def _repr_svg_(self) -> str:
        rates = self.all() if self.horizon.updates <= 10**6 else self(np.linspace(0, self.horizon.updates - 1, 10**6))
        return picture(rates, self.horizon.updates, str(self.schedule))

    def _repr_html_(self) -> str:
        words = f"peak {self.peak:g}, {self.horizon.updates} updates, after: {self.after}"
        return figure(self._repr_svg_(), f"{self.schedule}; {words}")


def numbers(t: ArrayLike) -> NDArray[np.float64]:
    """Updates as an array of floats. Raises a ScheduleError for what is not a number (yet), as a traced value."""
    try:
        return np.asarray(t, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ScheduleError(
            f"updates are numbers, or an array of them, but got {type(t).__name__}; inside jax.jit, where t is traced, "
            f"look the rates up in a table: table = jnp.asarray(rates(np.arange(T + 1))), "
            f"schedule = lambda t: table[jnp.minimum(t, T)]"
        ) from error


SCHEDULES: Registry[Schedule] = Registry("schedule", Schedule)  # pyright: ignore[reportAbstractUsage]


def register(name: str) -> Callable[[ScheduleClass], ScheduleClass]:
    """Put a schedule in the catalogue under the name studies and the command line use."""
    return add_to(SCHEDULES, name)


def from_dict(data: Mapping[str, Any]) -> Schedule:
    """The inverse of `to_dict`; fields left out take their defaults."""
    return SCHEDULES.from_dict(data)


def is_number(value: object) -> bool:
    """Whether this is a real number, numpy's included; True and False are not."""
    return isinstance(value, Real) and not isinstance(value, bool)


def checked_peak(peak: float) -> float:
    """The peak rate as a float, if it is a number in (0, 1000]; else a ScheduleError."""
    if not is_number(peak) or not 0 < peak <= HIGHEST_PEAK:
        raise ScheduleError(
            f"a peak rate must lie in (0, {HIGHEST_PEAK:g}], but got {peak!r}; usual ones are 0.0001 to 1"
        )
    return float(peak)
