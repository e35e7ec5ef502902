"""An attempt at a job on a cluster: since when, where, and when it was heard of last."""

import time
from typing import Any

from ..spec import Failed, Job, counted
from ._executor import Limit
from ._processes import ATTEMPTS
from ._ray_channel import Token

ON_THE_WAY = 2.0  # seconds that words of its beginning and its end may take, beyond those of a job
LOSSES = 5  # nodes that a job may lose before it fails


class Flight:
    """An attempt. deaths, losses: how often its process, and its node, ended before.

    ref: Ray's reference to it. node: where it is, "" as long as nobody knows. taken: whether a worker has begun.
    fenced: nothing more is heard of it. overtime: when it is to have ended, as `time.monotonic` counts; None: whenever.
    """

    def __init__(self, job: Job, token: Token, deaths: int = 0, losses: int = 0) -> None:
        self.job, self.token, self.deaths, self.losses = job, token, deaths, losses
        self.ref: Any = None
        self.node, self.taken, self.fenced = "", False, False
        self.since = self.heard = 0.0
        self.overtime: float | None = None

    def begin(self, ref: Any) -> None:
        """It is handed to the cluster."""
        self.ref, self.since = ref, time.monotonic()

    def take_up(self, node: str, process: int) -> None:  # noqa: ARG002  the process is for whoever looks at messages
        """A worker has begun: the seconds of the job are counted from now."""
        self.node, self.taken, self.since = node, True, time.monotonic()
        self.overtime = None if self.job.timeout is None else self.since + self.job.timeout + ON_THE_WAY

    def hear(self) -> None:
        """It gave a sign of life."""
        self.heard = time.monotonic()

    def is_silent(self, seconds: float) -> bool:
        """Whether it began, and nothing was heard of it for so long."""
        return self.taken and time.monotonic() - self.heard > seconds

    def seconds_left(self, limit: Limit, starting: float) -> float:
        """How much longer it may run. starting: seconds that a worker is given to begin."""
        since = self.since if self.taken else self.since + starting
        return max(since, limit.until) + limit.grace - time.monotonic()

    def again(self) -> "Flight":
        """The next attempt; the same one where no worker has begun, and none is kept from being heard."""
        token = self.token._replace(attempt=self.token.attempt + (self.taken or self.fenced))
        return Flight(self.job, token, self.deaths, self.losses)

    def count_end(self, lost: bool) -> None:
        """It ended without an end. lost: with its node."""
        self.losses += lost
        self.deaths += not lost

    def end_words(self, error: BaseException) -> str:
        """What ended its process, as far as Ray knows."""
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
        hint = "; memory ran out: give it less to do at once" if "OutOfMemory" in type(error).__name__ else ""
        return f"its process was ended ({type(error).__name__}: {lines[0][:200]}){hint}"


def lost_for_good(flight: Flight, words: str) -> Failed | None:
    """The failure of a job that was lost often enough; None where it is to be begun again."""
    if flight.deaths < ATTEMPTS and flight.losses < LOSSES:
        return None
    times = counted(flight.deaths + flight.losses, "time")
    return Failed(job=flight.job.name, attempt=flight.token.attempt, message=f"{words}, {times}", died=True)
