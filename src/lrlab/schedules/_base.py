"""A schedule is a shape with peak 1; peak and horizon are bound late."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from numbers import Real
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ScheduleError, UnknownName
from ._clock import End, Horizon, Span

SCHEDULES: "dict[str, type[Schedule]]" = {}
HIGHEST_PEAK = 1e3  # no optimizer is known to want more; a larger number is a slip of the keyboard
Kind = TypeVar("Kind", bound="type[Schedule]")


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """A pure function of the update index and the horizon: no state, no optimizer, no clock of its own.

    Concrete schedules are final, frozen, keyword-only dataclasses whose fields are numbers, words, spans (as text) or
    other schedules. They check their fields when built and their spans when bound.
    """

    name: ClassVar[str]

    @abstractmethod
    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The rate as a fraction of the peak used by update(s) t, 0 <= t <= T; same shape as t."""

    def fit(self, horizon: Horizon) -> None:  # noqa: B027 - most schedules fit every horizon
        """Raise a ScheduleError, with the smallest change that mends it, where the spans do not fit the horizon."""

    def bind(self, *, peak: float, horizon: Horizon, after: Literal["hold", "error"] = "hold") -> "Rates":
        """The schedule at a peak over a horizon: a function from update to rate. Refuses a horizon it does not fit."""
        return Rates(schedule=self, peak=peak, horizon=horizon, after=after)

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, defaults included, as JSON takes it."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {"name": self.name} | {k: v.to_dict() if isinstance(v, Schedule) else v for k, v in values.items()}

    @classmethod
    def parameters(cls) -> dict[str, Any]:
        """The fields' names and defaults (MISSING where one must be given), in order."""
        return {field.name: field.default for field in fields(cls)}

    def __str__(self) -> str:
        """The shortest text that `parse` reads back: fields at their default are left out."""
        given = [f"{k}={getattr(self, k)}" for k, default in self.parameters().items() if getattr(self, k) != default]
        return f"{self.name}({', '.join(given)})" if given else self.name


@dataclass(frozen=True, kw_only=True)
class Rates:
    """A schedule bound to a peak and a horizon. `rates(t)` is the rate used by update t.

    after: what an update beyond the horizon gets: "hold" keeps the value the curve has at T, "error" refuses.
    """

    schedule: Schedule
    peak: float
    horizon: Horizon
    after: Literal["hold", "error"] = "hold"

    def __post_init__(self) -> None:
        if not isinstance(self.horizon, Horizon):
            raise ScheduleError(
                f"a horizon is Horizon(updates=..., updates_per_epoch=...), so that spans can be counted, "
                f"but got {self.horizon!r}"
            )
        if self.after not in ("hold", "error"):
            raise UnknownName("word for what comes after the horizon", str(self.after), ("hold", "error"))
        object.__setattr__(self, "peak", checked_peak(self.peak))
        self.schedule.fit(self.horizon)

    def __call__(self, t: ArrayLike) -> NDArray[np.float64]:
        """The rate used by update(s) t; same shape as t. Negative t is refused."""
        t = np.asarray(t, dtype=np.float64)
        total = self.horizon.updates
        if not (t >= 0).all():
            raise ScheduleError(f"updates are numbered from 0, but got t = {t.min():g}")
        if self.after == "error" and t.size and t.max() >= total:
            raise ScheduleError(f"update {t.max():g} is beyond the horizon of {total} updates; bind a longer horizon")
        # One contiguous axis: numpy may compute a scalar or a strided view by another path, one bit apart.
        flat = np.minimum(t, float(total)).reshape(-1)
        return (self.peak * self.schedule.shape(flat, self.horizon)).reshape(t.shape)

    def all(self) -> NDArray[np.float64]:
        """The rates of updates 0 .. T-1, shape (T,)."""
        return self(np.arange(self.horizon.updates))


def register(name: str) -> Callable[[Kind], Kind]:
    """Put a schedule in the catalogue under the name studies and the command line use."""

    def add(cls: Kind) -> Kind:
        if name in SCHEDULES:
            raise ValueError(f"schedule {name!r} is already {SCHEDULES[name].__qualname__}")
        cls.name = name
        SCHEDULES[name] = cls
        return cls

    return add


def find(name: str) -> type[Schedule]:
    """The schedule of that name; `-` and `_` are alike. Raises UnknownName."""
    try:
        return SCHEDULES[name.strip().replace("-", "_").lower()]
    except KeyError:
        raise UnknownName("schedule", name, SCHEDULES) from None


def build(name: str, arguments: Mapping[str, Any]) -> Schedule:
    """The schedule of that name with these fields. Raises UnknownName or ScheduleError."""
    cls = find(name)
    known = cls.parameters()
    for field in arguments:
        if field not in known:
            raise UnknownName(f"field of schedule {cls.name}", str(field), known)
    missing = [field for field, default in known.items() if default is MISSING and field not in arguments]
    if missing:
        raise ScheduleError(f"{cls.name}: needs {', '.join(missing)}")
    return cls(**arguments)


def from_dict(data: Mapping[str, Any]) -> Schedule:
    """The inverse of `to_dict`; fields left out take their defaults."""
    if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
        raise ScheduleError(
            f'a schedule is given as {{"name": ...}} and its fields, such as {{"name": "cosine"}}, but got {data!r}'
        )
    arguments = {k: from_dict(v) if isinstance(v, Mapping) else v for k, v in data.items() if k != "name"}
    return build(data["name"], arguments)


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


def canonical_span(schedule: Schedule, field: str) -> None:
    """Rewrite a span field in its one canonical text, so that "20 %" and "20%" are the same schedule."""
    try:
        object.__setattr__(schedule, field, str(Span.parse(getattr(schedule, field))))
    except ScheduleError as error:
        raise ScheduleError(f"{schedule.name}: `{field}`: {error}") from None


def span_updates(schedule: Schedule, field: str, horizon: Horizon) -> int:
    """A span field in whole updates of the horizon."""
    try:
        return Span.parse(getattr(schedule, field)).updates(horizon)
    except ScheduleError as error:
        raise ScheduleError(f"{schedule.name}: `{field}`: {error}") from None


def fit_end(schedule: Schedule, end: End, horizon: Horizon) -> None:
    """Refuse a closed end over one update: it would have to use the peak and the end value both."""
    if end == "closed" and horizon.updates == 1:
        raise ScheduleError(
            f'{schedule.name}: `updates >= 2` must hold with end="closed", but got 1; '
            f'write end="open" or lengthen the run by 1 update'
        )


def check_number(schedule: Schedule, field: str, low: float, high: float, *, open_low: bool = False) -> None:
    """Refuse a field that is not a number in [low, high], or (low, high] with open_low."""
    value = getattr(schedule, field)
    if not is_number(value) or not low <= value <= high or (open_low and value == low):
        bracket = "(" if open_low else "["
        raise ScheduleError(
            f"{schedule.name}: `{field}` must be a number in {bracket}{low:g}, {high:g}], but got {value!r}"
        )
    object.__setattr__(schedule, field, float(value) + 0.0)  # + 0.0: minus zero would be equal, with another text


def check_word(schedule: Schedule, field: str, words: tuple[str, ...]) -> None:
    """Refuse a field that is not one of the words."""
    value = getattr(schedule, field)
    if not isinstance(value, str):
        quoted = " or ".join(f'"{word}"' for word in words)
        raise ScheduleError(f"{schedule.name}: `{field}` must be a word, but got {value!r}; write {quoted}")
    if value not in words:
        raise UnknownName(f"{schedule.name} {field}", value, words)
