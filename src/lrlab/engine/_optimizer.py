"""The one place where the plain loop's optimizer is made, and where rates are written into it."""

from functools import partial

import torch
from torch import nn

from ..spec import Optimizer


def make_optimizer(model: nn.Module, settings: Optimizer) -> torch.optim.Optimizer:
    """The optimizer over all parameters. Rate, momentum and weight decay are written before each update."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    momentum, betas = settings.momentum, (settings.momentum, settings.beta2)
    make = {
        "sgd": partial(torch.optim.SGD, momentum=momentum, nesterov=settings.nesterov),
        "adam": partial(torch.optim.Adam, betas=betas, eps=settings.eps),
        "adamw": partial(torch.optim.AdamW, betas=betas, eps=settings.eps),
        "rmsprop": partial(torch.optim.RMSprop, momentum=momentum, alpha=settings.alpha, eps=settings.eps),
    }[settings.name]
    return make(parameters, lr=0.0)


def step(optimizer: torch.optim.Optimizer, settings: Optimizer, values: tuple[float, float, float]) -> None:
    """One update with this rate, momentum (beta1 where there are betas) and weight decay."""
    rate, momentum, weight_decay = values
    for group in optimizer.param_groups:
        group["lr"], group["weight_decay"] = rate, weight_decay
        if "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        else:
            group["momentum"] = momentum
        if settings.clip is not None:
            torch.nn.utils.clip_grad_norm_(group["params"], settings.clip)
    optimizer.step()
