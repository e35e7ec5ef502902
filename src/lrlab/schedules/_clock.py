"""What "update t" means, once; and spans, the lengths of training as a user gives them.

A run makes T updates, numbered t = 0 .. T-1. `schedule(t)` is the rate used *by* update t: a training loop sets it before
the optimizer step it governs. Progress is u = t / T, so a decay written on [0, 1] starts exactly at 0 and ends one update
short of 1 (end="open"): no update is spent at rate 0. With end="closed", u = t / (T - 1): the last update sits exactly on
the end value. An epoch is `updates_per_epoch` updates; the last epoch of a run may be shorter.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ScheduleError

End = Literal["open", "closed"]
UNITS = {"%": "%", "epoch": "epochs", "epochs": "epochs", "update": "updates", "updates": "updates"}
THREE_WAYS = 'write "20%", "5 epochs" or "500 updates"'


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """The length a schedule is bound to: T updates, of which `updates_per_epoch` make an epoch."""

    updates: int
    updates_per_epoch: int

    def __post_init__(self) -> None:
        for name, value in (("updates", self.updates), ("updates_per_epoch", self.updates_per_epoch)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ScheduleError(f"horizon: `{name} >= 1` must hold for a whole number, but got {value!r}")

    @property
    def epochs(self) -> int:
        """Epochs begun: the last may be shorter than the others."""
        return -(-self.updates // self.updates_per_epoch)


@dataclass(frozen=True)
class Span:
    """A length of training: an amount and its unit, "%" of the horizon, "epochs" or "updates".

    >>> Span.parse("5 epochs").updates(Horizon(updates=300, updates_per_epoch=15))
    75
    >>> str(Span.parse("20 %"))
    '20%'
    """

    amount: float
    unit: Literal["%", "epochs", "updates"]

    @classmethod
    def parse(cls, text: object) -> "Span":
        """Read "20%", "5 epochs" or "500 updates"; a ScheduleError says the three ways for anything else."""
        if isinstance(text, Span):
            return text
        match = (
            re.fullmatch(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*(%|[a-z]+)\s*", text)
            if isinstance(text, str)
            else None
        )
        if match is None or match[2] not in UNITS:
            raise ScheduleError(f"a span needs a number and its unit, but got {text!r}; {THREE_WAYS}")
        amount = float(match[1])
        unit = UNITS[match[2]]
        if not 0 < amount < float("inf"):
            raise ScheduleError(f"a span must be longer than nothing, but got {text!r}; {THREE_WAYS}")
        if unit == "%" and amount > 100:
            raise ScheduleError(f"a span of the run is at most 100%, but got {text!r}; {THREE_WAYS}")
        if unit == "updates" and amount != int(amount):
            raise ScheduleError(f"updates are counted whole, but got {text!r}; write {round(amount)} updates")
        return cls(amount, unit)  # pyright: ignore[reportArgumentType]

    def updates(self, horizon: Horizon) -> int:
        """The span in updates, to the nearest whole one (halves to even); a ScheduleError where that is none."""
        size = {"%": horizon.updates / 100, "epochs": horizon.updates_per_epoch, "updates": 1}[self.unit]
        count = round(self.amount * size)
        if count < 1:
            raise ScheduleError(
                f'a span of "{self}" is less than one of the {horizon.updates} updates; '
                f'write at least "{100 / horizon.updates:.3g}%" or "1 updates"'
            )
        return count

    def __str__(self) -> str:
        number = f"{self.amount:.12g}"
        return f"{number}%" if self.unit == "%" else f"{number} {self.unit}"


def progress(t: ArrayLike, updates: int, end: End = "open") -> NDArray[np.float64]:
    """How far update t is into the run, same shape as t: t / T (open) or t / (T - 1) (closed; at most 1).

    >>> progress([0, 2, 4], 4).tolist(), progress([0, 3, 4], 4, "closed").tolist()
    ([0.0, 0.5, 1.0], [0.0, 1.0, 1.0])
    """
    t = np.asarray(t, dtype=np.float64)
    return t / updates if end == "open" else np.minimum(t / max(updates - 1, 1), 1.0)
