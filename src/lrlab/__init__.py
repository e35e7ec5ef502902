"""lrlab: which learning-rate schedule, at what peak rate, and how sure are we?

The names below are loaded when first used, so `import lrlab` costs nothing and only `Scheduler` and `Task` need torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapters import Scheduler as Scheduler
    from .rules import parse as parse
    from .schedules import Horizon as Horizon
    from .spec import Metric as Metric
    from .spec import Study as Study
    from .tasks import Augment as Augment
    from .tasks import Normalize as Normalize
    from .tasks import Task as Task

__version__ = "0.1.0"
__all__ = ["Augment", "Horizon", "Metric", "Normalize", "Scheduler", "Study", "Task", "parse"]

_ROOMS = {
    "Augment": "tasks",
    "Horizon": "schedules",
    "Metric": "spec",
    "Normalize": "tasks",
    "Scheduler": "adapters",
    "Study": "spec",
    "Task": "tasks",
    "parse": "rules",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'lrlab' has no attribute {name!r}")
    return getattr(import_module(f".{_ROOMS[name]}", __name__), name)
