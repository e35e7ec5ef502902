"""What "update t" means, once; and spans, the lengths of training as a user gives them.

A run makes T updates, numbered t = 0 .. T-1. `schedule(t)` is the rate used *by* update t: a training loop sets it
before the optimizer step it governs. Progress is u = t / T, so a decay written on [0, 1] starts exactly at 0 and ends
one update short of 1 (end="open"): no update is spent at rate 0. With end="closed", u = t / (T - 1): the last update
sits exactly on the end value. An epoch is `updates_per_epoch` updates; the last epoch of a run may be shorter.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ScheduleError

End = Literal["open", "closed"]
Unit = Literal["%", "epochs", "updates"]
UNITS: dict[str, Unit] = {"%": "%", "epoch": "epochs", "epochs": "epochs", "update": "updates", "updates": "updates"}
THREE_WAYS = 'write "20%", "5 epochs" or "500 updates"'
LONGEST = 1e12  # of any unit; a longer span is a slip of the keyboard


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """The length a schedule is bound to: T updates, of which `updates_per_epoch` make an epoch."""

    updates: int
    updates_per_epoch: int

    def __post_init__(self) -> None:
        for name, value in (("updates", self.updates), ("updates_per_epoch", self.updates_per_epoch)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= LONGEST:
                raise ScheduleError(
                    f"horizon: `1 <= {name} <= {LONGEST:g}` must hold for a whole number, but got {value!r}"
                )
            object.__setattr__(self, name, int(value))

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
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 < self.amount <= LONGEST:
            raise ScheduleError(
                f'a span must be longer than nothing and at most {LONGEST:g}, but got "{self}"; {THREE_WAYS}'
            )
        if self.unit == "%" and self.amount > 100:
            raise ScheduleError(f'a span of the run is at most 100%, but got "{self}"; {THREE_WAYS}')
        if self.unit == "updates" and self.amount != int(self.amount):
            whole = max(round(self.amount), 1)
            raise ScheduleError(f'updates are counted whole, but got "{self}"; write "{whole} updates"')

    @classmethod
    def parse(cls, text: object) -> "Span":
        """Read "20%", "5 epochs" or "500 updates"; a ScheduleError says the three ways for anything else."""
        if isinstance(text, Span):
            return text
        match = (
            re.fullmatch(r"\s*((?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)\s*(%|[a-z]+)\s*", text.lower())
            if isinstance(text, str)
            else None
        )
        if match is None or match[2] not in UNITS:
            raise ScheduleError(f"a span needs a number and its unit, but got {text!r}; {THREE_WAYS}")
        return cls(float(match[1]), UNITS[match[2]])

    def length(self, horizon: Horizon) -> float:
        """The span in updates, exactly: 30% of 15 updates is 4.5."""
        return {
            "%": self.amount * horizon.updates / 100,
            "epochs": self.amount * horizon.updates_per_epoch,
            "updates": self.amount,
        }[self.unit]

    def updates(self, horizon: Horizon) -> int:
        """The span in updates, to the nearest whole one (halves to even); a ScheduleError where that is none."""
        count = round(self.length(horizon))
        if count < 1:
            raise ScheduleError(
                f'a span of "{self}" is less than one of the {horizon.updates} updates; '
                f'write at least "{100 / horizon.updates:.3g}%" or "1 updates"'
            )
        return count

    def __str__(self) -> str:
        number = f"{self.amount:.12g}"
        return f"{number}%" if self.unit == "%" else f"{number} {self.unit}"


def remaining(t: NDArray[np.float64], updates: int, end: End) -> NDArray[np.float64]:
    """How much of the run is left at update t, 1 - u, same shape as t: from 1 to 0, which it never passes.

    Counted down, not 1 - t / T: near the end that difference keeps few digits.

    >>> t = np.array([0.0, 3.0, 4.0])
    >>> remaining(t, 4, "open").tolist(), remaining(t, 4, "closed").tolist()
    ([1.0, 0.25, 0.0], [1.0, 0.0, 0.0])
    """
    last = updates if end == "open" else updates - 1
    return np.maximum(last - t, 0.0) / last


def into(t: NDArray[np.float64], period: float) -> NDArray[np.float64]:
    """How far update(s) t are into their period, t mod period; same shape as t. Three times as fast as np.mod.

    >>> into(np.array([0.0, 3.0, 4.0, 9.0]), 4).tolist()
    [0.0, 3.0, 0.0, 1.0]
    """
    return np.maximum(t - period * np.floor(t / period), 0.0)
