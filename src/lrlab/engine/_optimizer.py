"""The one place where the plain loop's optimizer is made, and where rates are written into it."""

from pkgutil import resolve_name

import torch
from torch import nn

from ..spec import OPTIMIZERS, Optimizer


def make_optimizer(model: nn.Module, settings: Optimizer) -> torch.optim.Optimizer:
    """The optimizer over all parameters. Rate, momentum and weight decay are written before each update."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    kind = OPTIMIZERS[settings.name]
    given = {argument: [getattr(settings, field) for field in fields] for argument, fields in kind.arguments.items()}
    arguments = {argument: tuple(values) if len(values) > 1 else values[0] for argument, values in given.items()}
    return resolve_name(kind.torch)(parameters, lr=0.0, **arguments)


def step(optimizer: torch.optim.Optimizer, settings: Optimizer, values: tuple[float, float, float]) -> None:
    """One update with this rate, momentum (beta1 where there are betas) and weight decay."""
    rate, momentum, weight_decay = values
    argument = OPTIMIZERS[settings.name].momentum_argument
    for group in optimizer.param_groups:
        group["lr"], group["weight_decay"] = rate, weight_decay
        group[argument] = (momentum, *group[argument][1:]) if isinstance(group[argument], tuple) else momentum
        if settings.clip is not None:
            torch.nn.utils.clip_grad_norm_(group["params"], settings.clip)
    optimizer.step()
