"""Tasks by name."""

from collections.abc import Callable
from functools import lru_cache

from ..errors import UnknownName
from ._base import Task
from ._digits import digits_convnet, digits_mlp
from ._fit import check_fit
from ._user import Reference, load, reference

TASKS: dict[str, Callable[[], Task]] = {"digits/convnet": digits_convnet, "digits/mlp": digits_mlp}


def resolve(name: str) -> Reference:
    """The place of a built-in task or of a user's `module:object`. Raises UnknownName or TaskError; imports nothing."""
    known = name.strip().lower().replace("_", "-")
    if known in TASKS:
        return Reference(known, known)
    if ":" in name:
        return reference(name)
    raise UnknownName("task", name, TASKS)


@lru_cache(maxsize=8)
def get(where: str) -> Task:
    """The task at a place that `resolve` gave, checked: its model fits its data. Loaded once per process."""
    task = TASKS[where]() if where in TASKS else load(where)
    check_fit(task, where)
    return task
