"""The optimizer that a task suggests, where nobody names one. Loads no torch."""

from ..errors import TaskError, UnknownName
from ..spec import Optimizer
from ._base import Task
from ._built_in import parse, suggested_by
from ._catalogue import is_user_task


def suggestion_of(asked: object) -> Optimizer | None:
    """What a task suggests, as far as it is known before it is opened: of a name that is built in, or of a `Task`."""
    if isinstance(asked, Task):
        return asked.optimizer
    try:
        named = parse(asked) if isinstance(asked, str) else None
    except (TaskError, UnknownName):  # said where it is opened
        return None
    return None if named is None else suggested_by(named.head)


def may_suggest(asked: object) -> bool:
    """Whether only the opened task tells whether it suggests an optimizer."""
    return isinstance(asked, str) and is_user_task(asked)
