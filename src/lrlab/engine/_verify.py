"""Is the stack equal to the plain loop? Both train the same trials from the same seeds; their weights are compared.

Deviation of two tensors a, b: max|a - b| / max|b|. In float64 a stack must stay within 1e-9 of the plain loop. In
float32 one update may differ by 1e-5. Over more, rounding alone drives two equal trainings apart, so the plain loop is
also held against itself with its initial weights moved by one unit in the last place: the stack may deviate ten times
as far.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..spec import Trial
from ..tasks import Task
from ._reference import train
from ._train_stack import train_stack

FLOAT64_BOUND = 1e-9
FLOAT32_BOUND = 1e-5  # of a single update
TIMES_OWN = 10.0  # how much farther than the plain loop from itself
Weights = dict[str, Tensor]


class Deviation(NamedTuple):
    """The largest deviation of one tensor over the trials of a stack, and the plain loop's own under one-ulp change.

    own is None where it was not needed (float64).
    """

    tensor: str
    largest: float
    own: float | None
    bound: float

    @property
    def equal(self) -> bool:
        """Whether it lies within its bound; a value that is no number does not."""
        return self.largest <= self.bound


def verify(trials: Sequence[Trial], task: Task, layout: str) -> list[Deviation]:
    """Train the trials as a stack and one by one; the deviation of every parameter and buffer, the largest first."""
    stacked = train_stack(trials, task, layout)
    assert stacked is not None  # it was given all the time it needs
    plain = [train(trial, task) for trial in trials]
    found = {
        name: max(deviation(one.weights[name], two.weights[name]) for one, two in zip(stacked, plain, strict=True))
        for name in plain[0].weights
        if name in stacked[0].weights
    }
    own: dict[str, float] = {}
    if trials[0].precision != "float64":
        nudged = [train(trial, task.with_model(_nudged(task.model))) for trial in trials]
        own = {
            name: max(deviation(one.weights[name], two.weights[name]) for one, two in zip(nudged, plain, strict=True))
            for name in found
        }
    bound = FLOAT64_BOUND
    if own:
        bound = FLOAT32_BOUND if plain[0].record.updates == 1 else TIMES_OWN * max(own.values())
    rows = [Deviation(name, value, own.get(name), bound) for name, value in found.items()]
    return sorted(rows, key=lambda row: -row.largest)


def deviation(one: Tensor, other: Tensor) -> float:
    """max|one - other| / max|other|; infinite where either holds what is no finite number and the other does not."""
    one, other = one.double(), other.double()
    if not (one.isfinite().all() and other.isfinite().all()):
        return 0.0 if torch.equal(one.nan_to_num(), other.nan_to_num()) else float("inf")
    scale = other.abs().max()
    gap = (one - other).abs().max()
    return float(gap / scale) if scale > 0 else float(gap)


def _nudged(factory: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    """The factory with every initial weight moved up by one unit in the last place."""

    def make() -> nn.Module:
        model = factory()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(torch.nextafter(parameter, torch.full_like(parameter, torch.inf)))
        return model

    return make
