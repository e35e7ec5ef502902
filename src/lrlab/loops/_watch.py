"""The eyes on an optimizer: the rate of each update, as it is used."""

from collections.abc import Callable
from typing import Any

from ._rates import UsedRates


class Watch:
    """Records the rates of one optimizer, the first that it is told to follow.

    used: where they are kept. taken: the rates that the loop asked for; of an optimizer without a scheduler that is
    resumed, or that skips a step, nothing else tells which update it is at.
    """

    def __init__(self, used: UsedRates, taken: UsedRates) -> None:
        self._used, self._taken = used, taken
        self._optimizer: Any = None
        self._handle: Any = None

    @property
    def follows(self) -> bool:
        """Whether it was told of an optimizer."""
        return self._optimizer is not None

    def follow(self, optimizer: Any, scheduler: Any = None) -> None:
        """Look at each step of the optimizer from now on. scheduler: counts the updates, where there is one."""
        if self._optimizer is not None and self._optimizer is not optimizer:
            return
        self.stop()
        self._optimizer = optimizer
        inner = _unwrap(optimizer)
        self._handle = inner.register_step_pre_hook(self._make_hook(inner, scheduler))

    def stop(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _make_hook(self, optimizer: Any, scheduler: Any) -> Callable[..., None]:
        used, taken = self._used, self._taken
        count = 0

        def count_here(rate: float) -> int:
            nonlocal count
            count = taken.place_of(rate, count) + 1
            return count - 1

        def before_step(*_: Any) -> None:  # at every update: each call in it counts
            groups = optimizer.param_groups
            rate = groups[0]["lr"] if len(groups) == 1 else max(group["lr"] for group in groups)
            used.record(count_here(rate) if scheduler is None else scheduler.updates_seen, float(rate))

        return before_step


def _unwrap(optimizer: Any) -> Any:
    from ..adapters import unwrap_optimizer

    return unwrap_optimizer(optimizer)
