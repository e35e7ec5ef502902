"""Which scheduler of an optimizer writes its rates, where it has several."""

from typing import Protocol
from weakref import ref

from torch.optim import Optimizer

from ..errors import ScheduleError
from ..rules import Rule
from ..schedules import Schedule


class RateOwner(Protocol):
    """A scheduler, as it is seen by those beside it."""

    @property
    def schedule(self) -> Schedule | Rule:
        """The schedule or rule of the rate."""
        ...

    @property
    def updates_seen(self) -> int:
        """The updates of the optimizer so far."""
        ...

    def relieve(self) -> None:
        """Another takes over."""
        ...

    def come_back(self) -> None:
        """Write the rates again: the one that took over is gone."""
        ...


class Ownership:
    """Which of an optimizer's lrlab schedulers writes its rates: the last one built, or the one whose turn it is.

    last_rates: the rates it wrote last; None before any did, and after the optimizer was loaded.
    """

    def __init__(self) -> None:
        self.last_rates: list[float] | None = None
        self._built: list[ref[RateOwner]] = []

    @property
    def owner(self) -> RateOwner | None:
        """The scheduler that writes the rates."""
        return self._built[-1]() if self._built else None

    def take(self, scheduler: RateOwner) -> None:
        """A scheduler was built; when it is gone, the one before it goes on."""
        self._relieve_others(scheduler)
        self._built.append(ref(scheduler, self._drop_gone))

    def stand_behind(self, scheduler: RateOwner) -> None:
        """A copy of the owner was made, which goes on where the owner is gone."""
        self._built.insert(len(self._built) - 1, ref(scheduler, self._drop_gone))

    def take_alone(self, scheduler: RateOwner) -> None:
        """A scheduler's turn begins, as a sequence or a loaded state says; no other comes back by itself."""
        self._relieve_others(scheduler)
        self._built = [ref(scheduler, self._drop_gone)]

    def leave(self, scheduler: RateOwner) -> None:
        """A scheduler waits for its turn."""
        self._built = [built for built in self._built if built() is not scheduler]

    def check_free(self, scheduler: RateOwner) -> None:
        """Raise a ScheduleError where another scheduler writes the rates."""
        owner = self.owner
        if owner is not None and owner is not scheduler:
            raise ScheduleError(
                f"step: two schedulers of lrlab drive one optimizer, {scheduler.schedule} and, built or loaded later, "
                f"{owner.schedule}; build one, with their product or their sequence: "
                f'"product(of=[{scheduler.schedule}, {owner.schedule}])" or "sequence(of=[..., ...], at=[...])"'
            )

    def is_new(self) -> bool:
        """Whether a scheduler was built that no update was made under yet."""
        owner = self.owner
        return owner is not None and not owner.updates_seen

    def forget_rates(self, _optimizer: Optimizer) -> None:
        """The optimizer was loaded: what was written before is not there any more."""
        self.last_rates = None

    def _relieve_others(self, scheduler: RateOwner) -> None:
        for built in self._built:
            other = built()
            if other is not None and other is not scheduler:
                other.relieve()

    def _drop_gone(self, gone: "ref[RateOwner]") -> None:
        last = bool(self._built) and self._built[-1] is gone
        self._built = [built for built in self._built if built is not gone]
        before = self._built[-1]() if last and self._built else None
        if before is not None:
            before.come_back()


def ownership_of(optimizer: Optimizer) -> Ownership:
    """The ownership of an optimizer's rates. It lies in the optimizer, which neither saves nor copies it."""
    ownership = vars(optimizer).get("_lrlab_ownership")
    if ownership is None:
        ownership = vars(optimizer)["_lrlab_ownership"] = Ownership()
        optimizer.register_load_state_dict_post_hook(ownership.forget_rates)
    return ownership


def is_scheduled(optimizer: Optimizer) -> bool:
    """Whether an optimizer has a scheduler of lrlab."""
    ownership = vars(optimizer).get("_lrlab_ownership")
    return ownership is not None and ownership.owner is not None
