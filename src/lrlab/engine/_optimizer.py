"""The one place where the plain loop's optimizer is made, and where rates are written into it."""

from pkgutil import resolve_name
from typing import Any

import torch
from torch import Tensor, nn

from ..spec import OPTIMIZERS, Optimizer
from ._parameter_groups import parameter_groups


def make_optimizer(model: nn.Module, settings: Optimizer, rate: float = 0.0) -> torch.optim.Optimizer:
    """The optimizer of these settings over all of a model's trained parameters, for lrlab's loop or another.

    rate: what it begins with. Biases and norms without weight decay, layers with rates of their own, and matrices under
    Muon are parameter groups, so any scheduler of torch's goes with it; each group notes what its rate and weight decay
    are multiplied by. lrlab's own loop writes rate, momentum and weight decay before each update.
    """
    kind, weights = OPTIMIZERS[settings.name], dict(model.named_parameters())
    given = {argument: [getattr(settings, field) for field in fields] for argument, fields in kind.arguments.items()}
    arguments = {argument: tuple(values) if len(values) > 1 else values[0] for argument, values in given.items()}
    groups: list[dict[str, Any]] = []
    for group in parameter_groups(model, settings):
        noted = {"rate_ratio": group.rate, "decay_ratio": group.decay}
        alike = noted | ({"matrices": group.optimizer == settings.name} if kind.rest else {})
        own = {"lr": rate * group.rate, "weight_decay": settings.weight_decay * group.decay}
        groups.append({"params": [weights[name] for name in group.names]} | own | alike)
    return resolve_name(kind.torch)(groups, lr=rate, **kind.fixed, **arguments)


def step(optimizer: torch.optim.Optimizer, settings: Optimizer, values: tuple[float, float, float]) -> None:
    """One update with this rate, momentum (beta1 where there are betas) and weight decay."""
    rate, momentum, weight_decay = values
    argument = OPTIMIZERS[settings.name].momentum_argument
    for group in optimizer.param_groups:
        group["lr"], group["weight_decay"] = rate * group["rate_ratio"], weight_decay * group["decay_ratio"]
        if argument:
            group[argument] = (momentum, *group[argument][1:]) if isinstance(group[argument], tuple) else momentum
    if settings.clip is not None:
        torch.nn.utils.clip_grad_norm_(
            [weight for group in optimizer.param_groups for weight in group["params"]], settings.clip
        )
    optimizer.step()


def evaluation_weights(optimizer: torch.optim.Optimizer, model: nn.Module) -> dict[str, Tensor]:
    """The weights that evaluation uses, by name, where the optimizer has others than those it trains."""
    make = getattr(optimizer, "evaluation_weights", None)
    if make is None:
        return {}
    own: dict[Tensor, Tensor] = make()
    return {name: own[weight] for name, weight in model.named_parameters() if weight in own}
