"""How a scheduler learns what its optimizer really did: by hooks on its steps."""

import sys
from typing import Any, Protocol
from weakref import finalize, ref

from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook

from ._nesting import STEP, enclosing_optimizer, has_gradient, nested_optimizers, share_parameters, unwrap_optimizer
from ._ownership import is_scheduled
from ._writer import RateWriter


class CountedScheduler(Protocol):
    """A scheduler, as it is seen by the counter of its optimizer's updates."""

    optimizer: Optimizer
    writer: RateWriter

    def look_at_groups(self) -> None:
        """Schedule groups that were added, unless another writes the rates."""
        ...

    def keep_factors(self) -> bool:
        """Keep what others have made of the rates; whether this scheduler writes them."""
        ...

    def follow_loaded(self, in_charge: bool) -> None:
        """Go on over an optimizer that was loaded; write its rates where this scheduler does."""
        ...


class UpdateCounter:
    """Counts an optimizer's updates, and calls the scheduler when the optimizer's groups were added to or loaded.

    An update is the outermost step of any optimizer that holds the same parameters: not that of its base class inside
    its own, nor that of an optimizer inside a wrapper's. A step at a rate of 0 that was put there and taken back is
    none: so checkpoint helpers create the state of an optimizer.

    pending: updates made that the scheduler has not taken into account yet.
    foreign: how many of these were made while the rate was one that another wrote. has_stepped: whether any was made.
    idle: calls of step() in a row that found no update.
    others, shared: steps since `look_around` of other optimizers that lrlab does not schedule, and whether one of these
    held the same parameters.

    It holds the scheduler weakly. The optimizer holds the counter by its hooks, so a strong reference would tie model,
    optimizer and scheduler into a cycle, and free their memory late.
    """

    def __init__(self, scheduler: CountedScheduler, pending: int = 0) -> None:
        self.pending = pending
        self.foreign, self._foreign_rate, self._rate_moved = 0, None, False
        self._bare = 0  # pending steps in which no parameter had a gradient
        self.has_stepped = pending > 0
        self.idle, self.others, self.shared = 0, 0, False
        self._doubtful = 0  # steps at rates of 0 that are not the scheduler's
        self._around: Any = None
        self._writer = scheduler.writer
        self._written = scheduler.writer.written
        self._scheduler = ref(scheduler)
        self._family: list[ref[Optimizer]] = []
        inner = unwrap_optimizer(scheduler.optimizer)
        for optimizer in nested_optimizers(inner):
            self._count_steps(optimizer, scheduler)
        self._keeps = False  # whether the scheduler wrote the rates when the loading of its optimizer began
        finalize(scheduler, inner.register_load_state_dict_pre_hook(self._before_loading).remove)
        finalize(scheduler, inner.register_load_state_dict_post_hook(self._after_loading).remove)

    def _count_steps(self, optimizer: Optimizer, scheduler: CountedScheduler) -> None:
        self._family.append(ref(optimizer))
        before, after = self._before_step, self._after_step
        for handle in (optimizer.register_step_pre_hook(before), optimizer.register_step_post_hook(after)):
            finalize(scheduler, handle.remove)

    def _before_step(self, _optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        """A group added or replaced since the last update is scheduled from its first one on.

        Not within a step at rates of 0: these may be a checkpoint helper's.
        """
        if self._doubtful and not self._stands_at_0():
            self._doubtful = 0
        writer = self._writer
        if not writer.groups.are_all() and any(group["lr"] != 0 for group in writer.optimizer.param_groups):
            scheduler = self._scheduler()
            if scheduler is not None:
                scheduler.look_at_groups()

    def _after_step(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
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
        if written and self._writer.optimizer.param_groups[0]["lr"] is not written[0]:
            if self._stands_at_0():
                self._doubtful += 1
                return
            self._note_foreign()
        self._count(has_gradient(optimizer))
        self.has_stepped = True

    def _count(self, moved: bool) -> None:
        """Count a step. One without a gradient anywhere, made before one that has some, was none.

        Where no step has a gradient, they are kept elsewhere or were cleared by a hook, and every step counts.
        """
        if not self.pending:
            self._bare = 0
        if not moved:
            self._bare += 1
        elif self._bare:
            self.pending, self._bare = self.pending - self._bare, 0
        self.pending += 1

    def _note_foreign(self) -> None:
        """Note an update at a rate that another wrote, and whether the rate moves from one of these to the next."""
        if self._writer.was_touched():
            rate = self._writer.mark_of_rate()
            self._rate_moved = self.foreign > 0 and (self._rate_moved or rate != self._foreign_rate)
            self._foreign_rate = rate
            self.foreign += 1

    def was_driven_by_another(self) -> bool:
        """Whether another changed the rate from update to update, of those pending."""
        return self.foreign > 1 and self._rate_moved

    def _stands_at_0(self) -> bool:
        """Whether all rates are 0, and it is not the scheduler that wrote them."""
        groups = self._writer.optimizer.param_groups
        return not self._writer.is_written_rate(groups[0]["lr"]) and all(group["lr"] == 0 for group in groups)

    def _is_part(self, optimizer: Optimizer) -> bool:
        """Whether a step that ends is part of another's, which is counted when it ends."""
        outer, scheduler = enclosing_optimizer(optimizer, depth=3), self._scheduler()
        if outer is not None and scheduler is not None and all(known() is not outer for known in self._family):
            self._count_steps(outer, scheduler)
        return outer is not None

    # torch.compile must not trace the hooks: it knows no frames, and would compile again for every count.
    _before_step._torchdynamo_disable = True  # type: ignore[attr-defined]
    _after_step._torchdynamo_disable = True  # type: ignore[attr-defined]

    def count_pending(self) -> int:
        """The pending updates, with those of the doubtful steps that were: all, if the rates of 0 still stand."""
        return self.pending + (self._doubtful if self._doubtful and self._stands_at_0() else 0)

    def forget(self) -> None:
        """Take all steps made so far as seen."""
        self.pending = self._doubtful = self.foreign = self.idle = 0

    def look_around(self) -> None:
        """A call of step() found no update: count the steps of other optimizers from now on."""
        self.idle += 1
        scheduler = self._scheduler()
        if self._around is None and scheduler is not None:
            self.others, self.shared = 0, False
            self._around = finalize(scheduler, register_optimizer_step_post_hook(self._after_any_step).remove)

    def look_away(self) -> None:
        """A call of step() found updates: no longer count the steps of other optimizers."""
        if self._around is not None:
            self._around()
            self._around = None

    def _after_any_step(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        mine = [known() for known in self._family]
        if all(known is not optimizer for known in mine) and not is_scheduled(optimizer):
            self.others += 1
            shares = any(known is not None and share_parameters(known, optimizer) for known in mine)
            self.shared = self.shared or shares

    _after_any_step._torchdynamo_disable = True  # type: ignore[attr-defined]

    def _before_loading(self, _optimizer: Optimizer, _state: Any) -> None:
        scheduler = self._scheduler()
        self._keeps = scheduler is not None and scheduler.keep_factors()

    def _after_loading(self, _optimizer: Optimizer) -> None:
        """Schedule what was loaded. Updates that another drove are taken back where our rates are put back too."""
        if self.foreign and not self._writer.was_changed():
            self.pending, self.foreign = max(self.pending - self.foreign, 0), 0
        scheduler = self._scheduler()
        if scheduler is not None:
            scheduler.follow_loaded(self._keeps)
