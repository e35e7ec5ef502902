"""What the rates of an optimizer are when a scheduler is built over it: fresh, scheduled before, or set by hand."""

import math

from torch import Tensor
from torch.optim import Optimizer

from ..errors import ScheduleError
from ._groups import ParamGroup, as_float, holds_value
from ._ownership import Ownership
from ._torch_schedulers import TorchSchedulers


class InitialRates:
    """The rates as they stand, beside those before any scheduler touched them (`initial_lr`).

    What torch's schedulers made of the rates when they were just built is a factor of them; the rates before that are
    looked at. One that is neither lrlab's last nor torch's last was set by hand, and is where the schedule begins. In
    all other cases `initial_lr` counts: the optimizer was loaded, to go on, or another scheduler was done with it.

    groups: the groups, with the initial rates that count.
    """

    def __init__(self, optimizer: Optimizer, ownership: Ownership) -> None:
        self._groups = optimizer.param_groups
        _check_rates(optimizer)
        self._last = ownership.last_rates or []
        self._rates = [as_float(group["lr"]) for group in self._groups]
        self._initial = [as_float(group.get("initial_lr", group["lr"])) for group in self._groups]
        self._torchs: TorchSchedulers | None = None
        self._factors = self._first_factors(optimizer)
        fresh = self._torchs is not None and self._torchs.has_fresh()
        self._touched = [not self._is_last(at, by_value=fresh) for at in range(len(self._groups))]
        by_hand = [] if ownership.is_new() else [at for at in range(len(self._groups)) if self._is_by_hand(at)]
        if fresh:  # a sequence of torch's begins with `initial_lr` itself, so that stays, and the rest is a factor
            self._factors = [self._ratio(at) if at in by_hand else factor for at, factor in enumerate(self._factors)]
        self._by_hand = [] if fresh else by_hand
        self.groups: list[ParamGroup] = [
            group | {"initial_lr": self._rates[at]} if at in self._by_hand else group
            for at, group in enumerate(self._groups)
        ]

    def keep(self) -> None:
        """Let the rates set by hand be the initial ones from now on."""
        for at in self._by_hand:
            self._groups[at]["initial_lr"] = self._rates[at]

    def factors(self) -> list[float] | None:
        """By what torch's schedulers, just built, have multiplied each group's rate; None: by nothing."""
        return None if all(factor == 1 for factor in self._factors) else self._factors

    def difference(self, written: list[float]) -> str | None:
        """What to say where the initial rates are taken, and the groups had others than those now written."""
        differing = [at for at in range(len(self._groups)) if self._is_lost(at, written[at])]
        if not differing:
            return None
        at = differing[0]
        rate, before = self._rate_before(at), self._initial[at]
        return (
            f"the optimizer's rate was {rate:g} when the scheduler was built, but the peak is taken from `initial_lr` "
            f"= {before:g}, the rate before a scheduler first touched the optimizer, as for a run that goes on; to go "
            f"on, load the scheduler's state too; to begin at the rate as it stood, write peak={rate:g}, or to keep "
            f"{before:g} without this warning, peak={before:g}"
        )

    def _first_factors(self, optimizer: Optimizer) -> list[float]:
        """By what torch's schedulers multiplied each group's rate when they were built, since the last update."""
        places = range(len(self._groups))
        nothing = [1.0 for _ in places]
        if not self._last and not getattr(optimizer, "_opt_called", False):  # no phase before this one
            return [*map(self._ratio, places)] if hasattr(optimizer.step, "_wrapped_by_lr_sched") else nothing
        if all(self._rates[at] == self._initial[at] or (self._rates[at] and self._is_last(at)) for at in places):
            return nothing  # a rate of 0 does not show what it was multiplied by
        self._torchs = TorchSchedulers(optimizer)
        if not self._torchs.has_fresh():
            return nothing
        return self._torchs.first_factors(len(self._groups)) or [*map(self._ratio, places)]

    def _ratio(self, at: int) -> float:
        return self._rates[at] / self._initial[at] if self._initial[at] else 1.0

    def _rate_before(self, at: int) -> float:
        """A group's rate before torch's schedulers were built."""
        return self._rates[at] / self._factors[at] if self._factors[at] else self._initial[at]

    def _is_last(self, at: int, *, by_value: bool = False) -> bool:
        """Whether a rate is the one that lrlab wrote last: the very object, as by hand an equal one may be set."""
        if at >= len(self._last):
            return False
        rate, last = self._groups[at]["lr"], self._last[at]
        if by_value:
            return _is_same(self._rate_before(at), last)
        return holds_value(rate, last) if isinstance(rate, Tensor) else rate is last

    def _is_by_hand(self, at: int) -> bool:
        if at >= len(self._last) or self._was_left(at):
            return False
        rate, last = self._rate_before(at), self._last[at]
        if _is_same(rate, last) or holds_value(self._groups[at]["lr"], last):
            return False
        return self._torchs is None or not self._torchs.may_have_written(at, rate)

    def _is_lost(self, at: int, written: float) -> bool:
        """Whether a rate that somebody may have set, and that is not taken, is now another."""
        if at in self._by_hand or not self._touched[at] or self._was_left(at):
            return False
        return not math.isclose(self._rates[at], written)

    def _was_left(self, at: int) -> bool:
        """Whether a group has its initial rate, but for what torch's schedulers just made of it."""
        return _is_same(self._rate_before(at), self._initial[at])


def _is_same(rate: float, other: float) -> bool:
    """Whether two rates are the same, except for the rounding of a factor, or of a tensor."""
    return math.isclose(rate, other, rel_tol=1e-6)


def _check_rates(optimizer: Optimizer) -> None:
    """Refuse a group without a rate, and a tensor that cannot hold every rate, or that cannot be written."""
    for group in optimizer.param_groups:
        if "lr" not in group:
            raise ScheduleError(
                f"{type(optimizer).__name__} has a group without `lr`, so there is no rate to schedule; give every "
                f'group one, such as group["lr"] = 0.1'
            )
        rate = group["lr"]
        if isinstance(rate, Tensor) and not rate.is_floating_point():
            raise ScheduleError(
                f"a rate of whole numbers cannot hold a schedule's, but lr is {rate!r}; write torch.tensor(0.1)"
            )
        if isinstance(rate, Tensor) and rate.requires_grad:
            raise ScheduleError(f"a rate that is learned cannot be scheduled, but lr is {rate!r}; write lr.detach()")
