"""Outputs for a split that a loader gives."""

from collections.abc import Callable, Generator, Iterator

import torch
from torch import Tensor

from ..errors import TaskError
from ..spec import Precision
from ..tasks import Inputs, Split, Task
from ._precision import dtype_of, rounding
from ._steps import draw_apart

SIZE = 256  # examples of a batch


@torch.no_grad()
def loaded_outputs(
    forward: Callable[[Inputs], Tensor], task: Task, split: Split, precision: Precision
) -> Iterator[Tensor]:
    """What `outputs_of` gives, for a split whose examples a loader gives again.

    split: one of the task's. Raises TaskError where they are not those whose labels are known, in their order.
    """
    name = next(name for name, own in task.splits() if own is split)
    known, dtype, place = task.streams[name].labels, dtype_of(precision), 0
    assert known is not None  # of what is evaluated they are
    for batch in draw_apart(_steps_of(task, name), 0, task.device):
        part = slice(place, place + len(batch.labels))
        if not torch.equal(batch.labels.cpu(), known[part]):
            raise TaskError(
                f"the {name} loader gives other labels than the first time from example {place} on: it shuffles, or "
                "its data changed; leave shuffle=False there"
            )
        place = part.stop
        with rounding(precision, task.device):
            outputs = forward(task.prepare(batch.inputs, dtype=dtype))
        yield outputs.to(dtype)
    if place != len(known):
        raise TaskError(
            f"the {name} loader gives {place} examples, and {len(known)} the first time; give all each time"
        )


def _steps_of(task: Task, name: str) -> Generator[Split, None, None]:
    yield from task.batches(name, SIZE)
