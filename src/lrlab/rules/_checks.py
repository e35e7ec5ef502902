"""What a rule's fields may be: checked when the rule is built, with the values allowed in the message."""

from numbers import Real
from typing import Any

from ..errors import ScheduleError, UnknownName

MOST = 1e9  # of epochs or units of loss; more is a slip of the keyboard


def check_number(rule: Any, field: str, low: float, high: float, *, open_low: bool = False) -> None:
    """Refuse a field that is not a number in [low, high], or (low, high] with open_low; make it a float."""
    value = getattr(rule, field)
    if not _is_number(value) or not low <= value <= high or (open_low and value == low):
        bracket = "(" if open_low else "["
        raise ScheduleError(
            f"{rule.name}: `{field}` must be a number in {bracket}{low:g}, {high:g}], but got {value!r}; "
            f"write as in {rule.written}"
        )
    object.__setattr__(rule, field, float(value) + 0.0)  # + 0.0: minus zero would be equal, with another text


def check_count(rule: Any, field: str) -> None:
    """Refuse a field that is not a whole number of epochs, 0 or more; 5.0 becomes 5."""
    value = getattr(rule, field)
    if not _is_number(value) or not 0 <= value <= MOST or value != int(value):
        raise ScheduleError(
            f"{rule.name}: `{field}` must be a whole number of epochs in [0, {MOST:g}], but got {value!r}; "
            f"write {field}=2"
        )
    object.__setattr__(rule, field, int(value))


def check_word(rule: Any, field: str, words: tuple[str, ...]) -> None:
    """Refuse a field that is not one of the words."""
    value = getattr(rule, field)
    if not isinstance(value, str):
        quoted = " or ".join(f'"{word}"' for word in words)
        raise ScheduleError(f"{rule.name}: `{field}` must be a word, but got {value!r}; write {quoted}")
    if value not in words:
        raise UnknownName(f"{rule.name} {field}", value, words)


def _is_number(value: Any) -> bool:
    """Whether this is a real number, numpy's included; True and False are not."""
    return isinstance(value, Real) and not isinstance(value, bool)
