"""SGD, Adam, AdamW and RMSprop over K trials at once: every tensor (K, ...), every rate its own trial's.

The arithmetic is torch.optim's, term for term, with a column of values where torch has one number. Nothing is summed
over the trials, so one that leaves the finite numbers changes no other.

Sources: torch.optim; Kingma & Ba 2015 (Adam), Loshchilov & Hutter 2019 (AdamW), Pascanu et al. 2013 (clipping).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..spec import Optimizer

Tensors = dict[str, Tensor]
SLOTS = {
    "sgd": ("momentum",),
    "rmsprop": ("momentum", "square"),
    "adam": ("first", "second"),
    "adamw": ("first", "second"),
}
TINY = 1e-6  # what torch's clipping adds to the norm


class _Column:
    """One value per trial, (K,), shaped to multiply a tensor (K, ...)."""

    def __init__(self, values_K: NDArray[np.float64], like: Tensor) -> None:
        self.values_K = values_K
        self._tensor = torch.as_tensor(values_K, dtype=like.dtype, device=like.device)
        self.any, self.all = bool(values_K.any()), bool(values_K.all())

    def over(self, tensor: Tensor) -> Tensor:
        """(K, 1, ..., 1), as many axes as the tensor has."""
        return self._tensor.view(-1, *(1,) * (tensor.ndim - 1))


class StackOptimizer:
    """The optimizer of a stack. state[slot][parameter] is (K, ...) like the parameter.

    settings: those all trials share; momentum and weight decay come with each step.
    """

    def __init__(self, settings: Optimizer, parameters: Mapping[str, Tensor]) -> None:
        self.settings, self.steps = settings, 0
        self.state = {
            slot: {name: torch.zeros_like(tensor) for name, tensor in parameters.items()}
            for slot in SLOTS[settings.name]
        }

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all trials but these."""
        chosen = list(rows)
        self.state = {
            slot: {name: tensor[chosen] for name, tensor in tensors.items()} for slot, tensors in self.state.items()
        }

    @torch.no_grad()
    def step(self, parameters: Tensors, gradients: Tensors, values_FK: NDArray[np.float64]) -> None:
        """One update with these values, fields as in `schedules.FIELDS`. Parameters change in place."""
        self.steps += 1
        like = next(iter(parameters.values()))
        if self.settings.clip is not None:
            gradients = _clipped(gradients, self.settings.clip)
        update = {"sgd": self._sgd, "rmsprop": self._rmsprop}.get(self.settings.name, self._adam)
        update(parameters, gradients, values_FK, like)

    def _sgd(self, parameters: Tensors, gradients: Tensors, values_FK: NDArray[np.float64], like: Tensor) -> None:
        down, momentum, decay = _Column(-values_FK[0], like), _Column(values_FK[1], like), _Column(values_FK[2], like)
        for name, weight in parameters.items():
            gradient = _decayed(gradients[name], weight, decay)
            direction = gradient
            if momentum.any:
                buffer = self._moved(name, momentum, gradient)
                moved = torch.addcmul(gradient, buffer, momentum.over(buffer)) if self.settings.nesterov else buffer
                direction = moved if momentum.all else torch.where(momentum.over(weight) != 0, moved, gradient)
            weight.addcmul_(direction, down.over(weight))

    def _rmsprop(self, parameters: Tensors, gradients: Tensors, values_FK: NDArray[np.float64], like: Tensor) -> None:
        alpha, eps = self.settings.alpha, self.settings.eps
        down, momentum, decay = _Column(-values_FK[0], like), _Column(values_FK[1], like), _Column(values_FK[2], like)
        for name, weight in parameters.items():
            gradient = _decayed(gradients[name], weight, decay)
            square = self.state["square"][name].mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
            direction = scaled = gradient / square.sqrt().add_(eps)
            if momentum.any:
                moved = self._moved(name, momentum, scaled)
                direction = moved if momentum.all else torch.where(momentum.over(weight) != 0, moved, scaled)
            weight.addcmul_(direction, down.over(weight))

    def _adam(self, parameters: Tensors, gradients: Tensors, values_FK: NDArray[np.float64], like: Tensor) -> None:
        rate_K, beta1_K, decay_K = values_FK
        beta2, decoupled = self.settings.beta2, self.settings.name == "adamw"
        down = _Column(-rate_K / (1 - beta1_K**self.steps), like)
        fresh, decay = _Column(1 - beta1_K, like), _Column(decay_K, like)
        shrink = _Column(1 - rate_K * decay_K, like)
        root = (1 - beta2**self.steps) ** 0.5
        for name, weight in parameters.items():
            gradient = gradients[name]
            if decoupled and decay.any:
                weight.mul_(shrink.over(weight))
            elif not decoupled:
                gradient = _decayed(gradient, weight, decay)
            first = self.state["first"][name]
            first.lerp_(gradient, fresh.over(first))
            second = self.state["second"][name].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            weight.addcdiv_(first * down.over(first), (second.sqrt() / root).add_(self.settings.eps))

    def _moved(self, name: str, momentum: _Column, added: Tensor) -> Tensor:
        """The running direction after a step; torch leaves it alone where the momentum is 0, and so do we."""
        old = self.state["momentum"][name]
        if momentum.all:
            return old.mul_(momentum.over(old)).add_(added)
        moved = (old * momentum.over(old)).add_(added)
        self.state["momentum"][name] = torch.where(momentum.over(old) != 0, moved, old)
        return self.state["momentum"][name]


def _decayed(gradient: Tensor, weight: Tensor, decay: _Column) -> Tensor:
    """The gradient with weight decay in it."""
    return torch.addcmul(gradient, weight, decay.over(weight)) if decay.any else gradient


def _clipped(gradients: Tensors, limit: float) -> Tensors:
    """The gradients, those of each trial scaled down to a whole norm of at most the limit."""
    norms_PK = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients.values()])
    share_K = (limit / (norms_PK.norm(dim=0) + TINY)).clamp(max=1.0)
    return {name: gradient * share_K.view(-1, *(1,) * (gradient.ndim - 1)) for name, gradient in gradients.items()}
