"""The one place where an optimizer is made, and where rates are written into it."""

import torch
from torch import nn

from ..spec import Optimizer


def make_optimizer(model: nn.Module, settings: Optimizer) -> torch.optim.Optimizer:
    """The optimizer over all parameters. Rate, momentum and weight decay are written before each update."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if settings.name == "sgd":
        return torch.optim.SGD(parameters, lr=0.0, momentum=settings.momentum, nesterov=settings.nesterov)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings.name]
    return kind(parameters, lr=0.0, betas=(settings.momentum, settings.beta2), eps=settings.eps)


def write_values(optimizer: torch.optim.Optimizer, rate: float, momentum: float, weight_decay: float) -> None:
    """Set what the next update uses. Momentum is beta1 where the optimizer has betas."""
    for group in optimizer.param_groups:
        group["lr"] = rate
        group["weight_decay"] = weight_decay
        if "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        else:
            group["momentum"] = momentum
