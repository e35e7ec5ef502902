"""How a scheduler learns what its optimizer really did, and which scheduler of an optimizer writes its rates."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import finalize, ref

from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook

from ..errors import ScheduleError

if TYPE_CHECKING:
    from ._scheduler import Scheduler

STEP = Optimizer.profile_hook_step(lambda _: None).__code__  # what torch puts around every optimizer's step


class Watch:
    """Counts an optimizer's updates, and calls the scheduler when the optimizer's groups were added to or loaded.

    An update is the outermost step of any optimizer that holds the same parameters: not that of its base class inside
    its own, nor that of an optimizer inside a wrapper's. A step at a rate of 0 that was put there and taken back is
    none: so checkpoint helpers create the state of an optimizer.

    made: updates made that the scheduler has not taken into account yet.
    others, shared: steps since `look_around` of other optimizers that lrlab does not schedule, and whether one of these
    held the same parameters.

    It holds the scheduler weakly. The optimizer holds the watch by its hooks, so a strong reference would tie model,
    optimizer and scheduler into a cycle, and free their memory late.
    """

    def __init__(self, scheduler: "Scheduler", made: int = 0) -> None:
        self.made = made
        self.groups = len(scheduler.optimizer.param_groups)
        self.others, self.shared = 0, False
        self._doubtful = 0  # steps at rates of 0 that are not the scheduler's
        self._around: Any = None
        self._writer = scheduler.writer
        self._written = scheduler.writer.written
        self._scheduler = ref(scheduler)
        self._family: list[ref[Optimizer]] = []
        inner = inner_of(scheduler.optimizer)
        for optimizer in _nested(inner):
            self._join(optimizer, scheduler)
        self._keeps = False  # whether the scheduler was in charge when the loading of its optimizer began
        finalize(scheduler, inner.register_load_state_dict_pre_hook(self._loads).remove)
        finalize(scheduler, inner.register_load_state_dict_post_hook(self._loaded).remove)

    def _join(self, optimizer: Optimizer, scheduler: "Scheduler") -> None:
        self._family.append(ref(optimizer))
        for handle in (optimizer.register_step_pre_hook(self._before), optimizer.register_step_post_hook(self._after)):
            finalize(scheduler, handle.remove)

    def _before(self, _optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        """A group added since the last update is scheduled from its first one on.

        Not within a step at rates of 0: these may be a checkpoint helper's.
        """
        if self._doubtful and not self._stands_at_0():
            self._doubtful = 0
        groups = self._writer.optimizer.param_groups
        if len(groups) != self.groups and any(group["lr"] != 0 for group in groups):
            scheduler = self._scheduler()
            if scheduler is not None:
                scheduler.look_at_groups()

    def _after(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        """Count the update, unless it was skipped, or is part of another.

        A gradient scaler skips by not calling the optimizer. A fused one it calls all the same, with `found_inf`, and
        the kernel does nothing; asking for that number waits for the device.
        """
        frame = sys._getframe(1).f_back  # behind the step that ends
        while frame is not None:
            if frame.f_code.co_name == STEP.co_name and self._is_part(optimizer):
                return
            frame = frame.f_back
        skipped = getattr(optimizer, "found_inf", None)
        if skipped is not None and skipped:
            return
        written = self._written
        if written and self._writer.optimizer.param_groups[0]["lr"] is not written[0] and self._stands_at_0():
            self._doubtful += 1
        else:
            self.made += 1

    def _stands_at_0(self) -> bool:
        """Whether all rates are 0, and it is not the scheduler that wrote them."""
        groups = self._writer.optimizer.param_groups
        return not self._writer.is_rate(groups[0]["lr"]) and all(group["lr"] == 0 for group in groups)

    def _is_part(self, optimizer: Optimizer) -> bool:
        """Whether a step that ends is part of another's, which is counted when it ends."""
        outer, scheduler = _enclosing(optimizer), self._scheduler()
        if outer is not None and scheduler is not None and all(known() is not outer for known in self._family):
            self._join(outer, scheduler)
        return outer is not None

    # torch.compile must not trace the hooks: it knows no frames, and would compile anew for every count.
    _before._torchdynamo_disable = True  # type: ignore[attr-defined]
    _after._torchdynamo_disable = True  # type: ignore[attr-defined]

    def settled(self) -> int:
        """How many of the doubtful steps were updates: all, if the rates of 0 still stand; else none."""
        return self._doubtful if self._doubtful and self._stands_at_0() else 0

    def forget(self) -> None:
        """Take all steps made so far as seen."""
        self.made = self._doubtful = 0

    def look_around(self) -> None:
        """Count the steps of other optimizers from now on."""
        scheduler = self._scheduler()
        if self._around is None and scheduler is not None:
            self.others, self.shared = 0, False
            self._around = finalize(scheduler, register_optimizer_step_post_hook(self._other).remove)

    def look_away(self) -> None:
        """No longer count the steps of other optimizers."""
        if self._around is not None:
            self._around()
            self._around = None

    def _other(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        mine = [known() for known in self._family]
        if all(known is not optimizer for known in mine) and not _is_scheduled(optimizer):
            self.others += 1
            self.shared = self.shared or any(known is not None and _share(known, optimizer) for known in mine)

    _other._torchdynamo_disable = True  # type: ignore[attr-defined]

    def _loads(self, _optimizer: Optimizer, _state: Any) -> None:
        scheduler = self._scheduler()
        self._keeps = scheduler is not None and scheduler.keep_factors()

    def _loaded(self, _optimizer: Optimizer) -> None:
        scheduler = self._scheduler()
        if scheduler is not None and self._keeps:
            scheduler.rewrite()


class Charge:
    """Which of an optimizer's lrlab schedulers writes its rates: the last one built, or the one whose turn it is.

    last: the rates it wrote last; None before any did, and after the optimizer was loaded.
    """

    def __init__(self) -> None:
        self.last: list[float] | None = None
        self._built: list[ref[Scheduler]] = []

    def take(self, scheduler: "Scheduler") -> None:
        """A scheduler was built; when it is gone, the one before it goes on."""
        self._relieve(scheduler)
        self._built.append(ref(scheduler, self._gone))

    def turn(self, scheduler: "Scheduler") -> None:
        """A scheduler's turn begins, as a sequence or a loaded state says; no other comes back by itself."""
        self._relieve(scheduler)
        self._built = [ref(scheduler, self._gone)]

    def leave(self, scheduler: "Scheduler") -> None:
        """A scheduler waits for its turn."""
        self._built = [one for one in self._built if one() is not scheduler]

    def claim(self, scheduler: "Scheduler") -> None:
        """Raises ScheduleError where another scheduler is in charge."""
        holder = self.holder
        if holder is not None and holder is not scheduler:
            raise ScheduleError(
                f"step: two schedulers of lrlab drive one optimizer, {scheduler.schedule} and, built or loaded later, "
                f"{holder.schedule}; build one, with their product or their sequence: "
                f'"product(of=[{scheduler.schedule}, {holder.schedule}])" or "sequence(of=[..., ...], at=[...])"'
            )

    @property
    def holder(self) -> "Scheduler | None":
        """The scheduler in charge."""
        return self._built[-1]() if self._built else None

    def begins(self) -> bool:
        """Whether a scheduler was built that no update was made under yet."""
        holder = self.holder
        return holder is not None and not holder.updates_seen

    def forget(self, _optimizer: Optimizer) -> None:
        """The optimizer was loaded: what was written before is not there any more."""
        self.last = None

    def _relieve(self, scheduler: "Scheduler") -> None:
        for one in self._built:
            other = one()
            if other is not None and other is not scheduler:
                other.relieve()

    def _gone(self, gone: "ref[Scheduler]") -> None:
        last = bool(self._built) and self._built[-1] is gone
        self._built = [one for one in self._built if one is not gone]
        before = self._built[-1]() if last and self._built else None
        if before is not None:
            before.come_back()


def charge_of(optimizer: Optimizer) -> Charge:
    """The charge of an optimizer. It lies in the optimizer, which neither saves nor copies it."""
    charge = vars(optimizer).get("_lrlab_charge")
    if charge is None:
        charge = vars(optimizer)["_lrlab_charge"] = Charge()
        optimizer.register_load_state_dict_post_hook(charge.forget)
    return charge


def _is_scheduled(optimizer: Optimizer) -> bool:
    """Whether an optimizer has a scheduler of lrlab."""
    charge = vars(optimizer).get("_lrlab_charge")
    return charge is not None and charge.holder is not None


def _enclosing(optimizer: Optimizer) -> Optimizer | None:
    """The outermost optimizer with some of the same parameters whose step is under way around this one's.

    By the frames of the calls, not by counting steps begun and ended: a step that raises never ends.
    """
    found, frame = [], sys._getframe(3)
    while frame is not None:
        code = frame.f_code
        if code is STEP or (code.co_name == STEP.co_name and code.co_filename == STEP.co_filename):  # compiled: a copy
            found.append(frame)
        frame = frame.f_back
    for step in reversed(found[1:]):  # the first is the step itself
        (outer, *_) = step.f_locals["args"]
        if outer is optimizer or _share(outer, optimizer):
            return outer
    return None


def _share(one: Optimizer, other: Optimizer) -> bool:
    """Whether two optimizers hold a parameter in common."""
    mine = {id(parameter) for group in one.param_groups for parameter in group["params"]}
    return any(id(parameter) in mine for group in other.param_groups for parameter in group["params"])


def _nested(optimizer: Optimizer) -> Iterator[Optimizer]:
    """An optimizer and those it holds that hold the same parameters: the base of a two-step wrapper, and so on."""
    seen: list[Optimizer] = []
    waiting = [optimizer]
    while waiting:
        one = waiting.pop()
        if any(one is known for known in seen) or "_optimizer_step_post_hooks" not in vars(one):
            continue
        seen.append(one)
        yield one
        waiting += [part for part in vars(one).values() if isinstance(part, Optimizer) and _share(optimizer, part)]


def inner_of(optimizer: Optimizer) -> Optimizer:
    """The optimizer itself, out of a library's wrappers, which have no hooks of their own."""
    inner = optimizer
    while "_optimizer_step_post_hooks" not in vars(inner):
        wrapped = vars(inner).get("optimizer")
        if not isinstance(wrapped, Optimizer):
            raise ScheduleError(
                f"updates are counted by the optimizer's step hooks, but {type(optimizer).__name__} has none; "
                f"give the scheduler the torch optimizer itself, before a library wraps it"
            )
        inner = wrapped
    return inner
