"""The gradient of a convolution's bias, taken by a plain sum: several times faster than oneDNN's own."""

from typing import Any

import torch
from torch import Tensor


class _BiasGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, outputs: Tensor, bias: Tensor) -> Tensor:
        ctx.bias = bias.shape, bias.dtype
        ctx.mark_dirty(outputs)
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        (gradient,) = gradients
        shape, dtype = ctx.bias
        # In channels-last memory this is a matrix whose columns are summed, and nothing is copied.
        return gradient, gradient.movedim(1, -1).flatten(0, -2).sum(0, dtype=dtype).view(shape)


def with_bias(outputs: Tensor, bias: Tensor) -> Tensor:
    """Outputs (B, K*C, ...) that hold a detached bias (K, C) already: the same, and the bias has its gradient."""
    return _BiasGradient.apply(outputs, bias) if bias.requires_grad and torch.is_grad_enabled() else outputs
