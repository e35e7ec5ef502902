"""States as JSON and back, bit for bit. A state is a NamedTuple of arrays, every one () or (K,)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError

RuleState = Any  # the rule's own NamedTuple


def state_to_dict(state: RuleState) -> dict[str, Any]:
    """A state as strict JSON takes it: what is not finite is written as text, "inf", "-inf" or "nan".

    >>> from lrlab.rules import parse_rule
    >>> state_to_dict(parse_rule("by_oscillation+constant").init())
    {'position': 0, 'previous': 'nan'}
    """
    return {name: _plain_numbers(np.asarray(value).tolist()) for name, value in state._asdict().items()}


def state_from_dict(rule: str, start: RuleState, data: Mapping[str, Any]) -> RuleState:
    """The inverse. start: any state of that rule. Raises a ScheduleError for the state of another rule."""
    if not isinstance(data, Mapping) or data.keys() != set(start._fields):
        raise ScheduleError(
            f"{rule}: a saved state has the fields {', '.join(start._fields)}, but got {data!r}; "
            f"load it into the rule it was saved under"
        )
    read = [_read_field(rule, name, data[name], np.asarray(initial).dtype) for name, initial in start._asdict().items()]
    if len({array.shape for array in read}) > 1:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in zip(start._fields, read, strict=True))
        raise ScheduleError(
            f"{rule}: a saved state has one value per trial in every field, but got {shapes}; save the run again"
        )
    return type(start)(*read)


def _plain_numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain_numbers(member) for member in value]
    return repr(value) if isinstance(value, float) and not np.isfinite(value) else value


def _read_field(rule: str, field: str, value: Any, dtype: "np.dtype[Any]") -> NDArray[Any]:
    """One field of a saved state: a number, or a list of numbers."""
    numbers = [_read_number(member, dtype) for member in (value if isinstance(value, list) else [value])]
    if None in numbers:
        kind = "whole numbers" if dtype.kind == "i" else "numbers"
        raise ScheduleError(
            f"{rule}: `{field}` of a saved state holds {kind}, but got {value!r}; load it as it was saved"
        )
    return np.array(numbers if isinstance(value, list) else numbers[0], dtype=dtype)


def _read_number(value: Any, dtype: "np.dtype[Any]") -> int | float | None:
    """The number, or None where it is none of that kind."""
    if isinstance(value, bool):
        return None
    if dtype.kind == "i":
        return value if isinstance(value, int) and abs(value) < 2**63 else None
    if isinstance(value, str):
        return float(value) if value in ("inf", "-inf", "nan") else None
    return float(value) if isinstance(value, int | float) else None
