"""The callbacks that a user gives for all trials, as those of one trial."""

from copy import deepcopy
from typing import Any

from ..errors import TaskError


def callbacks_for_one_trial(given: Any) -> list[Any]:
    """A list of copies, so that no trial sees what an earlier one left in them. given: several, one, or None.

    Raises TaskError for a callback that cannot be copied.
    """
    if given is None:
        return []
    return [_copy_callback(callback) for callback in (given if isinstance(given, list | tuple) else [given])]


def _copy_callback(callback: Any) -> Any:
    try:
        return deepcopy(callback)
    except Exception as error:  # it calls anyone's code
        name = type(callback).__name__
        raise TaskError(
            f"each trial gets a copy of its callbacks, but {name} cannot be copied: {error}; let {name} open files and "
            f"connections when training starts, not when it is made"
        ) from error
