"""`verify`: is a stack equal to the plain loop, on a task of yours? Does a loop of your own do what it is asked?"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import LabError, RunError, StudyError
from ..execution import failure_of
from ..lab import LoopCheck, OpenedTask, Verified, check_device, verify_task
from ..printing import printed_aside
from ..spec import Optimizer
from ._checks import check_kinds, check_task
from ._opening import open_in_time
from ._options import data_from, one_at_a_time
from ._question import checked_fields
from ._verify_loop import longest_trial, verify_loop

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

USUAL_BATCH = 8


def verify(
    task: "str | Path | Task | OwnLoop",
    *,
    layout: str | None = None,
    batch_size: int | None = None,
    optimizer: str | Mapping[str, object] | Optimizer | None = None,
    updates: int | None = None,
    trial_timeout: str | float | None = None,
    device: str = "cpu",
    data_dir: Path | str | None = None,
) -> list[Verified] | list[LoopCheck]:
    """Look whether what is measured of a task, or of a training loop of your own, is what was asked for.

    Of a task, five trials are trained as a stack, two of them as one training, and one by one, and every tensor of
    theirs is compared; one `Verified` for each precision and number of updates. layout: "auto", "lanes", "grouped",
    "vmap", "channels_last", "loop", "grouped_compiled" or "loop_compiled".
    batch_size: examples in a batch, 8 unless given. optimizer: as for `compare`.

    Of a loop, a few short trials are run: one twice, and with another seed, peak and schedule, and stopped and resumed;
    a `LoopCheck` for each thing that was looked at, whose verdict is "fine", "remark" or "fault". updates: of a trial;
    two epochs, or 60 where the loop does not say what an epoch is. trial_timeout: 10 minutes unless given. device: as
    for `compare`.

    Raises RunError where a task cannot be trained, Unstackable where the layout does not hold the model, StudyError for
    options of the one that are given for the other.
    """
    check_kinds(layout=layout, batch_size=batch_size, optimizer=optimizer, updates=updates, data_dir=data_dir)
    if batch_size is not None and batch_size < 1:
        raise StudyError(f"batch_size must be at least 1, but got {batch_size}; leave it out for {USUAL_BATCH}")
    check_device(device)
    with one_at_a_time, data_from(data_dir), printed_aside():  # what the user's code prints
        seconds = longest_trial(trial_timeout)
        meant = _open_loop(check_task(task), seconds)
        if isinstance(meant, OpenedTask):
            given = {"layout": layout, "batch_size": batch_size, "optimizer": optimizer}
            _refuse_given("a loop of your own", given)
            return verify_loop(meant, updates, seconds, device)
        other = None if device == "cpu" else device
        _refuse_given("a task", {"updates": updates, "trial_timeout": trial_timeout, "device": other})
        return _verify_task(meant, layout or "auto", USUAL_BATCH if batch_size is None else int(batch_size), optimizer)


def _open_loop(named: "str | Task | OwnLoop", seconds: float) -> "OpenedTask | str | Task":
    """The loop that is meant, opened; a task as it is."""
    from ..loops import OwnLoop, may_be_loop

    if isinstance(named, OwnLoop):
        return open_in_time(named, seconds)
    if not (isinstance(named, str) and may_be_loop(named)):
        return named
    opened = open_in_time(named, seconds)
    return named if opened.loop is None else opened


def _refuse_given(what: str, options: Mapping[str, object]) -> None:
    """Raise StudyError for an option that means nothing here."""
    given = next((name for name, value in options.items() if value is not None), None)
    if given is not None:
        raise StudyError(f"{given} says nothing to {what}; leave it out")


def _verify_task(
    task: "str | Task",
    layout: str,
    batch_size: int,
    optimizer: str | Mapping[str, object] | Optimizer | None,
) -> list[Verified]:
    fields = checked_fields(optimizer)
    try:
        return verify_task(task, layout=layout.strip().lower(), batch_size=batch_size, fields=fields)
    except LabError:
        raise
    except Exception as error:
        named = task if isinstance(task, str) else "the task"
        raise RunError(f"{named} cannot be trained: {failure_of(error).message}") from error
