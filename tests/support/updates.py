"""A loop of updates that trains nothing, for schedulers."""

from typing import Any

from torch.optim import Optimizer


def train(optimizer: Optimizer, scheduler: Any, updates: int) -> list[float]:
    """The rates of the first group that so many updates use."""
    used = []
    for _ in range(updates):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used
