"""Going on from a saved state."""

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from ..errors import LabError, ScheduleError, UnknownName
from ._curves import Feedback
from ._first_values import FirstValues
from ._groups import ParamGroup, as_float, initial_value
from ._plan import SchedulePlan
from ._tracks import Tracks, peaks_by_group
from ._writer import RateWriter

OnChange: TypeAlias = Literal["error", "keep", "rescale"]


class SavedState(NamedTuple):
    """A state: the next update, the plan, how many groups it is over, and what the rule has seen, if any.

    initial: by group, the rate before any schedule touched it. fastest: that of the fastest group the run began with,
    which may be gone. values: the same of further fields, by field and group. All None in a state of an earlier lrlab.
    factors: by what other schedulers have multiplied each group's rate; None: by nothing. rates: the groups' rates, as
    they stood, where others have a part in them. waits: whether another scheduler was in charge. pending: the updates
    since t, where another has written the rates; whether it is in charge or has a part in them, the next calls show.
    """

    t: int
    plan: SchedulePlan
    groups: int
    seen: dict[str, Any] | None
    initial: list[float] | None
    fastest: float | None
    factors: list[float] | None = None
    rates: list[float] | None = None
    waits: bool = False
    pending: int = 0
    values: dict[tuple[str, int], float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain data, with the same keys at every update: a checkpoint is read into the state of a new run."""
        state: dict[str, Any] = {"t": self.t, "plan": self.plan.to_json(), "groups": self.groups}
        state |= {"initial": self.initial, "fastest": self.fastest}
        state |= {"values": [[name, at, value] for (name, at), value in (self.values or {}).items()]}
        state |= {"factors": self.factors or [1.0] * self.groups, "rates": self.rates or [None] * self.groups}
        state |= {"waits": self.waits, "made": self.pending}
        return state if self.seen is None else state | {"rule": self.seen}

    def begin_in(
        self, groups: list[ParamGroup], first: FirstValues, known: Mapping[tuple[str, int], float], on_change: OnChange
    ) -> tuple["SavedState", float]:
        """Let an optimizer's groups begin as the run did or, to rescale, as the scheduler was built over them.

        Returns what to go on with, and the first rate of the fastest group the run began with, in the groups' terms.
        first: what they were built with; which of it counts is settled here. known: initial values, for groups that
        have lost theirs. Raises ScheduleError where others were built than saved, unless on_change says what to do.
        """
        saved, values = self, self._saved_values()
        if on_change == "rescale":
            saved, values = self._with_rates_of(first.built), first.built
        elif on_change == "error":
            self._check_built(first.built)
        for (name, at), value in values.items():
            groups[at][f"initial_{name}"] = value
        first.settled = frozenset(name for name, _ in values)
        return saved, self._fastest_of(
            [initial_value(group, "lr", "lr", known["lr", at]) for at, group in enumerate(groups)]
        )

    def _saved_values(self) -> dict[tuple[str, int], float]:
        """The first value of each field, by field and group, as far as the state has them."""
        rates = {("lr", at): rate for at, rate in enumerate(self.initial or ())}
        return rates | (self.values or {})

    def _with_rates_of(self, built: Mapping[tuple[str, int], float]) -> "SavedState":
        """The state for groups built with other rates: others' part in the saved rates is in the factors alone."""
        same = all(built["lr", at] == rate for at, rate in enumerate(self.initial or ()))
        if same or self.waits or (self.pending and not self.t):
            return self
        return self._replace(t=self.t + self.pending, pending=0, rates=None)

    def _check_built(self, built: Mapping[tuple[str, int], float]) -> None:
        """Raise a ScheduleError where the groups were built with other peaks, or values of fields, than were saved."""
        if self.initial is None or self.fastest is None:
            return
        mine = [built["lr", at] for at in range(self.groups)]
        saved = peaks_by_group(self.plan, self.initial, self.fastest)[1]
        found = [("peak", "lr", saved, peaks_by_group(self.plan, mine, self._fastest_of(mine))[1])]
        for name in self.plan.fields:
            both = [key for key in self.values or () if key[0] == name and key in built]
            found.append((name, name, [(self.values or {})[key] for key in both], [built[key] for key in both]))
        for name, argument, old, new in found:
            if not np.allclose(old, new, rtol=1e-6, atol=0):
                raise ScheduleError(
                    f"resume: the run was saved with {name} {_numbers_text(old)}, at update {self.t + self.pending}, "
                    f"but that of this optimizer, when the scheduler was built, is {_numbers_text(new)}; build it with "
                    f'the same {argument}, or write on_change="keep" to go on as saved, or on_change="rescale" to go '
                    f"on with this one"
                )

    def _fastest_of(self, rates: list[float]) -> float:
        """The initial rate of the fastest group the run began with, where this optimizer's groups begin with these."""
        if self.initial is None or self.fastest is None:
            return max(rates[: self.groups])
        theirs = max(self.initial)
        mine = rates[self.initial.index(theirs)]
        return self.fastest if mine == theirs or not theirs else mine * (self.fastest / theirs)


def state_to_save(t: int, plan: SchedulePlan, tracks: Tracks, writer: RateWriter, pending: int | None) -> SavedState:
    """What to save of a scheduler before update t.

    plan, tracks: what it follows. writer: of its rates. pending: the updates that were not taken into account yet; None
    where another scheduler is in charge.
    """
    seen = tracks.feedback.to_dict() if tracks.feedback is not None and plan.watches else None
    rates = [as_float(group["lr"]) for group in writer.optimizer.param_groups]
    initial = [tracks.initial["lr", at] for at in range(len(rates))]
    values = {key: value for key, value in tracks.initial.items() if key[0] != "lr"}
    state = SavedState(t, plan, len(rates), seen, initial, tracks.fastest, writer.factors, values=values)
    if pending is None:
        return state._replace(rates=rates, waits=True)
    if not writer.written:  # another counts the updates, and wrote the rates
        return state
    factors = writer.measure_factors(t)
    if pending and writer.was_touched():
        return state._replace(factors=factors, rates=rates, pending=pending)
    theirs = factors or writer.left_rates(t)
    return state._replace(t=t + pending, factors=factors, rates=rates if theirs and not pending else None)


def state_to_resume(state: Mapping[str, Any], mine: SchedulePlan, on_change: OnChange, groups: int) -> SavedState:
    """What to go on with, where a state is loaded into a scheduler with this plan over so many groups.

    state: a `SavedState` as plain data. mine: the plan of the scheduler. on_change: what to do where the state has
    another plan, as in `Scheduler`. groups: how many the optimizer has.

    Raises ScheduleError for a state that cannot be read, has more groups, or has another plan that on_change refuses.
    """
    text = state.get("plan") if isinstance(state, Mapping) else None
    plan = mine if text == mine.to_json() else _read_plan(text, state)
    saved = _read_state(state, plan or mine)
    if saved.groups > groups:
        raise ScheduleError(
            f"resume: the run was saved with {saved.groups} groups of parameters, but this optimizer has {groups}; "
            f"build it with the same groups"
        )
    if plan is mine or (plan is not None and on_change == "keep"):
        return saved
    old, new = _saved_extent(text, plan), mine.extent
    whole = saved.t + saved.pending
    same_progress = (2 * whole * new + old) // (2 * old) if whole > 0 else whole
    if on_change == "rescale":
        same_rule = plan is not None and type(plan.schedule) is type(mine.schedule)
        rates = saved.rates if saved.pending else None
        seen = saved.seen if same_rule else None
        t = max(same_progress - saved.pending, 0)
        return saved._replace(t=t, plan=mine, seen=seen, rates=rates, pending=same_progress - t)
    if plan is None:
        raise ScheduleError(
            f"resume: the run was saved with a function or a schedule of the user's own that is not this scheduler's "
            f"{mine}, or has other code or other values in it (another version of Python or lrlab may read the same "
            f"code otherwise), at update {whole}; build it as it was (a schedule's "
            f'class can be registered, by @lrlab.register), or write on_change="rescale" to go on with '
            f"this one, at update {same_progress} of {new}"
        )
    changed = _name_changes(text, mine) if str(plan) == str(mine) else ""
    raise ScheduleError(
        f"resume: the run was saved with {saved.plan}, at update {whole}, but this scheduler has {mine}{changed}; "
        f'build it as it was, or write on_change="keep" to go on as saved, or on_change="rescale" to go on with this '
        f"one, at update {same_progress} of {new}"
    )


def load_seen(feedback: Feedback | None, seen: dict[str, Any] | None) -> None:
    """Let a rule go on from what it had seen. Raises ScheduleError where that cannot be read."""
    if feedback is not None and seen is not None:
        try:
            feedback.load(seen)
        except (KeyError, TypeError) as error:
            raise unreadable_state(error) from error


def unreadable_state(error: Exception) -> ScheduleError:
    """What to say of a state that is not ours."""
    return ScheduleError(
        f"resume: a state of lrlab's Scheduler is needed, but got one that cannot be read ({error!r}); "
        f"to go on from another scheduler's, load the optimizer and write scheduler.step(epoch=t)"
    )


def _read_plan(text: Any, state: Any) -> SchedulePlan | None:
    """The plan of a state; None where it has a function or a class that only its program knows."""
    try:
        return SchedulePlan.from_json(text)
    except UnknownName as error:
        if isinstance(state, Mapping) and {"t", "groups"} <= set(state):
            return None
        raise unreadable_state(error) from error
    except (LabError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise unreadable_state(error) from error


def _saved_extent(text: Any, plan: SchedulePlan | None) -> int:
    return int(json.loads(text)["updates"]) if plan is None else plan.extent


def _read_state(state: Mapping[str, Any], plan: SchedulePlan) -> SavedState:
    """The parts of a state. Raises ScheduleError for one that is not ours."""
    try:
        seen = state["rule"] if plan.watches and ("rule" in state or plan.to_json() == state["plan"]) else None
        waits = state.get("waits", False)
        saved = SavedState(
            state["t"],
            plan,
            state["groups"],
            seen,
            _read_numbers(state, "initial", None),
            state.get("fastest"),
            _read_numbers(state, "factors", 1.0),
            _read_numbers(state, "rates", None),
            waits,
            state.get("made", 0),
            _read_values(state),
        )
        whole = type(saved.t) is type(saved.groups) is type(saved.pending) is int and type(waits) is bool
        if not (whole and (saved.t >= 0 or waits) and saved.groups >= 1 and saved.pending >= 0):
            raise ValueError(f"t = {saved.t!r}, groups = {saved.groups!r}")
        if saved.initial is not None and not (len(saved.initial) == saved.groups and type(saved.fastest) is float):
            raise ValueError(f"initial = {saved.initial!r}, fastest = {saved.fastest!r}")
    except (LabError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise unreadable_state(error) from error
    return saved


def _read_numbers(state: Mapping[str, Any], key: str, nothing: float | None) -> list[float] | None:
    """One number for each group; None where each is the one that says nothing."""
    numbers = state.get(key)
    if numbers is None or all(number == nothing for number in numbers):
        return None
    values = [float(number) for number in numbers]
    if not np.isfinite(values).all():
        raise ValueError(f"{key} = {numbers!r}")
    return values


def _read_values(state: Mapping[str, Any]) -> dict[tuple[str, int], float] | None:
    """The first values of further fields, by field and group."""
    if state.get("values") is None:
        return None
    values = {(name, at): float(value) for name, at, value in state["values"]}
    known = all(type(name) is str and at in range(state["groups"]) for name, at in values)
    if not (known and np.isfinite([*values.values()]).all()):
        raise ValueError(f"values = {state['values']!r}")
    return values


def _numbers_text(numbers: list[float]) -> str:
    """One number, where all are the same, or each."""
    return f"{numbers[0]:g}" if len(set(numbers)) == 1 else f"[{', '.join(f'{number:g}' for number in numbers)}]"


def _name_changes(text: Any, mine: SchedulePlan) -> str:
    """What differs between plans that read alike."""
    old, new = json.loads(text), json.loads(mine.to_json())
    named = [key for key in sorted(new) if key not in ("code", "schedule", "fields") and old.get(key) != new[key]]
    if named:
        return "".join(f"; `{key}` was {old.get(key)!r} and is {new[key]!r}" for key in named)
    return "; its code is another, or read so by another version of Python or lrlab"
