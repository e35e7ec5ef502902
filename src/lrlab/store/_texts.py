"""Values read from the texts of a store, and which class of the user's own is missing where one cannot be read."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from ..errors import ScheduleError, UnknownName

ReadValue = TypeVar("ReadValue")


def read_text(read: Callable[[str], ReadValue], text: object) -> ReadValue | None:
    """What a text says; None where it cannot be read."""
    try:
        return read(text) if isinstance(text, str) else None
    except ValueError:
        return None


def missing_class(read: Callable[[str], object], text: object) -> str:
    """Which schedule or rule makes that a text cannot be read, and the way out; "" where it is not that."""
    try:
        if isinstance(text, str):
            read(text)
    except ValidationError as error:
        for fault in error.errors():
            cause = getattr(fault.get("ctx", {}).get("error"), "__cause__", None)
            if isinstance(cause, UnknownName | ScheduleError):
                reason = f"unknown {cause.kind} {cause.name!r}" if isinstance(cause, UnknownName) else str(cause)
                return (
                    f"{reason}; register the class that it was run with, or name its module with --plugin or "
                    f"load_plugins"
                )
    except ValueError:
        pass
    return ""
