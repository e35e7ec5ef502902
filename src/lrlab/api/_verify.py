"""`verify`: is a stack equal to the plain loop, on a task of yours?"""

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import LabError, RunError
from ..execution import failure_of
from ..lab import Verified, verify_task
from ..spec import Optimizer, make_optimizer
from ._checks import check_kinds, check_task, required
from ._options import data_from, one_at_a_time

if TYPE_CHECKING:
    from ..tasks import Task


def verify(
    task: "str | Task",
    *,
    layout: str = "auto",
    batch_size: int = 8,
    optimizer: str | Mapping[str, object] | Optimizer = "sgd",
    data_dir: Path | str | None = None,
) -> list[Verified]:
    """Train four trials of a task as a stack and one by one, and compare every tensor of theirs.

    task, optimizer, data_dir: as `compare` has them. layout: "auto", "lanes", "grouped", "vmap", "channels_last" or
    "loop". batch_size: examples in a batch. One `Verified` for each precision and number of updates.
    Raises RunError where the task cannot be trained, Unstackable where the layout does not hold the model.
    """
    check_kinds(layout=required("layout", layout), batch_size=required("batch_size", batch_size), data_dir=data_dir)
    check_kinds(optimizer=required("optimizer", optimizer))
    if not isinstance(optimizer, Optimizer):
        optimizer = make_optimizer({"name": optimizer} if isinstance(optimizer, str) else optimizer)
    try:
        with (
            one_at_a_time,
            data_from(data_dir),
            contextlib.redirect_stdout(sys.stderr),
        ):  # what a model of the user's prints
            return verify_task(
                check_task(task), layout=layout.strip().lower(), batch_size=batch_size, optimizer=optimizer
            )
    except LabError:
        raise
    except Exception as error:
        named = task if isinstance(task, str) else "the task"
        raise RunError(f"{named} cannot be trained: {failure_of(error).message}") from error
