"""What plain optimizers share: a step over every parameter that has a gradient, with the settings of its group."""

from typing import Any, cast

import torch
from torch import Tensor
from torch.optim import Optimizer

Group = dict[str, Any]


class Plain(Optimizer):
    """An optimizer whose update of a parameter needs nothing but its own state and its group's settings."""

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One update from the gradients there are."""
        assert closure is None
        for group in self.param_groups:
            self.begin_group(group)
            for parameter in cast("list[Tensor]", group["params"]):
                if parameter.grad is not None:
                    state = self.state[parameter]
                    if not state:
                        state.update(self.initial_state(parameter, group))
                    self.update(parameter, parameter.grad, state, group)

    def begin_group(self, group: Group) -> None:
        """What an update begins with, for all parameters of a group: its number, counted from 1."""
        group["updates"] = group.get("updates", 0) + 1

    def initial_state(self, weight: Tensor, group: Group) -> dict[str, Tensor]:
        """What is kept of a parameter, before its first update."""
        raise NotImplementedError

    def update(self, weight: Tensor, gradient: Tensor, state: dict[str, Tensor], group: Group) -> None:
        """Move a parameter in place."""
        raise NotImplementedError


def move_means(gradient: Tensor, state: dict[str, Tensor], betas: tuple[float, float]) -> None:
    """The running means of the gradient ("first") and of its square ("second"), as Adam has them."""
    state["first"].lerp_(gradient, 1 - betas[0])
    state["second"].mul_(betas[1]).addcmul_(gradient, gradient, value=1 - betas[1])


def update_adamw(weight: Tensor, gradient: Tensor, state: dict[str, Tensor], group: Group) -> None:
    """AdamW (Loshchilov & Hutter 2019), as torch.optim has it."""
    beta1, beta2 = group["betas"]
    weight.mul_(1 - group["lr"] * group["weight_decay"])
    move_means(gradient, state, group["betas"])
    root = (1 - beta2 ** group["updates"]) ** 0.5
    scale = (state["second"].sqrt() / root).add_(group["eps"])
    weight.addcdiv_(state["first"], scale, value=-group["lr"] / (1 - beta1 ** group["updates"]))
