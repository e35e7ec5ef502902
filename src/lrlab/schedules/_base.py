"""A schedule is a shape with peak 1; peak and horizon are bound late."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from dataclasses import field as dataclass_field
from numbers import Real
from typing import Any, ClassVar, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ScheduleError, UnknownName
from ._clock import Horizon
from ._picture import figure, picture

SCHEDULES: "dict[str, type[Schedule]]" = {}
HIGHEST_PEAK = 1e3  # no optimizer is known to want more; a larger number is a slip of the keyboard
DEEPEST = 10  # schedules inside schedules
PICTURED = Horizon(updates=1000, updates_per_epoch=100)  # what a schedule without a horizon is drawn over
After = Literal["hold", "repeat", "error"]
Kind = TypeVar("Kind", bound="type[Schedule]")


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """A pure function of the update index and the horizon: no state, no optimizer, no clock of its own.

    Concrete schedules are final, frozen, keyword-only dataclasses whose fields are numbers, words, spans (as text),
    other schedules, or tuples of one of these. They check their fields when built and their spans when bound.

    written: a text that `parse` reads, where the name alone is not one. highest: the highest fraction of the peak, or a
    bound on it, as the docstring says; "1" for most.
    """

    name: ClassVar[str]
    written: ClassVar[str] = ""
    highest: ClassVar[str] = "1"

    @abstractmethod
    def shape(self, t: NDArray[np.float64], horizon: Horizon) -> NDArray[np.float64]:
        """The rate as a fraction of the peak used by update(s) t, 0 <= t <= extent; same shape as t."""

    def fit(self, horizon: Horizon) -> None:  # noqa: B027 - most schedules fit every horizon
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

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, defaults included, as JSON takes it."""
        return {"name": self.name} | {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def parameters(cls) -> dict[str, Any]:
        """The fields' names and defaults (MISSING where one must be given), in order."""
        return {field.name: field.default for field in fields(cls)}

    def __str__(self) -> str:
        """The shortest text that `parse` reads back: fields at their default are left out."""
        return self.name + self._given(self.parameters())

    def _given(self, names: Mapping[str, Any]) -> str:
        """Those of the fields that differ from the default, in parentheses."""
        defaults = self.parameters()
        values = {name: getattr(self, name) for name in names if getattr(self, name) != defaults[name]}
        return f"({', '.join(f'{name}={_word(value)}' for name, value in values.items())})" if values else ""

    def _repr_svg_(self) -> str | None:
        return self._pictured("_repr_svg_")

    def _repr_html_(self) -> str | None:
        return self._pictured("_repr_html_")

    def _pictured(self, kind: str) -> str | None:
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
    resolved: Schedule = dataclass_field(init=False, repr=False, compare=False)

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
    """Updates as an array of floats. Raises a ScheduleError for what is no number (yet), as a traced value is none."""
    try:
        return np.asarray(t, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ScheduleError(
            f"updates are numbers, or an array of them, but got {type(t).__name__}; inside jax.jit, where t is traced, "
            f"look the rates up in a table: table = jnp.asarray(rates(np.arange(T + 1))), "
            f"schedule = lambda t: table[jnp.minimum(t, T)]"
        ) from error


def register(name: str) -> Callable[[Kind], Kind]:
    """Put a schedule in the catalogue under the name studies and the command line use."""

    def add(cls: Kind) -> Kind:
        if name in SCHEDULES:
            raise ValueError(f"schedule {name!r} is already {SCHEDULES[name].__qualname__}")
        cls.name = name
        cls.written = cls.written or name
        SCHEDULES[name] = cls
        return cls

    return add


def plain_name(name: str) -> str:
    """A name as the registries have it: `-` and `_` are alike, and so are capitals."""
    return name.strip().replace("-", "_").lower()


def find(name: str) -> type[Schedule]:
    """The schedule of that name; `-` and `_` are alike. Raises UnknownName."""
    try:
        return SCHEDULES[plain_name(name)]
    except KeyError:
        raise UnknownName("schedule", name, SCHEDULES) from None


def build(name: str, arguments: Mapping[str, Any]) -> Schedule:
    """The schedule of that name with these fields. Raises UnknownName or ScheduleError."""
    cls = find(name)
    check_fields(f"schedule {cls.name}", cls.parameters(), arguments, cls.written)
    return cls(**arguments)


def check_fields(owner: str, known: Mapping[str, Any], given: Mapping[str, Any], written: str) -> None:
    """Refuse fields that are not known, and fields without a default that are not given.

    owner: the kind and the name, such as "schedule cosine"; known: the fields' defaults, MISSING where there is none;
    written: an example of the text. Raises UnknownName or ScheduleError.
    """
    for field in given:
        if field not in known:
            raise UnknownName(f"field of {owner}", str(field), known)
    missing = [field for field, default in known.items() if default is MISSING and field not in given]
    if missing:
        raise ScheduleError(f"{owner.split()[-1]}: needs {', '.join(missing)}; write as in: {written}")


def from_dict(data: Mapping[str, Any]) -> Schedule:
    """The inverse of `to_dict`; fields left out take their defaults."""
    return _built(data, 0)


def _built(data: object, depth: int) -> Schedule:
    if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
        raise ScheduleError(
            f'a schedule is given as {{"name": ...}} and its fields, such as {{"name": "cosine"}}, but got {data!r}'
        )
    if depth > DEEPEST:
        raise too_deep(data["name"])
    return build(data["name"], {k: _read(v, depth + 1) for k, v in data.items() if k != "name"})


def _read(value: object, depth: int) -> object:
    """A field's value as JSON gives it, made a value again."""
    if isinstance(value, list | tuple):
        return tuple(_built(item, depth) if isinstance(item, Mapping) else item for item in value)
    return _built(value, depth) if isinstance(value, Mapping) else value


def _plain(value: object) -> object:
    """A field's value as JSON takes it."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_dict() if isinstance(value, Schedule) else value


def _word(value: object) -> str:
    """A field's value as a text gives it."""
    return f"[{', '.join(map(_word, value))}]" if isinstance(value, tuple) else str(value)


def too_deep(name: str) -> ScheduleError:
    """What a schedule is told that has too many others inside one another."""
    return ScheduleError(
        f"{name}: schedules may stand inside one another at most {DEEPEST} deep; put parts side by side, as in "
        f"sequence(of=[constant, linear, constant], at=[30%, 60%])"
    )


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
