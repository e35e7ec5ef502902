"""The callbacks that a user gives for all trials, as those of one trial."""

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from ..errors import TaskError

if TYPE_CHECKING:
    from ..loops import Run


def callbacks_for_one_trial(given: Any) -> list[Any]:
    """A list of copies, so that no trial sees what an earlier one left in them. given: several, one, or None.

    Raises TaskError for a callback that cannot be copied.
    """
    if given is None:
        return []
    return [_copy_callback(callback) for callback in (given if isinstance(given, list | tuple) else [given])]


def is_whole(run: "Run", made: int) -> bool:
    """Whether a training of so many updates came to its end; else time is up, or it has diverged.

    Raises TaskError where neither is so: something else ended it, and trials of several lengths are not compared.
    """
    if made < run.updates and not run.should_stop:
        raise TaskError(
            f"a callback ended the training after {made} of {run.updates} updates, and trials of several lengths are "
            "not compared; leave EarlyStopping out"
        )
    return made >= run.updates


def _copy_callback(callback: Any) -> Any:
    try:
        return deepcopy(callback)
    except Exception as error:  # it calls anyone's code
        name = type(callback).__name__
        raise TaskError(
            f"each trial gets a copy of its callbacks, but {name} cannot be copied: {error}; let {name} open files and "
            f"connections when training starts, not when it is made"
        ) from error
