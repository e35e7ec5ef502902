"""A copy of an optimizer at another rate: the user's own is never stepped, so its state, hooks and schedulers stay."""

import inspect
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, cast

import torch
from torch.optim import Optimizer

from ...errors import StudyError

HOOKS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")


@cache
def torchs_attributes() -> frozenset[str]:
    """Torch's own attributes of an optimizer. The first optimizer of a process loads torch's compiler, in seconds."""
    return frozenset({*vars(Optimizer([torch.zeros(())], {})), "step"})


def check_optimizer(optimizer: object) -> Optimizer:
    """The optimizer, if a copy of it can be stepped. Raises StudyError."""
    if not isinstance(optimizer, Optimizer):
        kind = type(optimizer).__name__
        raise StudyError(f"the optimizer is torch's, but got {kind}; write find(model, optimizer, loader, loss)")
    inner = [name for name, value in vars(optimizer).items() if isinstance(value, Optimizer)]
    if inner:
        raise StudyError(
            f"{type(optimizer).__name__} holds another optimizer as .{inner[0]}, which would be stepped; "
            f"give find that one"
        )
    for group in optimizer.param_groups:
        if "lr" not in group:
            raise StudyError(f"{type(optimizer).__name__} has a parameter group without lr; give each group one")
        for parameter in cast("list[torch.Tensor]", group["params"]):
            if getattr(parameter, "_post_accumulate_grad_hooks", None):
                raise StudyError(
                    "a parameter has a hook that works while gradients are computed, as optimizers inside the backward "
                    "pass do, and its work could not be undone; remove the hook for the range test"
                )
    ratios_of(optimizer)
    return optimizer


def ratios_of(optimizer: Optimizer) -> list[float]:
    """The rate of each parameter group over that of the first; of the initial rates, where a scheduler noted them."""
    groups = optimizer.param_groups
    key = "initial_lr" if all("initial_lr" in group for group in groups) else "lr"
    rates = [float(group[key]) for group in groups]
    if rates[0] == 0 and any(rates):
        raise StudyError(
            f"other groups are scaled by their ratio to the first, whose rate is 0, but theirs are {rates[1:]}; "
            f"give the first group a rate above 0"
        )
    return [rate / rates[0] if rates[0] else 1.0 for rate in rates]


def optimizer_at(optimizer: Optimizer, rate: float) -> Optimizer:
    """A copy of the optimizer over the same parameters: a state of its own, no hooks, its first group at a rate.

    The other groups keep their ratio to the first.
    """
    copy: Any = object.__new__(type(optimizer))
    own = {name: value for name, value in vars(optimizer).items() if name != "step"}  # schedulers wrap `step`
    copy.__dict__.update(own)
    copy.__dict__.update({name: OrderedDict[int, Any]() for name in HOOKS if name in own})
    copy.defaults = dict(optimizer.defaults)
    groups = zip(optimizer.param_groups, ratios_of(optimizer), strict=True)
    copy.param_groups = [_group_at(group, rate * ratio) for group, ratio in groups]
    state = defaultdict[Any, dict[str, Any]](dict)
    state.update({parameter: _copied_values(values) for parameter, values in optimizer.state.items()})
    copy.state = state
    return copy


def step_quietly(optimizer: Optimizer, closure: Callable[[], Any]) -> None:
    """One update, past the hooks that torch puts around every step."""
    step: Any = type(optimizer).step
    inner = step.__wrapped__ if getattr(step, "hooked", False) else step
    asked = list(inspect.signature(inner).parameters.values())[1:]
    if any(one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD for one in asked):
        inner(optimizer, closure)
    else:
        closure()
        inner(optimizer)


def _group_at(group: dict[str, Any], rate: float) -> dict[str, Any]:
    """A group's settings with another rate; a rate that is a tensor stays one."""
    own = {name: value.clone() if isinstance(value, torch.Tensor) else value for name, value in group.items()}
    lr = group["lr"]
    own["lr"] = torch.full_like(lr, rate) if isinstance(lr, torch.Tensor) else rate
    own["params"] = list(group["params"])
    return own


def _copied_values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.clone() if isinstance(value, torch.Tensor) else deepcopy(value) for name, value in values.items()
    }
