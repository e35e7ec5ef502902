"""Signs of life of a worker: a beat every few seconds, the work it does, and the events of its job.

Only clocks that nobody sets are looked at. A laptop that slept, or a driver that was stopped itself, gives every worker
fresh time (`Signs.renew`).
"""

import os
from contextlib import suppress
from pathlib import Path

SILENT = 30.0  # seconds without a beat after which a worker is watched, and then of no work after which it is frozen
IDLE = 0.01  # of a processor: threads that wait for Python use that much
BLIND = 600.0  # seconds without a beat, where the system does not say what work a process does


class Signs:
    """What one worker gave of itself since it took its job. process: its number."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._heard = self._told = self._since = 0.0
        self._work: float | None = None
        self._stall: float | None = None

    def begin(self, now: float, stall: float | None) -> None:
        """It is given a job. stall: seconds that may pass between two events of that; None: any."""
        self._stall = stall
        self.renew(now)

    def renew(self, now: float) -> None:
        """Count from now: an event has come, or there was nobody to listen."""
        self._told = now
        self.hear(now)

    def hear(self, now: float) -> None:
        """It beats."""
        self._heard = self._since = now
        self._work = None

    def fault(self, now: float) -> str:
        """Why it is to be ended, in words; "" where it lives."""
        if self._stall is not None and now - self._told > self._stall:
            return f"said nothing of its job for {now - self._told:.0f} s, far longer than that takes, and was ended"
        if now - self._since < SILENT:
            return ""
        work = work_of(self._process)
        if work is None:
            return self._words(now) if now - self._heard > BLIND else ""
        if self._work is None or work - self._work > IDLE * (now - self._since):  # compiled code may hold Python up
            self._since, self._work = now, work
            return ""
        return self._words(now)

    def _words(self, now: float) -> str:
        return f"gave no sign of life for {now - self._heard:.0f} s and was ended"


def work_of(process: int) -> float | None:
    """Seconds of processors that a process has used; None where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None
