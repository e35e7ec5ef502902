"""What a rule is: a schedule that watches the run. Its state decides, one epoch ahead, which rates come next.

An epoch is `updates_per_epoch` updates; epochs are numbered from 0. Letters: K trials advanced together. Every field of
a state is () for one trial or (K,) for K, and nothing in a rule asks which.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import LabError, ScheduleError
from ..schedules import (
    SCHEDULES,
    CatalogueEntry,
    Floored,
    Horizon,
    Product,
    Registry,
    Repeat,
    Scale,
    Schedule,
    Sequence,
    Span,
    Staircase,
    Stretch,
    Warmup,
    checked_peak,
    is_own,
    own_line,
)
from ._state import RuleState, state_from_dict, state_to_dict

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Rule(CatalogueEntry):
    """A schedule that watches the run: it drives `then`, an ordinary schedule, by what it has seen so far.

    Concrete rules are final, frozen, keyword-only dataclasses: no optimizer, no callback, and no state inside.
    """

    after_plus: ClassVar[tuple[str, ...]] = ("then",)

    then: Schedule

    def __post_init__(self) -> None:
        if not isinstance(self.then, Schedule):
            hint = "; a rule drives a schedule, not another rule" if isinstance(self.then, Rule) else ""
            raise ScheduleError(
                f"{self.name}: `then` must be a schedule, such as Constant(), but got {self.then!r}{hint}"
            )
        self.check()

    def check(self) -> None:
        """Raise a ScheduleError or UnknownName where a field cannot be used."""

    @property
    @abstractmethod
    def watches(self) -> Literal["nothing", "lower", "higher"]:
        """Which is better in the value shown to it after each epoch; "nothing" where it needs no value."""

    @abstractmethod
    def init(self, shape: tuple[int, ...] = ()) -> RuleState:
        """The state before the first epoch: of one trial, or of K with shape (K,)."""

    @abstractmethod
    def advance(self, state: RuleState, value: Floats) -> RuleState:
        """The state after one more watched epoch gave `value`, finite, shaped like the state."""

    def scale(self, state: RuleState) -> Floats:  # noqa: ARG002
        """What multiplies `then` under a state, shaped like the state; 1 unless the rule says otherwise."""
        return np.ones(())

    def clock(self, state: RuleState, t: Floats, horizon: Horizon) -> Floats:  # noqa: ARG002
        """Which update of `then` stands for updates t, shape (n,), under a state: (n,) or (K, n); t unless said."""
        return t

    def shape(self, state: RuleState, t: Floats, horizon: Horizon) -> Floats:
        """The rate as a fraction of the peak used by updates t, shape (n,), under a state: (n,) or (K, n)."""
        clock = self.clock(state, t, horizon)
        return np.asarray(self.scale(state))[..., None] * self.then.shape(clock.reshape(-1), horizon).reshape(
            clock.shape
        )

    def momentum(self, state: RuleState, t: Floats, horizon: Horizon) -> Floats | None:
        """The momentum (beta1) that belongs to it, where `then` moves it: on the same clock, never scaled."""
        clock = self.clock(state, t, horizon)
        moved = self.then.momentum(clock.reshape(-1), horizon)
        return None if moved is None else moved.reshape(clock.shape)

    def fit(self, horizon: Horizon) -> None:
        """Raise a ScheduleError, with the smallest change that mends it, where `then` does not fit the horizon."""
        self.then.fit(horizon)

    def bind(self, *, peak: ArrayLike, horizon: Horizon) -> "Drive":
        """The rule at a peak, or at K peaks for K trials, over a horizon. Refuses a horizon `then` does not fit."""
        return Drive(rule=self, peak=peak, horizon=horizon)

    def state_to_dict(self, state: RuleState) -> dict[str, Any]:
        """A state as JSON takes it, exactly."""
        return state_to_dict(state)

    def state_from_dict(self, data: Mapping[str, Any]) -> RuleState:
        """The inverse of `state_to_dict`, bit for bit. Raises a ScheduleError for the state of another rule."""
        return state_from_dict(self.name, self.init(), data)

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, defaults included, as JSON takes it; the schedule it drives comes last."""
        data = super().to_dict()
        return data | {"then": data.pop("then")}


@dataclass(frozen=True, kw_only=True, eq=False)
class Drive:
    """A rule bound to a peak, or to one peak per trial, and to a horizon. The caller keeps the state.

    >>> from lrlab.rules import parse_rule
    >>> rule = parse_rule("by_oscillation+step(gamma=0.5, every=1 epochs)")
    >>> drive = rule.bind(peak=0.1, horizon=Horizon(updates=6, updates_per_epoch=2))
    >>> state = drive.init()
    >>> for epoch, loss in enumerate([1.0, 2.0, 1.5]):
    ...     print(drive.row(state, epoch).tolist())  # before the epoch: the rates it will use
    ...     state = drive.update(state, loss, epoch)  # after its validation
    [0.1, 0.1]
    [0.1, 0.1]
    [0.05, 0.05]
    """

    rule: Rule
    peak: ArrayLike
    horizon: Horizon
    rules: tuple[Rule, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.horizon, Horizon):
            raise ScheduleError(
                f"a horizon is Horizon(updates=..., updates_per_epoch=...), so that epochs can be counted, "
                f"but got {self.horizon!r}"
            )
        given = np.asarray(self.peak, dtype=object)
        if given.ndim > 1 or not given.size:
            raise ScheduleError(
                f"{self.rule.name}: one peak, or a list of one per trial, must be given, but got shape {given.shape}"
            )
        peaks = [checked_peak(peak) for peak in given.reshape(-1).tolist()]
        object.__setattr__(self, "peak", np.array(peaks).reshape(given.shape))
        self.rule.fit(self.horizon)
        resolved = [replace(self.rule, then=self.rule.then.resolve(peak, self.horizon)) for peak in peaks]
        object.__setattr__(self, "rules", tuple(resolved[:1] if len(set(resolved)) == 1 else resolved))
        if is_own(type(self.rule)):
            self._check_own_rule()

    @property
    def first_watched(self) -> int:
        """The first epoch whose value the rule is shown: the first that holds no update of a warm-up."""
        return -(-warmup_updates(self.rule.then, self.horizon) // self.horizon.updates_per_epoch)

    def init(self) -> RuleState:
        """The state before epoch 0, shaped like the peaks."""
        return self.rule.init(np.shape(self.peak))

    def update(self, state: RuleState, value: ArrayLike | None, epoch: int) -> RuleState:
        """The state after epoch `epoch` was validated with this value, shaped like the peaks.

        Epochs that hold an update of a warm-up are not watched. A value that is None or not finite was not measured:
        the rule waits, for that trial alone. A rule that watches nothing counts the epoch whatever the value.
        """
        seen = self._read_values(value)
        if epoch < self.first_watched:
            return state
        measured = np.isfinite(seen)
        with np.errstate(over="ignore"):  # a change beyond the largest float is infinite, and compares as such
            moved = self.rule.advance(state, np.where(measured, seen, 0.0))
        return type(state)(*(np.where(measured, new, old) for new, old in zip(moved, state, strict=True)))

    def replay(self, losses: Floats) -> Floats:
        """The rates of updates 0 .. T-1 in a run with these losses, (E,) or (K, E): shape (T,) or (K, T).

        E = the epochs of the horizon; the last loss changes nothing and may be left out.
        """
        state, rows = self.init(), []
        for epoch in range(self.horizon.epochs):
            rows.append(self.row(state, epoch))
            if epoch < losses.shape[-1]:
                state = self.update(state, losses[..., epoch], epoch)
        return np.concatenate(rows, axis=-1)

    def all(self) -> Floats:
        """The rates of updates 0 .. T-1 where nothing is ever measured, shape (T,) or (K, T)."""
        return self.replay(np.full((*np.shape(self.peak), self.horizon.epochs), np.nan))

    def row(self, state: RuleState, epoch: int) -> Floats:
        """The rates of every update of an epoch under a state, shape (updates,) or (K, updates)."""
        return self(state, self.updates(epoch))

    def updates(self, epoch: int) -> NDArray[np.int64]:
        """The updates of an epoch. The last epoch may be shorter; beyond it there are none."""
        length = self.horizon.updates_per_epoch
        return np.arange(epoch * length, min((epoch + 1) * length, self.horizon.updates))

    def __call__(self, state: RuleState, t: ArrayLike) -> Floats:
        """The rates used by update(s) t under a state: one trial's are shaped like t. Beyond the horizon: held."""
        t = np.asarray(t, dtype=np.float64)
        flat = self._on_curve(t)
        fractions = [rule.shape(part, flat, self.horizon) for rule, part in self._split_by_rule(state)]
        rates = np.asarray(self.peak)[..., None] * (fractions[0] if len(fractions) == 1 else np.stack(fractions))
        return rates.reshape(np.shape(self.peak) + t.shape)

    def momentum(self, state: RuleState, t: ArrayLike) -> Floats | None:
        """The momentum (beta1) used by update(s) t, NaN where it is left alone; None: left alone all along."""
        t = np.asarray(t, dtype=np.float64)
        flat = self._on_curve(t)
        moved = [rule.momentum(part, flat, self.horizon) for rule, part in self._split_by_rule(state)]
        known = [values for values in moved if values is not None]
        if len(known) < len(moved):
            return None
        values = known[0] if len(known) == 1 else np.stack(known)
        return np.broadcast_to(values, (*np.shape(self.peak), flat.size)).reshape(np.shape(self.peak) + t.shape)

    def _check_own_rule(self) -> None:
        """Refuse a class of the user's own whose states or rates have not the shape of the peaks, before a run."""
        shape, updates = np.shape(self.peak), self.updates(0)
        try:
            state = self._checked_state(self.init())
            state = self._checked_state(self.rule.advance(state, np.zeros(shape)))
            rates = self(state, updates)
        except LabError:
            raise
        except Exception as error:
            raise ScheduleError(f"{self.rule}: {own_line(error)}; mend its class") from error
        if rates.shape != (*shape, len(updates)) or not np.isfinite(rates).all():
            raise ScheduleError(
                f"{self.rule}: its rates must be finite numbers, one for each trial and update, but it makes "
                f"{rates.tolist()}; return one finite factor for each trial from scale, and updates from clock"
            )

    def _checked_state(self, state: RuleState) -> RuleState:
        shape = np.shape(self.peak)
        if not hasattr(state, "_fields") or {np.shape(field) for field in state} != {shape}:
            raise ScheduleError(
                f"{self.rule}: a state must be a NamedTuple of arrays of shape {shape}, one value for each trial, but "
                f"its class makes {state!r}; write np.zeros(shape) in init, and go on from there"
            )
        return state

    def _read_values(self, value: ArrayLike | None) -> Floats:
        """What was measured, as numbers shaped like the peaks; none of it matters to a rule that watches nothing."""
        shape = np.shape(self.peak)
        if self.rule.watches == "nothing":
            return np.zeros(shape)
        try:
            seen = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            seen = np.empty(0)
        if seen.shape != shape:
            raise ScheduleError(
                f"{self.rule.name}: after each epoch, one number{' per trial' * len(shape)} must be given, "
                f"of shape {shape}, but got {value!r}"
            )
        return seen

    def _split_by_rule(self, state: RuleState) -> "list[tuple[Rule, RuleState]]":
        """The rule with its state; where fields of its schedule depend on the peak, one of each trial's own."""
        if len(self.rules) == 1:
            return [(self.rules[0], state)]
        return [(rule, type(state)(*(value[k] for value in state))) for k, rule in enumerate(self.rules)]

    def _on_curve(self, t: Floats) -> Floats:
        """The updates t as one new axis, those beyond the schedule's extent at its end."""
        if not (t >= 0).all():
            raise ScheduleError(f"updates are numbered from 0, but got t = {t.min():g}")
        return np.minimum(t, float(self.rule.then.extent(self.horizon))).reshape(-1)


def warmup_updates(schedule: Schedule, horizon: Horizon) -> int:
    """The updates of the warm-up a schedule begins with, whatever it stands in; 0 where it has none.

    Of a sequence, the warm-up of the first part counts; of a product, the longest; of a repeated one, the first.

    >>> from lrlab.schedules import parse
    >>> warmup_updates(parse("warmup(span=3 updates)+cosine"), Horizon(updates=10, updates_per_epoch=2))
    3
    """
    match schedule:
        case Scale() | Floored():
            return warmup_updates(schedule.of, horizon)
        case Warmup():
            length = Span.parse(schedule.span).updates(horizon)
            then = warmup_updates(schedule.then, schedule.rest(horizon))
            return max(length, then) if schedule.mode == "product" or not then else length + then
        case Sequence():
            return warmup_updates(schedule.of[0], schedule.parts(horizon)[0][1])
        case Product():
            return max(warmup_updates(factor, horizon) for factor in schedule.of)
        case Repeat():
            return warmup_updates(schedule.of, schedule.round(horizon))
        case Stretch():
            published = schedule.published(horizon)
            return ceil(warmup_updates(schedule.of, published) * horizon.updates / published.updates)
        case Staircase():
            every = Span.parse(schedule.every).updates(horizon)
            return -(-warmup_updates(schedule.of, horizon) // every) * every
        case _:
            return 0


RULES: Registry[Rule] = Registry("rule", Rule, example="{name}+constant", beside=SCHEDULES)  # pyright: ignore[reportAbstractUsage]
