"""A loop of updates that trains nothing, for schedulers."""

from collections.abc import Sequence
from typing import Any

from torch.optim import Optimizer


def rates_of(optimizer: Optimizer) -> list[float]:
    """The rate of each group."""
    return [float(group["lr"]) for group in optimizer.param_groups]


def train_groups(optimizer: Optimizer, scheduler: Any, updates: int = 1) -> list[list[float]]:
    """The rates of all groups that so many updates use."""
    used = []
    for _ in range(updates):
        used.append(rates_of(optimizer))
        optimizer.step()
        scheduler.step()
    return used


def train(optimizer: Optimizer, scheduler: Any, updates: int) -> list[float]:
    """The rates of the first group that so many updates use."""
    return [first for first, *_ in train_groups(optimizer, scheduler, updates)]


def train_told(
    optimizer: Optimizer, scheduler: Any, losses: Sequence[float], start: int, stop: int
) -> list[list[float]]:
    """The rates of all groups that updates start .. stop - 1 use; after each epoch its loss is reported."""
    used, length = [], scheduler.horizon.updates_per_epoch
    for update in range(start, stop):
        used += train_groups(optimizer, scheduler)
        if (update + 1) % length == 0:
            scheduler.step_metric(losses[update // length])
    return used
