"""LAMB: Adam's direction for each layer, as long as the layer's weights."""

from typing import Any

import torch
from torch import Tensor

from ._plain import Group, Plain, move_means


class Lamb(Plain):
    """You et al. 2020, algorithm 2, with the identity as its function of norms.

    r = first^ / (sqrt(second^) + eps) + decay w, of means corrected for their start as Adam's, then
    w -= rate (|w| / |r|) r, over each tensor of weights; where one of the norms is 0 their ratio is 1.
    https://arxiv.org/abs/1904.00962
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def initial_state(self, weight: Tensor, group: Group) -> dict[str, Tensor]:  # noqa: ARG002
        """See `Plain`."""
        return {"first": torch.zeros_like(weight), "second": torch.zeros_like(weight)}

    def update(self, weight: Tensor, gradient: Tensor, state: dict[str, Tensor], group: Group) -> None:
        """See `Plain`."""
        beta1, beta2 = group["betas"]
        move_means(gradient, state, group["betas"])
        first = state["first"] / (1 - beta1 ** group["updates"])
        scale = (state["second"].sqrt() / (1 - beta2 ** group["updates"]) ** 0.5).add_(group["eps"])
        direction = (first / scale).add_(weight, alpha=group["weight_decay"])
        lengths = weight.norm(), direction.norm()
        ratio = lengths[0] / lengths[1] if lengths[0] > 0 and lengths[1] > 0 else torch.ones_like(lengths[0])
        weight.add_(direction * ratio, alpha=-group["lr"])
