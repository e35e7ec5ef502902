"""Our schedules as a torch LRScheduler, and torch's schedulers as curves."""

from ._nesting import unwrap_optimizer as unwrap_optimizer
from ._scheduler import Scheduler as Scheduler
from ._simulate import simulate as simulate

__all__ = ["Scheduler", "simulate", "unwrap_optimizer"]
