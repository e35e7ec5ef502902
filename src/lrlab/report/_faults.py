"""Faults of parts: one that cannot be shown costs none of the others."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import LabError, RunError


class Faults:
    """What went wrong while results were shown, each part by itself."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextmanager
    def apart(self, part: str) -> Iterator[None]:
        """Whatever the block raises is noted, and costs nothing outside of it."""
        try:
            yield
        except Exception as error:  # of any kind: what was measured must be shown as far as it can be
            reason = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
            words = f"{part} failed: {' '.join(reason.split())}"
            self.said += [words] * (words not in self.said)  # what is shown twice fails twice

    def end(self, again: str = "what was measured is stored: `lrlab report` shows it again") -> None:
        """Raise RunError with all that was noted, in one line. again: how to see the rest."""
        if self.said:
            raise RunError(f"{'; '.join(self.said)}. Everything else was shown, and {again}")
