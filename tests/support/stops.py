"""Trainings whose time is up after so many updates, whatever the machine: with `Patience(until=STRIKES)`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from lrlab.engine import _patience

if TYPE_CHECKING:
    import pytest

STRIKES = 1.0  # seconds of the clock that `stop_after` sets
Ended = TypeVar("Ended")


def stop_after(patch: "pytest.MonkeyPatch", updates: int) -> None:
    """Let the clock strike after so many updates."""
    ticks = iter(range(10**9))
    patch.setattr(_patience.time, "monotonic", lambda: 0.0 if next(ticks) < updates else 2 * STRIKES)


def in_pieces(
    begin: Callable[[], Ended | None], monkeypatch: "pytest.MonkeyPatch", updates: int = 7
) -> tuple[Ended, int]:
    """How that ends which is begun again each time it was stopped after so many updates; and how often it was."""
    stops = 0
    while True:
        with monkeypatch.context() as patch:
            stop_after(patch, updates)
            ended = begin()
        if ended is not None:
            return ended, stops
        stops += 1
