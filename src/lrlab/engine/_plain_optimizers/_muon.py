"""Muon: momentum made orthogonal, for matrices; AdamW for all else."""

from typing import Any

import torch
from torch import Tensor

from ._plain import Group, Plain, update_adamw

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic iteration, Jordan et al. 2024
ITERATIONS = 5
SMALLEST = 1e-7  # norm


class Muon(Plain):
    """Jordan et al. 2024, as Liu et al. 2025 scale it, so that one rate and decay serve matrices and all else.

    Of a matrix (A, B), convolutions flattened to (outputs, the rest): m = momentum m + (1 - momentum) g, with Nesterov
    u = momentum m + (1 - momentum) g, else u = m; w -= rate (0.2 sqrt(max(A, B)) NewtonSchulz(u) + decay w). Groups
    with `matrices=False` get AdamW, whose beta1 is the momentum.
    The iteration runs in the weights' precision; torch.optim.Muon, which has the same formula under
    adjust_lr_fn="match_rms_adamw", does it in bfloat16. https://kellerjordan.github.io/posts/muon/,
    https://arxiv.org/abs/2502.16982
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.95, 0.95),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        nesterov: bool = True,
        matrices: bool = True,
    ) -> None:
        settings = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "nesterov": nesterov}
        super().__init__(params, settings | {"matrices": matrices})

    def initial_state(self, weight: Tensor, group: Group) -> dict[str, Tensor]:
        """See `Plain`."""
        first = {"first": torch.zeros_like(weight)}
        return first if group["matrices"] else first | {"second": torch.zeros_like(weight)}

    def update(self, weight: Tensor, gradient: Tensor, state: dict[str, Tensor], group: Group) -> None:
        """See `Plain`."""
        if not group["matrices"]:
            update_adamw(weight, gradient, state, group)
            return
        momentum = group["betas"][0]
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        first = state["first"].lerp_(gradient, 1 - momentum)
        direction = gradient.lerp(first, momentum) if group["nesterov"] else first
        matrix = direction.flatten(1)
        step = orthogonalize(matrix).view_as(weight)
        weight.add_(step, alpha=-group["lr"] * scale_of(*matrix.shape))


def scale_of(rows: int, columns: int) -> float:
    """What makes the root mean square of a step that of AdamW's, 0.2 (Liu et al. 2025, equation 4)."""
    return 0.2 * max(rows, columns) ** 0.5


def orthogonalize(matrices: Tensor) -> Tensor:
    """Matrices (..., A, B) with their singular values driven towards 1, by 5 steps of Newton and Schulz's iteration."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    turned = matrices.mT if tall else matrices
    turned = turned / turned.flatten(-2).norm(dim=-1).clamp(min=SMALLEST)[..., None, None]
    for _ in range(ITERATIONS):
        gram = turned @ turned.mT
        turned = a * turned + (b * gram + c * (gram @ gram)) @ turned
    return turned.mT if tall else turned
