"""How a scheduler learns what its optimizer really did."""

from typing import TYPE_CHECKING, Any
from weakref import finalize, ref

from torch.optim import Optimizer

from ..errors import ScheduleError

if TYPE_CHECKING:
    from ._scheduler import Scheduler


class Watch:
    """Counts an optimizer's updates, and calls the scheduler when the optimizer's groups were added to or loaded.

    made: updates made that the scheduler has not taken into account yet.

    It holds the scheduler weakly. The optimizer holds the watch by its hooks, so a strong reference would tie model,
    optimizer and scheduler into a cycle, and free their memory late.
    """

    def __init__(self, scheduler: "Scheduler", made: int = 0) -> None:
        self.made = made
        self.groups = len(scheduler.optimizer.param_groups)
        self._scheduler = ref(scheduler)
        optimizer = _inner(scheduler.optimizer)
        for handle in (
            optimizer.register_step_pre_hook(self._before),
            optimizer.register_step_post_hook(self._after),
            optimizer.register_load_state_dict_post_hook(self._changed),
        ):
            finalize(scheduler, handle.remove)

    def _before(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        """A group added since the last update is scheduled from its first one on."""
        if len(optimizer.param_groups) != self.groups:
            self._changed(optimizer)

    def _after(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        """Count the update, unless it was skipped.

        A gradient scaler skips by not calling the optimizer. A fused one it calls all the same, with `found_inf`, and
        the kernel does nothing; asking for that number waits for the device.
        """
        skipped = getattr(optimizer, "found_inf", None)
        if skipped is None or not skipped:
            self.made += 1

    def _changed(self, _optimizer: Optimizer) -> None:
        scheduler = self._scheduler()
        if scheduler is not None:
            scheduler.refresh()


def _inner(optimizer: Optimizer) -> Optimizer:
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
