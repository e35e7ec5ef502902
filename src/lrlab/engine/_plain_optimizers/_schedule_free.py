"""Schedule-free SGD and AdamW: gradients are taken between a fast iterate and its mean; the mean is evaluated."""

from typing import Any, cast

import torch
from torch import Tensor

from ._plain import Group, Plain


class ScheduleFree(Plain):
    """Defazio et al. 2024, equations 3 to 5 and algorithm 1.

    https://arxiv.org/abs/2405.15682
    The model's weights are y = (1 - momentum) z + momentum x. With the direction d at y, decay in it:
    z -= rate d, x = (1 - c) x + c z, where c is the update's share of all squares of the largest rate so far.
    """

    def begin_group(self, group: Group) -> None:
        """See `Plain`. The weight of update t in the mean is the square of the largest rate so far."""
        super().begin_group(group)
        group["largest"] = max(group["lr"], group.get("largest", 0.0))
        group["weights"] = group.get("weights", 0.0) + group["largest"] ** 2
        group["share"] = group["largest"] ** 2 / group["weights"] if group["weights"] > 0 else 0.0

    def initial_state(self, weight: Tensor, group: Group) -> dict[str, Tensor]:  # noqa: ARG002
        """See `Plain`."""
        return {"fast": weight.clone(), "mean": weight.clone()}

    def update(self, weight: Tensor, gradient: Tensor, state: dict[str, Tensor], group: Group) -> None:
        """See `Plain`."""
        direction = self.direction(gradient, state, group).add(weight, alpha=group["weight_decay"])
        state["fast"].sub_(direction, alpha=group["lr"])
        state["mean"].lerp_(state["fast"], group["share"])
        weight.copy_(state["fast"].lerp(state["mean"], self.momentum_of(group)))

    def direction(self, gradient: Tensor, state: dict[str, Tensor], group: Group) -> Tensor:  # noqa: ARG002
        """What the fast iterate goes along, without decay."""
        return gradient

    def momentum_of(self, group: Group) -> float:
        """The share of the mean in the weights that are trained."""
        return group["momentum"]

    def evaluation_weights(self) -> dict[Tensor, Tensor]:
        """Of each parameter the weights that evaluation uses; none before its first update."""
        held = [parameter for group in self.param_groups for parameter in cast("list[Tensor]", group["params"])]
        return {parameter: self.state[parameter]["mean"] for parameter in held if self.state[parameter]}


class ScheduleFreeSGD(ScheduleFree):
    """See `ScheduleFree`; the direction is the gradient."""

    def __init__(self, params: Any, lr: float = 1.0, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})


class ScheduleFreeAdamW(ScheduleFree):
    """See `ScheduleFree`; the direction is the gradient over the root of its running mean square, as Adam's."""

    def __init__(
        self,
        params: Any,
        lr: float = 0.0025,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def initial_state(self, weight: Tensor, group: Group) -> dict[str, Tensor]:
        """See `Plain`."""
        return super().initial_state(weight, group) | {"second": torch.zeros_like(weight)}

    def direction(self, gradient: Tensor, state: dict[str, Tensor], group: Group) -> Tensor:
        """See `ScheduleFree`."""
        beta2 = group["betas"][1]
        second = state["second"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        return gradient / (second.sqrt() / (1 - beta2 ** group["updates"]) ** 0.5).add_(group["eps"])

    def momentum_of(self, group: Group) -> float:
        """See `ScheduleFree`."""
        return group["betas"][0]
