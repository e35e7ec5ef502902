"""Going on from a saved state."""

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from ..errors import LabError, ScheduleError
from ._plan import Plan

OnChange: TypeAlias = Literal["error", "keep", "rescale"]


def resumed(state: Mapping[str, Any], mine: Plan, on_change: OnChange, groups: int) -> tuple[int, Plan, int]:
    """The update to go on from, the plan to follow, and how many groups the run began with. Raises ScheduleError.

    mine: the plan of the scheduler the state is loaded into, which has that many groups.
    """
    t, saved, built = _read(state)
    if built > groups:
        raise ScheduleError(
            f"resume: the run was saved with {built} groups of parameters, but this optimizer has {groups}; "
            f"build it with the same groups"
        )
    if saved.to_json() == mine.to_json():
        return t, mine, built
    old, new = saved.horizon.updates, mine.horizon.updates
    same_progress = (2 * t * new + old) // (2 * old)
    if on_change == "keep":
        return t, saved, built
    if on_change == "rescale":
        return same_progress, mine, built
    raise ScheduleError(
        f"resume: the run was saved with {saved}, at update {t}, but this scheduler has {mine}; build it as it was, "
        f'or write on_change="keep" to go on as saved, or on_change="rescale" to go on with this one, '
        f"at update {same_progress} of {new}"
    )


def _read(state: Mapping[str, Any]) -> tuple[int, Plan, int]:
    """The parts of a state. Raises ScheduleError for one that is not ours."""
    try:
        t, plan, built = state["t"], Plan.from_json(state["plan"]), state["groups"]
        if not (type(t) is type(built) is int and t >= 0 and built >= 1):
            raise ValueError(f"t = {t!r}, groups = {built!r}")
    except (LabError, KeyError, TypeError, ValueError) as error:
        raise ScheduleError(
            f"resume: a state of lrlab's Scheduler is needed, but got one that cannot be read ({error!r}); "
            f"to go on from another scheduler's, load the optimizer and write scheduler.step(epoch=t)"
        ) from error
    return t, plan, built
