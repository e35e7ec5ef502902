"""The only file that reads and writes the fields of an optimizer's groups.

The value a field had before any schedule touched it lives in its group, as `initial_<field>` (`initial_lr` is torch's
own). There it is saved and loaded with the optimizer and goes wherever the group goes, so the order in which optimizer
and scheduler are built and loaded does not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from ..errors import ScheduleError, UnknownName
from ..schedules import Rates, checked_peak
from ._plan import Plan

Group: TypeAlias = dict[str, Any]
BLOCK = 1024  # updates evaluated at once: a whole run of 10^7 as Python floats would take 320 MB


@dataclass(kw_only=True)
class Track:
    """One field under one schedule. members: (group, value where the schedule is 1) of the groups that follow it.

    block: the schedule at `BLOCK` updates, from a multiple of `BLOCK` on.
    """

    field: str
    key: str  # of the group: "betas" for momentum where the optimizer is Adam-like
    rates: Rates
    members: list[tuple[int, float]]
    block: list[float] = field(default_factory=list)

    def load(self, start: int) -> None:
        """Evaluate the block that begins at update `start`."""
        self.block = self.rates(np.arange(start, start + BLOCK)).tolist()


def key_of(name: str, group: Group) -> str | None:
    """The key under which a group keeps a field; None where it has no such field."""
    if name == "momentum" and "momentum" not in group and "betas" in group:
        return "betas"
    return name if name in group and name != "params" else None


def number(value: object, name: str) -> float:
    """A field's value as a float. A tuple (betas) counts by its first entry."""
    if isinstance(value, tuple | list) and value:
        value = value[0]
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not np.isfinite(value):
        raise ScheduleError(f"`{name}` of a group must be a finite number to be scheduled, but got {value!r}")
    return float(value)


def put(group: Group, key: str, value: float) -> None:
    """Write a value: into a tensor in place, into a tuple (betas) as its first entry."""
    old = group[key]
    first = old[0] if isinstance(old, tuple | list) else old
    if isinstance(first, Tensor):
        first.fill_(value)
    elif isinstance(old, tuple | list):
        group[key] = type(old)((value, *old[1:]))
    else:
        group[key] = value


def copied(value: object) -> Any:
    """A value that does not change with the group: a tensor is cloned."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def tracks(plan: Plan, groups: Sequence[Group], known: Mapping[tuple[str, int], float]) -> list[Track]:
    """Each schedule of the plan with the groups that follow it; their values are as the groups now stand.

    known: the initial values by field and group, for groups that have lost theirs; read from the group otherwise.
    Raises ScheduleError or UnknownName where a field or group does not exist, or would be scheduled to no effect.
    """
    found = []
    for name, place, schedule in plan.curves():
        named = {other for field_, other, _ in plan.curves() if field_ == name and other is not None}
        places = [place] if place is not None else [index for index in range(len(groups)) if index not in named]
        if place is not None and place >= len(groups):
            raise ScheduleError(
                f"`fields[{name!r}]` names group {place}, but the optimizer has groups 0 to {len(groups) - 1}"
            )
        keys = {index: key for index in places if (key := key_of(name, groups[index])) is not None}
        if places and not keys:
            raise UnknownName("field of the optimizer's groups", name, _fields(groups, places))
        members = [(index, initial(groups[index], name, key, known.get((name, index)))) for index, key in keys.items()]
        if members and not any(value for _, value in members):
            raise ScheduleError(f"`{name}` is 0 in every group scheduled, and stays 0; give the optimizer its peak")
        rates = schedule.bind(peak=1.0, horizon=plan.horizon)
        for key in sorted(set(keys.values())):
            those = [(index, value) for index, value in members if keys[index] == key]
            found.append(Track(field=name, key=key, rates=rates, members=those))
    return found


def initial(group: Group, name: str, key: str, known: float | None = None) -> float:
    """The value of a field before any schedule touched it."""
    value = group.get(f"initial_{name}", group[key] if known is None else known)
    return number(value, name)


def mark(found: Sequence[Track], groups: Sequence[Group]) -> None:
    """Write each scheduled field's initial value into its group, where there is none yet."""
    for track in found:
        for index, value in track.members:
            groups[index].setdefault(f"initial_{track.field}", value)


def scaled(found: Sequence[Track], peak: float | None, built: int) -> None:
    """Scale the rates so that the fastest of the first `built` groups peaks at `peak`; None leaves them.

    The groups added later do not count: the scale must not change when a faster one comes.
    """
    rates = [track for track in found if track.field == "lr"]
    first = [value for track in rates for index, value in track.members if index < built]
    fastest = checked_peak(max(first, default=0.0))
    if peak is not None:
        for track in rates:
            track.members = [(index, peak * (value / fastest)) for index, value in track.members]


def _fields(groups: Sequence[Group], places: Sequence[int]) -> set[str]:
    """The fields that can be scheduled in some of these groups."""
    names = {name for index in places for name, value in groups[index].items() if type(value) in (float, int)}
    names |= {"momentum" for index in places if "betas" in groups[index]}
    return {name for name in names if not name.startswith("initial_")}
