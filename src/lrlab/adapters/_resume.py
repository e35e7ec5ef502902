"""Going on from a saved state."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from ..errors import LabError, ScheduleError
from ._plan import Plan

OnChange: TypeAlias = Literal["error", "keep", "rescale"]


class Saved(NamedTuple):
    """A state: the next update, the plan, how many groups the run began with, and what the rule has seen, if any."""

    t: int
    plan: Plan
    built: int
    seen: dict[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        state = {"t": self.t, "plan": self.plan.to_json(), "groups": self.built}
        return state if self.seen is None else state | {"rule": self.seen}


def resumed(state: Mapping[str, Any], mine: Plan, on_change: OnChange, groups: int) -> Saved:
    """What to go on with, where a state is loaded into a scheduler with this plan over so many groups.

    Raises ScheduleError.
    """
    saved = _read(state)
    if saved.built > groups:
        raise ScheduleError(
            f"resume: the run was saved with {saved.built} groups of parameters, but this optimizer has {groups}; "
            f"build it with the same groups"
        )
    if saved.plan.to_json() == mine.to_json() or on_change == "keep":
        return saved
    old, new = saved.plan.extent, mine.extent
    same_progress = (2 * saved.t * new + old) // (2 * old)
    if on_change == "rescale":
        same_rule = type(saved.plan.schedule) is type(mine.schedule)
        return saved._replace(t=same_progress, plan=mine, seen=saved.seen if same_rule else None)
    raise ScheduleError(
        f"resume: the run was saved with {saved.plan}, at update {saved.t}, but this scheduler has {mine}; build it as "
        f'it was, or write on_change="keep" to go on as saved, or on_change="rescale" to go on with this one, '
        f"at update {same_progress} of {new}"
    )


def unreadable(error: Exception) -> ScheduleError:
    """What to say of a state that is not ours."""
    return ScheduleError(
        f"resume: a state of lrlab's Scheduler is needed, but got one that cannot be read ({error!r}); "
        f"to go on from another scheduler's, load the optimizer and write scheduler.step(epoch=t)"
    )


def _read(state: Mapping[str, Any]) -> Saved:
    """The parts of a state. Raises ScheduleError for one that is not ours."""
    try:
        plan = Plan.from_json(state["plan"])
        saved = Saved(state["t"], plan, state["groups"], state["rule"] if plan.watches else None)
        if not (type(saved.t) is type(saved.built) is int and saved.t >= 0 and saved.built >= 1):
            raise ValueError(f"t = {saved.t!r}, groups = {saved.built!r}")
    except (LabError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise unreadable(error) from error
    return saved
