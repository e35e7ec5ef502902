"""The only file that reads and writes the fields of an optimizer's groups.

The value a field had before any schedule touched it lives in its group, as `initial_<field>` (`initial_lr` is torch's
own). There it is saved and loaded with the optimizer and goes wherever the group goes, so the order in which optimizer
and scheduler are built and loaded does not matter.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor

from ..errors import ScheduleError

ParamGroup: TypeAlias = dict[str, Any]


def key_of(field: str, group: ParamGroup) -> str | None:
    """The key under which a group keeps a field; None where it has no such field."""
    if field == "momentum" and "momentum" not in group and "betas" in group:
        return "betas"
    return field if field in group and field != "params" else None


def initial_value(group: ParamGroup, field: str, key: str, known: float | None) -> float:
    """The value of a field before any schedule touched it. known: for a group that has lost it."""
    value = group.get(f"initial_{field}", group[key] if known is None else known)
    if isinstance(value, tuple | list) and value:
        value = value[0]
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not np.isfinite(value):
        raise ScheduleError(
            f"`{field}` of a group must be a finite number to be scheduled, but got {value!r}; "
            f"give the optimizer a number, or leave the field out"
        )
    return float(value)


def keep_initial_values(groups: Sequence[ParamGroup], initial: Mapping[tuple[str, int], float]) -> None:
    """Keep the initial values, by field and group, in the groups, where there are none yet."""
    for (field, at), value in initial.items():
        groups[at].setdefault(f"initial_{field}", value)


def put_value(group: ParamGroup, key: str, value: float) -> None:
    """Write a value: into a tensor in place, into a tuple (betas) as its first entry."""
    old = group[key]
    first = old[0] if isinstance(old, tuple | list) else old
    if isinstance(first, Tensor):
        first.fill_(value)
    elif isinstance(old, tuple | list):
        group[key] = type(old)((value, *old[1:]))
    else:
        group[key] = value


def separate_rates(groups: Sequence[ParamGroup], defaults: ParamGroup) -> None:
    """Give each group a rate of its own where several share one tensor, and the defaults, for groups to come.

    A rate is written into its tensor in place, so it would change all of them.
    """
    seen: list[Tensor] = []
    for group in groups:
        rate = group["lr"]
        if isinstance(rate, Tensor):
            if any(rate is tensor for tensor in seen):
                rate = group["lr"] = rate.detach().clone()
            seen.append(rate)
    default = defaults.get("lr")
    if isinstance(default, Tensor) and any(default is tensor for tensor in seen):
        defaults["lr"] = default.detach().clone()


def as_float(rate: Any) -> float:
    """A rate as a float; that of a tensor waits for its device."""
    return float(rate.item()) if isinstance(rate, Tensor) else float(rate)


def holds_value(rate: Any, value: float) -> bool:
    """Whether a rate still is the value written into it, as far as its type keeps it."""
    if isinstance(rate, Tensor):
        return rate.item() == torch.tensor(value, dtype=rate.dtype).item()
    return rate == value


def copy_rates(groups: Sequence[ParamGroup]) -> list[float | Tensor]:
    """The groups' rates; tensors are copies."""
    return [group["lr"].detach().clone() if isinstance(group["lr"], Tensor) else group["lr"] for group in groups]


def schedulable_fields(groups: Sequence[ParamGroup]) -> set[str]:
    """The fields that can be scheduled in some of these groups."""
    names = {name for group in groups for name, value in group.items() if type(value) in (float, int)}
    names |= {"momentum" for group in groups if "betas" in group}
    return {name for name in names if not name.startswith("initial_")}
