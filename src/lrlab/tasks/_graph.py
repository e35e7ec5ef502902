"""Whether torch knows how a loss depends on the outputs: without that nothing can be trained."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..errors import TaskError


def check_graph(name: str, loss: Callable[..., Any], outputs: Tensor, labels: Tensor) -> None:
    """Raise TaskError where a loss, which runs on these, has no gradient by the outputs."""
    if not outputs.is_floating_point():
        return
    try:
        with torch.enable_grad(), torch.random.fork_rng(devices=[]):
            value = loss(outputs.detach().clone().requires_grad_().clone(), labels.clone())
    except Exception:  # what fails in training says so there, with its own words
        return
    if isinstance(value, Tensor) and not value.requires_grad:
        raise TaskError(
            f"{name}: the loss does not depend on the outputs by torch, so nothing can be trained; return the tensor "
            "that torch's functions give, not one made anew by torch.tensor(...), .item(), .detach() or numpy"
        )
