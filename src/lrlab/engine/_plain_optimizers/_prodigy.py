"""Prodigy: AdamW that finds its rate, from how far the weights have come and how well gradients agree."""

from typing import Any, cast

import torch
from torch import Tensor
from torch.optim import Optimizer

SMALLEST = 1e-6  # the first estimate of the distance


class Prodigy(Optimizer):
    """Mishchenko & Defazio 2024, algorithm 4, as its authors' package has it, with its safeguard for warm-up.

    d, one for all parameters, estimates the distance from the initial weights w0 to good ones. With beta3 the root of
    beta2 and rate the schedule's factor: numerator = beta3 numerator + rate d^2 <g, w0 - w>, s = beta3 s + d^2 g,
    d = max(d, numerator / |s|_1); means of d g and (d g)^2 as Adam's, not corrected for their start;
    w -= rate d (first / (sqrt(second) + d eps) + decay w). An update whose rate is 0 changes nothing.
    https://arxiv.org/abs/2306.06101
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1.0,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})
        self.param_groups[0].update(distance=SMALLEST, numerator=0.0)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One update from the gradients there are."""
        assert closure is None
        lead = self.param_groups[0]
        rate, (beta1, beta2), distance = lead["lr"], lead["betas"], lead["distance"]
        held = [(group, weight) for group in self.param_groups for weight in cast("list[Tensor]", group["params"])]
        held = [(group, weight, weight.grad) for group, weight in held if weight.grad is not None]
        if rate == 0:
            return
        moved, size = 0.0, 0.0
        for _, weight, gradient in held:
            state = self._state_of(weight)
            moved += float((gradient.double() * (state["start"].double() - weight.double())).sum())
            state["first"].mul_(beta1).add_(gradient, alpha=distance * (1 - beta1))
            state["second"].mul_(beta2).addcmul_(gradient, gradient, value=distance**2 * (1 - beta2))
            state["sum"].mul_(beta2**0.5).add_(gradient, alpha=distance**2 / SMALLEST)
            size += float(state["sum"].abs().double().sum())
        if size == 0:
            return
        lead["numerator"] = beta2**0.5 * lead["numerator"] + distance / SMALLEST * distance * rate * moved
        lead["distance"] = max(distance, lead["numerator"] / size)
        for group, weight, _ in held:
            state = self.state[weight]
            scale = state["second"].sqrt().add_(lead["distance"] * group["eps"])
            weight.mul_(1 - distance * rate * group["weight_decay"])
            weight.addcdiv_(state["first"], scale, value=-distance * rate)

    def _state_of(self, weight: Tensor) -> dict[str, Tensor]:
        state = self.state[weight]
        if not state:
            zeros = {name: torch.zeros_like(weight) for name in ("first", "second", "sum")}
            state.update(zeros | {"start": weight.clone()})
        return state
