"""Values read from the texts of a store, and which class of the user's own is at fault where one cannot be read."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from ..errors import LabError, ScheduleError, UnknownName
from ..spec import own_classes_named

CLASSES = ("schedule", "rule", "average", "schedule or average")  # kinds of names that classes are registered under
ReadValue = TypeVar("ReadValue")


def read_text(read: Callable[[str], ReadValue], text: object) -> ReadValue | None:
    """What a text says; None where it cannot be read."""
    try:
        return read(text) if isinstance(text, str) else None
    except ValueError:
        return None


def missing_class(read: Callable[[str], object], text: object) -> str:
    """Which schedule or rule makes that a text cannot be read, and the way out; "" where it is not that."""
    cause, _ = _fault_of_class(read, text)
    if cause is None:
        return ""
    reason = f"unknown {cause.kind} {cause.name!r}" if isinstance(cause, UnknownName) else str(cause)
    return f"{reason}; register the class that it was run with, or name its module with --plugin or load_plugins"


def changed_classes(read: Callable[[str], object], text: object) -> tuple[str, ...]:
    """The names of classes of the user's own, all of them known, that no longer take what a text gives them."""
    cause, fields = _fault_of_class(read, text)
    if cause is None or (isinstance(cause, UnknownName) and cause.kind in CLASSES):
        return ()
    return own_classes_named(fields)


def _fault_of_class(read: Callable[[str], object], text: object) -> tuple[LabError | None, Any]:
    """What a schedule or rule has against a text, and what of the text it is; None where it is not that."""
    try:
        if isinstance(text, str):
            read(text)
    except ValidationError as error:
        for fault in error.errors():
            cause = getattr(fault.get("ctx", {}).get("error"), "__cause__", None)
            if isinstance(cause, UnknownName | ScheduleError):
                return cause, fault.get("input")
    except ValueError:
        pass
    return None, None
