"""Tasks: data as tensors, models, losses and metrics; built in, or a user's own `module:object`."""

from ._augment import Augment as Augment
from ._augment import Normalize as Normalize
from ._base import Task as Task
from ._by_value import by_value as by_value
from ._by_value import task_name as task_name
from ._cache import cache_folder as cache_folder
from ._catalogue import TASKS as TASKS
from ._catalogue import get as get
from ._catalogue import resolve as resolve
from ._folder import data_folder as data_folder
from ._seeded import seeded as seeded
from ._split import Split as Split
from ._user import TaskPlace as TaskPlace

__all__ = [
    "TASKS",
    "Augment",
    "Normalize",
    "Split",
    "Task",
    "TaskPlace",
    "by_value",
    "cache_folder",
    "data_folder",
    "get",
    "resolve",
    "seeded",
    "task_name",
]
