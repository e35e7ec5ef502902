"""What the rates of an optimizer are when a scheduler is built over it: fresh, scheduled before, or set by hand."""

import math

from torch import Tensor
from torch.optim import Optimizer

from ..errors import ScheduleError
from ._groups import ParamGroup, as_float, copy_rates, holds_value
from ._ownership import Ownership


class InitialRates:
    """The rates as they stand, beside those before any scheduler touched them (`initial_lr`).

    A rate that is not the one lrlab wrote last was set by hand, and is where the schedule begins. Where torch's
    schedulers were built, and no update was made yet, it is the initial rate times what they make of it. In all other
    cases `initial_lr` counts: the optimizer was loaded, to go on, or another scheduler was done with it.

    groups: the groups, with the initial rates that count.
    """

    def __init__(self, optimizer: Optimizer, ownership: Ownership) -> None:
        self._groups = optimizer.param_groups
        self._last = ownership.last_rates or []
        if any("lr" not in group for group in self._groups):
            raise ScheduleError(
                f"{type(optimizer).__name__} has a group without `lr`, so there is no rate to schedule; give every "
                f'group one, such as group["lr"] = 0.1'
            )
        for group in self._groups:
            _check_tensor(group["lr"])
        self._rates = copy_rates(self._groups)
        self._touched = [not self._is_last(group["lr"], at) for at, group in enumerate(self._groups)]
        together = ownership.is_new()
        self._by_hand = [] if together else [at for at in range(len(self._groups)) if self._is_by_hand(at)]
        patched = hasattr(optimizer.step, "_wrapped_by_lr_sched")
        self._beside = patched and not self._last and not getattr(optimizer, "_opt_called", False)
        self.groups: list[ParamGroup] = [
            group | {"initial_lr": as_float(group["lr"])} if at in self._by_hand else group
            for at, group in enumerate(self._groups)
        ]

    def keep(self) -> None:
        """Let the rates set by hand be the initial ones from now on."""
        for at in self._by_hand:
            self._groups[at]["initial_lr"] = self.groups[at]["initial_lr"]

    def factors(self) -> list[float] | None:
        """By what torch's schedulers, just built, have multiplied each group's rate; None: by nothing."""
        if not self._beside:
            return None
        pairs = [(as_float(group["lr"]), as_float(group.get("initial_lr", group["lr"]))) for group in self._groups]
        factors = [rate / before if before else 1.0 for rate, before in pairs]
        return None if all(factor == 1 for factor in factors) else factors

    def difference(self, written: list[float]) -> str | None:
        """What to say where the initial rates are taken, and the groups had others than those now written."""
        if self._beside:
            return None
        differing = [at for at in range(len(self._groups)) if self._is_lost(at, written[at])]
        if not differing:
            return None
        at = differing[0]
        rate, before = as_float(self._rates[at]), as_float(self._groups[at]["initial_lr"])
        return (
            f"the optimizer's rate was {rate:g} when the scheduler was built, but the peak is taken from `initial_lr` "
            f"= {before:g}, the rate before a scheduler first touched the optimizer, as for a run that goes on; to go "
            f"on, load the scheduler's state too; to begin at the rate as it stood, write peak={rate:g}, or to keep "
            f"{before:g} without this warning, peak={before:g}"
        )

    def _is_by_hand(self, at: int) -> bool:
        return at < len(self._last) and not holds_value(self._groups[at]["lr"], self._last[at]) and self._was_set(at)

    def _is_last(self, rate: object, at: int) -> bool:
        """Whether a rate is the one that lrlab wrote last: the very object, as by hand an equal one may be set."""
        if at >= len(self._last):
            return False
        return holds_value(rate, self._last[at]) if isinstance(rate, Tensor) else rate is self._last[at]

    def _is_lost(self, at: int, written: float) -> bool:
        """Whether a rate that somebody may have set, and that is not taken, is now another."""
        initial, rate = self._groups[at].get("initial_lr"), as_float(self._rates[at])
        if at in self._by_hand or initial is None or not self._touched[at]:
            return False
        return rate != as_float(initial) and not math.isclose(rate, written)

    def _was_set(self, at: int) -> bool:
        """Whether the rate is neither the initial one nor the one lrlab wrote last."""
        group = self._groups[at]
        if "initial_lr" not in group or as_float(group["lr"]) == as_float(group["initial_lr"]):
            return False
        return at >= len(self._last) or not holds_value(group["lr"], self._last[at])


def _check_tensor(rate: object) -> None:
    """Refuse a tensor that cannot hold every rate, or that cannot be written."""
    if isinstance(rate, Tensor) and not rate.is_floating_point():
        raise ScheduleError(
            f"a rate of whole numbers cannot hold a schedule's, but lr is {rate!r}; write torch.tensor(0.1)"
        )
    if isinstance(rate, Tensor) and rate.requires_grad:
        raise ScheduleError(f"a rate that is learned cannot be scheduled, but lr is {rate!r}; write lr.detach()")
