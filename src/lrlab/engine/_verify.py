"""Is the stack equal to the plain loop? Both train the same trials from the same seeds; their weights are compared.

Deviation of two tensors a, b: max|a - b| / max|b|. Rounding alone drives two equal trainings apart, in deep networks
with batch norm many times further with every update, whatever the precision. So the plain loop is also compared with
itself with its initial weights and inputs moved by one unit in the last place: a stack may deviate ten times as far;
or by 1e-9 in float64, by 1e-5 in float32, where that is more. Where the plain loop is as far from itself as a wrong
stack may be from it, nothing can be told.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..spec import Trial
from ..tasks import Task
from ._precision import dtype_of
from ._reference import train
from ._train_stack import train_stack

TIMES_OWN = 10.0  # how much farther from the plain loop than that is from itself
LEAST_BOUNDS = {"float64": 1e-9, "float32": 1e-5, "bfloat16": 1e-2}  # a deviation that is never too much
MOST_BOUND = 0.1  # a stack that trains something else may lie within a bound beyond this
NUDGES = 8  # ways in which weights and inputs are moved, at most: a pooling that changes its mind is a rare event
Weights = dict[str, Tensor]


class Deviation(NamedTuple):
    """The largest deviation of one tensor over the trials of a stack, and the plain loop's own under one-ulp change.

    own is None where it was not needed: the stack lies within the bound without it.
    """

    tensor: str
    largest: float
    own: float | None
    bound: float

    @property
    def equal(self) -> bool:
        """Whether it lies within its bound; a value that is no number does not."""
        return self.largest <= self.bound

    @property
    def telling(self) -> bool:
        """Whether lying within the bound says anything. What lies beyond it is not equal, however wide it is."""
        return self.bound <= MOST_BOUND or not self.equal


def verify(trials: Sequence[Trial], task: Task, layout: str) -> list[Deviation] | None:
    """Train the trials as a stack and one by one; the deviation of every parameter and buffer, the largest first.

    None where a trial diverges one by one: then nothing is compared.
    """
    stacked = train_stack(trials, task, layout)
    assert stacked is not None  # it was given all the time it needs
    alone = [train(trial, task) for trial in trials]
    if any(trained.record.diverged for trained in alone):
        return None
    plain = [trained.weights for trained in alone]
    deviations = _largest_deviations([trained.weights for trained in stacked], plain)
    bound = LEAST_BOUNDS[trials[0].precision]
    own: dict[str, float] = {}
    if max(deviations.values()) > bound:
        for number in range(NUDGES):
            moved = task.with_model(_nudge_model(task.model, dtype_of(trials[0].precision), number))
            apart = _largest_deviations([train(trial, moved).weights for trial in trials], plain)
            own = {name: max(value, own.get(name, 0.0)) for name, value in apart.items()}
            bound = max(bound, TIMES_OWN * max(own.values()))
            if max(deviations.values()) <= bound:
                break
    rows = [Deviation(name, value, own.get(name), bound) for name, value in deviations.items()]
    return sorted(rows, key=lambda row: -row.largest)


def _largest_deviations(weights: Sequence[Weights], others: Sequence[Weights]) -> dict[str, float]:
    """The largest deviation of each tensor over the trials."""
    pairs = list(zip(weights, others, strict=True))
    return {
        name: max(deviation(mine[name], theirs[name]) if name in mine else inf for mine, theirs in pairs)
        for name in others[0]
    }


def deviation(tensor: Tensor, other: Tensor) -> float:
    """max|tensor - other| / max|other|; infinite where one has a value that is not finite and the other has not."""
    tensor, other = tensor.double(), other.double()
    if not (tensor.isfinite().all() and other.isfinite().all()):
        return 0.0 if torch.equal(tensor.nan_to_num(), other.nan_to_num()) else float("inf")
    scale = other.abs().max()
    gap = (tensor - other).abs().max()
    return float(gap / scale) if scale > 0 else float(gap)


def _nudge_model(factory: Callable[[], nn.Module], dtype: torch.dtype, number: int) -> Callable[[], nn.Module]:
    """The factory, its initial weights and all inputs moved up or down, at random, by one unit in the last place."""

    def moved(tensor: Tensor, draws: torch.Generator) -> Tensor:
        if not tensor.is_floating_point():  # tokens and masks
            return tensor
        up = (torch.rand(tensor.shape, generator=draws) < 0.5).to(tensor.device)
        return torch.nextafter(tensor, torch.where(up, torch.inf, -torch.inf).to(tensor))

    def make() -> nn.Module:
        model = factory().to(dtype)
        draws = torch.Generator().manual_seed(number)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(moved(parameter, draws))

        def move_inputs(_: nn.Module, given: tuple[Tensor, ...], named: dict[str, Tensor]) -> tuple[Any, Any]:
            return tuple(moved(tensor, draws) for tensor in given), {
                key: moved(tensor, draws) for key, tensor in named.items()
            }

        model.register_forward_pre_hook(move_inputs, with_kwargs=True)
        return model

    return make
