"""The clock of one process: a warm-up, a common start, and the updates until the time is up."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

ENDS = 10  # so many updates at either end make the mean losses shown, fewer where there are fewer than thirty
LEAST = 2  # updates of the shortest warm-up


class Watch:
    """Call `begin` before a loop, `over` after each of its updates, and stop when it says so.

    The first `warmup` updates are off the clock, fewer where they would take more than half of `seconds`; then the
    process waits at `barrier` until all of them are there. The clock runs for `seconds`, or for `updates` where given.
    A process that trains one trial after the other calls `begin` for each: every one of the `parts` has its own warm-up
    and an equal share of the time.
    """

    def __init__(
        self, barrier: Callable[[], None], *, seconds: float, updates: int = 0, warmup: int = 10, parts: int = 1
    ) -> None:
        self.barrier, self.seconds, self.limit, self.warmup = barrier, seconds / parts, updates, warmup
        self.updates, self.wall, self.processor, self.evaluated = 0, 0.0, 0.0, 0.0
        self.losses: list[Tensor] = []
        self._waited = False

    def begin(self) -> None:
        """A loop is about to start."""
        self.losses, self._running = [], False
        self._begun = time.perf_counter()
        if not self.warmup:
            self._start()

    def over(self, loss: Tensor, trials: int = 1) -> bool:
        """One update of so many trials was made, with this mean loss: is it time to stop?"""
        self.losses.append(loss.detach())
        now = time.perf_counter()
        if not self._running:
            made = len(self.losses)
            if made >= self.warmup or (made >= LEAST and now - self._begun >= self.seconds / 2):
                self._start()
            return False
        self._made += 1
        full = self._made >= self.limit if self.limit else now - self._from >= self.seconds
        if full:
            self.updates += self._made * trials
            self.wall += now - self._from
            self.processor += time.process_time() - self._used
        return full

    def evaluate(self, function: Callable[[], Any], *, scale: float = 1.0, trials: int = 1) -> None:
        """Times an evaluation of so many trials; `scale`: all test examples over those it looks at."""
        start = time.perf_counter()
        function()
        self.evaluated = (time.perf_counter() - start) * scale / trials

    def result(self) -> dict[str, float]:
        """What the parent reads."""
        losses = torch.stack([loss.float().mean() for loss in self.losses])
        ends = max(min(ENDS, len(losses) // 3), 1)
        first, last = losses[:ends].mean().item(), losses[-ends:].mean().item()
        return {
            "updates": self.updates,
            "wall": self.wall,
            "processor": self.processor,
            "evaluate": self.evaluated,
            "memory": _peak_memory(),
            "first": first,
            "last": last,
        }

    def _start(self) -> None:
        if not self._waited:
            self._waited = True
            self.barrier()
        self._running, self._made = True, 0
        self._used, self._from = time.process_time(), time.perf_counter()


def _peak_memory() -> float:
    """MiB; nan where the system does not tell. Not `getrusage`: a new process inherits its parent's peak there."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM")), float("nan"))
