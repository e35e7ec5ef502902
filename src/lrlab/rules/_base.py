"""What a rule is: a schedule that watches the run, as `init`, `advance` and `shape` over a state of arrays.

An epoch is `updates_per_epoch` updates, numbered from 0. After each epoch's validation the rule sees one value, and its
state says which rates the next epoch uses. Letters: K trials advanced together; every field of a state is () for one
trial or (K,), and nothing in a rule asks which.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ScheduleError, UnknownName
from ..schedules import SCHEDULES, Horizon, Schedule

if TYPE_CHECKING:
    from ._drive import Drive

RULES: "dict[str, type[Rule]]" = {}
Kind = TypeVar("Kind", bound="type[Rule]")
State = Any  # the rule's own NamedTuple of arrays
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """A schedule that watches the run. It drives `then`, an ordinary schedule, by what it has seen so far.

    Concrete rules are final, frozen, keyword-only dataclasses: no optimizer, no callback, no state inside.
    """

    name: ClassVar[str]
    then: Schedule

    def __post_init__(self) -> None:
        if not isinstance(self.then, Schedule):
            extra = "; a rule drives a schedule, not another rule" if isinstance(self.then, Rule) else ""
            raise ScheduleError(
                f"{self.name}: `then` must be a schedule, such as Constant(), but got {self.then!r}{extra}"
            )

    @property
    @abstractmethod
    def watches(self) -> Literal["nothing", "lower", "higher"]:
        """What is better in the value it is shown after each epoch; "nothing" where it needs no value."""

    @abstractmethod
    def init(self, shape: tuple[int, ...] = ()) -> State:
        """The state before the first epoch: of one trial, or of K with shape (K,)."""

    @abstractmethod
    def advance(self, state: State, value: Floats) -> State:
        """The state after one more validation gave `value`, finite and shaped like the state."""

    @abstractmethod
    def shape(self, state: State, t: Floats, horizon: Horizon) -> Floats:
        """The rate as a fraction of the peak that update(s) t, shape (n,), use under a state: (n,) or (K, n)."""

    def fit(self, horizon: Horizon) -> None:
        """Raise a ScheduleError, with the smallest change that mends it, where `then` does not fit the horizon."""
        self.then.fit(horizon)

    def bind(self, *, peak: ArrayLike, horizon: Horizon) -> "Drive":
        """The rule at a peak, or at K peaks, over a horizon. Refuses a horizon its schedule does not fit."""
        from ._drive import Drive

        return Drive(rule=self, peak=peak, horizon=horizon)

    def state_to_dict(self, state: State) -> dict[str, Any]:
        """A state as JSON takes it, exactly; what is not finite is written as text: "inf", "-inf", "nan"."""
        return {name: _plain(np.asarray(value).tolist()) for name, value in state._asdict().items()}

    def state_from_dict(self, data: Mapping[str, Any]) -> State:
        """The inverse of `state_to_dict`, bit for bit. Raises a ScheduleError for the state of another rule."""
        start = self.init()
        if not isinstance(data, Mapping) or data.keys() != set(start._fields):
            raise ScheduleError(
                f"{self.name}: a saved state has the fields {', '.join(start._fields)}, but got {data!r}; "
                f"was it saved under another rule?"
            )
        read = [_read(self.name, name, data[name], initial.dtype) for name, initial in start._asdict().items()]
        if len({array.shape for array in read}) > 1 or read[0].ndim > 1:
            shapes = ", ".join(f"{name} {array.shape}" for name, array in zip(start._fields, read, strict=True))
            raise ScheduleError(f"{self.name}: a saved state has one value per trial in every field, but got {shapes}")
        return type(start)(*read)

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, defaults included, as JSON takes it; `then` last."""
        own = {name: getattr(self, name) for name in self.parameters() if name != "then"}
        return {"name": self.name} | own | {"then": self.then.to_dict()}

    @classmethod
    def parameters(cls) -> dict[str, Any]:
        """The fields' names and defaults (MISSING where one must be given), in order."""
        return {field.name: field.default for field in fields(cls)}

    def __str__(self) -> str:
        """The shortest text that `parse` reads back: fields at their default are left out."""
        own = {name: default for name, default in self.parameters().items() if name != "then"}
        given = [f"{name}={getattr(self, name)}" for name, default in own.items() if getattr(self, name) != default]
        return f"{self.name}({', '.join(given)})+{self.then}" if given else f"{self.name}+{self.then}"


class Position(NamedTuple):
    """How far a rule has moved along its sequence."""

    position: NDArray[np.int64]  # the n of r_n; 0 before the first move


def register(name: str) -> Callable[[Kind], Kind]:
    """Put a rule in the catalogue under the name studies and the command line use."""

    def add(cls: Kind) -> Kind:
        if name in RULES or name in SCHEDULES:
            taken = RULES[name] if name in RULES else SCHEDULES[name]
            raise ValueError(f"{name!r} is already {taken.__qualname__}")
        cls.name = name
        RULES[name] = cls
        return cls

    return add


def find(name: str) -> type[Rule]:
    """The rule of that name; `-` and `_` are alike. Raises UnknownName."""
    try:
        return RULES[plain_name(name)]
    except KeyError:
        raise UnknownName("rule", name, RULES) from None


def plain_name(name: str) -> str:
    """A name as the registries have it."""
    return name.strip().replace("-", "_").lower()


def build(name: str, arguments: Mapping[str, Any]) -> Rule:
    """The rule of that name with these fields. Raises UnknownName or ScheduleError."""
    cls = find(name)
    known = cls.parameters()
    for field in arguments:
        if field not in known:
            raise UnknownName(f"field of rule {cls.name}", str(field), known)
    missing = [field for field, default in known.items() if default is MISSING and field not in arguments]
    if missing:
        raise ScheduleError(f"{cls.name}: needs {', '.join(missing)}; write as in {cls.example}")
    return cls(**arguments)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return repr(value) if isinstance(value, float) and not np.isfinite(value) else value


def _read(rule: str, field: str, value: Any, dtype: "np.dtype[Any]") -> NDArray[Any]:
    """One field of a saved state: a number, or a list of numbers."""
    numbers = [_number(one, dtype) for one in (value if isinstance(value, list) else [value])]
    if None in numbers:
        kind = "whole numbers" if dtype.kind == "i" else "numbers"
        raise ScheduleError(f"{rule}: `{field}` of a saved state holds {kind}, but got {value!r}")
    return np.array(numbers if isinstance(value, list) else numbers[0], dtype=dtype)


def _number(value: Any, dtype: "np.dtype[Any]") -> int | float | None:
    """The number, or None where it is none of that kind."""
    if isinstance(value, bool):
        return None
    if dtype.kind == "i":
        return value if isinstance(value, int) and abs(value) < 2**63 else None
    if isinstance(value, str):
        return float(value) if value in ("inf", "-inf", "nan") else None
    return float(value) if isinstance(value, int | float) else None
