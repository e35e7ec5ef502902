"""The optimizers of `spec.OPTIMIZERS` over K trials at once: every tensor (K, ...), every rate its own trial's.

The arithmetic is torch.optim's, term for term, with a column of values where torch has one number. Nothing is summed
over the trials, so one that leaves the finite numbers changes no other.

Sources: torch.optim; Kingma & Ba 2015 (Adam), Loshchilov & Hutter 2019 (AdamW), Pascanu et al. 2013 (clipping).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..spec import OPTIMIZERS, Optimizer

Tensors = dict[str, Tensor]
TINY = 1e-6  # what torch's clipping adds to the norm


class Multiplier:
    """One value per trial, (K,), shaped to multiply a tensor (K, ...). any, all: whether they are not zero."""

    def __init__(self, values_K: Tensor, any_: bool, all_: bool) -> None:
        self.values_K, self.any, self.all = values_K, any_, all_

    def over(self, tensor: Tensor) -> Tensor:
        """(K, 1, ..., 1), as many axes as the tensor has."""
        return self.values_K.view(-1, *(1,) * (tensor.ndim - 1))


Multipliers = dict[str, Multiplier]


class StackOptimizer:
    """The optimizer of a stack. state[slot][parameter] is (K, ...) like the parameter.

    settings: those all trials share; momentum and weight decay come with each step.
    """

    def __init__(self, settings: Optimizer, parameters: Mapping[str, Tensor]) -> None:
        self.settings, self.steps = settings, 0
        self.state = {
            slot: {name: torch.zeros_like(tensor) for name, tensor in parameters.items()}
            for slot in OPTIMIZERS[settings.name].slots
        }

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all trials but these."""
        chosen = list(rows)
        self.state = {
            slot: {name: tensor[chosen] for name, tensor in tensors.items()} for slot, tensors in self.state.items()
        }

    def numbers(self, values_F: NDArray[np.float64], steps: int | NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
        """What an update multiplies by, from values (F, ...) with fields as in `schedules.FIELDS`; each of shape (...).

        steps: the number of the update, counted from 1 (Adam corrects its means by it).
        """
        return ARITHMETIC[self.settings.name].numbers(self.settings, values_F, steps)

    def multipliers(self, values_FK: NDArray[np.float64], like: Tensor) -> Multipliers:
        """The numbers of the next update, where `like` lies and as precise."""
        numbers = self.numbers(values_FK, self.steps + 1).items()
        return {
            name: Multiplier(_to_tensor(number_K, like), bool(number_K.any()), bool(number_K.all()))
            for name, number_K in numbers
        }

    @torch.no_grad()
    def step(self, parameters: Tensors, gradients: Tensors, multipliers: Multipliers) -> None:
        """One update with these multipliers. Parameters change in place."""
        self.steps += 1
        if self.settings.clip is not None:
            gradients = _clip_gradients(gradients, self.settings.clip)
        ARITHMETIC[self.settings.name].update(self, parameters, gradients, multipliers)

    def update_sgd(self, parameters: Tensors, gradients: Tensors, multipliers: Multipliers) -> None:
        """Momentum as torch has it: the running sum of gradients, not their mean."""
        down, momentum, decay = multipliers["down"], multipliers["momentum"], multipliers["decay"]
        for name, weight in parameters.items():
            gradient = _add_decay(gradients[name], weight, decay)
            direction = gradient
            if momentum.any:
                buffer = self._move_momentum(name, momentum, gradient)
                moved = torch.addcmul(gradient, buffer, momentum.over(buffer)) if self.settings.nesterov else buffer
                direction = moved if momentum.all else torch.where(momentum.over(weight) != 0, moved, gradient)
            weight.addcmul_(direction, down.over(weight))

    def update_rmsprop(self, parameters: Tensors, gradients: Tensors, multipliers: Multipliers) -> None:
        """The gradient over the root of its running mean square, with momentum after that."""
        alpha, eps = self.settings.alpha, self.settings.eps
        down, momentum, decay = multipliers["down"], multipliers["momentum"], multipliers["decay"]
        for name, weight in parameters.items():
            gradient = _add_decay(gradients[name], weight, decay)
            square = self.state["square"][name].mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
            direction = scaled = gradient / square.sqrt().add_(eps)
            if momentum.any:
                moved = self._move_momentum(name, momentum, scaled)
                direction = moved if momentum.all else torch.where(momentum.over(weight) != 0, moved, scaled)
            weight.addcmul_(direction, down.over(weight))

    def update_adam(self, parameters: Tensors, gradients: Tensors, multipliers: Multipliers) -> None:
        """Running means of the gradient and its square; weight decay apart from them under AdamW."""
        beta2, decoupled = self.settings.beta2, self.settings.name == "adamw"
        down, fresh, decay = multipliers["down"], multipliers["fresh"], multipliers["decay"]
        for name, weight in parameters.items():
            gradient = gradients[name]
            if decoupled and decay.any:
                weight.mul_(multipliers["shrink"].over(weight))
            elif not decoupled:
                gradient = _add_decay(gradient, weight, decay)
            first = self.state["first"][name]
            first.lerp_(gradient, fresh.over(first))
            second = self.state["second"][name].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            scale = (second.sqrt() / multipliers["root"].over(second)).add_(self.settings.eps)
            weight.addcdiv_(first * down.over(first), scale)

    def _move_momentum(self, name: str, momentum: Multiplier, added: Tensor) -> Tensor:
        """The running direction after a step; torch leaves it alone where the momentum is 0, and so do we."""
        old = self.state["momentum"][name]
        if momentum.all:
            return old.mul_(momentum.over(old)).add_(added)
        moved = (old * momentum.over(old)).add_(added)
        return old.copy_(torch.where(momentum.over(old) != 0, moved, old))


FieldValues = NDArray[np.float64]
UpdateNumbers = dict[str, NDArray[np.float64]]


class Arithmetic(NamedTuple):
    """An optimizer's update: what it multiplies by (see `StackOptimizer.numbers`), and the update itself."""

    numbers: Callable[[Optimizer, FieldValues, int | NDArray[np.int64]], UpdateNumbers]
    update: Callable[[StackOptimizer, Tensors, Tensors, Multipliers], None]


def _momentum_numbers(settings: Optimizer, values_F: FieldValues, steps: int | NDArray[np.int64]) -> UpdateNumbers:  # noqa: ARG001
    rate, momentum, decay = values_F
    return {"down": -rate, "momentum": momentum, "decay": decay}


def _adam_numbers(settings: Optimizer, values_F: FieldValues, steps: int | NDArray[np.int64]) -> UpdateNumbers:
    rate, momentum, decay = values_F
    return {
        "down": -rate / (1 - momentum**steps),
        "fresh": 1 - momentum,
        "decay": decay,
        "shrink": 1 - rate * decay,
        "root": np.zeros(rate.shape) + np.sqrt(1 - settings.beta2 ** np.asarray(steps, dtype=np.float64)),
    }


ARITHMETIC = {
    "sgd": Arithmetic(_momentum_numbers, StackOptimizer.update_sgd),
    "rmsprop": Arithmetic(_momentum_numbers, StackOptimizer.update_rmsprop),
    "adam": Arithmetic(_adam_numbers, StackOptimizer.update_adam),
    "adamw": Arithmetic(_adam_numbers, StackOptimizer.update_adam),
}


def _to_tensor(numbers: NDArray[np.float64], like: Tensor) -> Tensor:
    return torch.tensor(numbers, dtype=like.dtype, device=like.device)


def _add_decay(gradient: Tensor, weight: Tensor, decay: Multiplier) -> Tensor:
    """The gradient with weight decay in it."""
    return torch.addcmul(gradient, weight, decay.over(weight)) if decay.any else gradient


def _clip_gradients(gradients: Tensors, limit: float) -> Tensors:
    """The gradients, those of each trial scaled down to a whole norm of at most the limit."""
    norms_PK = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients.values()])
    share_K = (limit / (norms_PK.norm(dim=0) + TINY)).clamp(max=1.0)
    return {name: gradient * share_K.view(-1, *(1,) * (gradient.ndim - 1)) for name, gradient in gradients.items()}
