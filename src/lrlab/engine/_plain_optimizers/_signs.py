"""Lion and Signum: every weight moves by the whole rate, up or down."""

from typing import Any

import torch
from torch import Tensor

from ._plain import Group, Plain


class Lion(Plain):
    """Chen et al. 2023, algorithm 2.

    w -= rate (sign(beta1 m + (1 - beta1) g) + decay w), then m = beta2 m + (1 - beta2) g. https://arxiv.org/abs/2302.06675
    """

    def __init__(
        self, params: Any, lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.99), weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    def initial_state(self, weight: Tensor, group: Group) -> dict[str, Tensor]:  # noqa: ARG002
        """See `Plain`."""
        return {"first": torch.zeros_like(weight)}

    def update(self, weight: Tensor, gradient: Tensor, state: dict[str, Tensor], group: Group) -> None:
        """See `Plain`."""
        beta1, beta2 = group["betas"]
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        weight.add_(state["first"].lerp(gradient, 1 - beta1).sign_(), alpha=-group["lr"])
        state["first"].lerp_(gradient, 1 - beta2)


class Signum(Plain):
    """Bernstein et al. 2018, algorithm 2, with weight decay apart from the gradient.

    m = momentum m + (1 - momentum) g, w -= rate (sign(m) + decay w). Without momentum it is signSGD.
    https://arxiv.org/abs/1802.04434
    """

    def __init__(self, params: Any, lr: float = 1e-4, momentum: float = 0.9, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    def initial_state(self, weight: Tensor, group: Group) -> dict[str, Tensor]:  # noqa: ARG002
        """See `Plain`."""
        return {"first": torch.zeros_like(weight)}

    def update(self, weight: Tensor, gradient: Tensor, state: dict[str, Tensor], group: Group) -> None:
        """See `Plain`."""
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        state["first"].lerp_(gradient, 1 - group["momentum"])
        weight.add_(state["first"].sign(), alpha=-group["lr"])
