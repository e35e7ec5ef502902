"""Durations as a user writes them."""

import re
from numbers import Real

from ..errors import StudyError, shortened

LONGEST = 1e9  # seconds; more is a slip of the keyboard
DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s)?")
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def seconds_of(budget: str | float, what: str = "a budget") -> float:
    """A duration, seconds or a text such as "90s", "5m", "1h30m" or "90", in seconds. Raises StudyError.

    >>> seconds_of("1h30m"), seconds_of("90 s"), seconds_of("90"), seconds_of(90)
    (5400.0, 90.0, 90.0, 90.0)
    """
    seconds = 0.0
    if isinstance(budget, str) and NUMBER.fullmatch(budget.strip()):
        seconds = float(budget)
    elif isinstance(budget, str):
        match = DURATION.fullmatch(budget.replace(" ", "").lower())
        parts = [float(part or 0) for part in match.groups()] if match else []
        seconds = sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))
    elif isinstance(budget, Real) and not isinstance(budget, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        seconds = float(budget)
    if not 0 < seconds <= LONGEST:
        raise StudyError(f'{what} is a duration, but got {shortened(str(budget), 100)!r}; write "90s", "5m" or "1h30m"')
    return seconds


def timeout_of(text: str | float) -> float:
    """How long a trial may take, in seconds. Raises StudyError.

    >>> timeout_of("10m"), timeout_of("90")
    (600.0, 90.0)
    """
    return seconds_of(text, "trial_timeout")
