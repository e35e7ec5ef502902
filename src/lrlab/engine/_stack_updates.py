"""The update of each optimizer over K trials: weights (K, ...) change in place, and what is kept of them too.

What is kept is written in place, for a recorded update reads it where it lies (`_replay.py`).
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ..spec import Optimizer
from ._plain_optimizers._muon import orthogonalize, scale_of
from ._plain_optimizers._prodigy import SMALLEST

Tensors = dict[str, Tensor]
State = dict[str, Tensors]


class Multiplier:
    """One value per trial, (K,), shaped to multiply a tensor (K, ...). any, all: whether they are not zero."""

    def __init__(self, values_K: Tensor, any_: bool, all_: bool) -> None:
        self.values_K, self.any, self.all = values_K, any_, all_

    def over(self, tensor: Tensor) -> Tensor:
        """(K, 1, ..., 1), as many axes as the tensor has."""
        return spread(self.values_K, tensor)


Multipliers = dict[str, Multiplier]


class Update(NamedTuple):
    """What one update of a group has: the shared settings, all that is kept, weights, gradients and numbers.

    weights: of the group alone. gradients: of all.
    """

    settings: Optimizer
    state: State
    weights: Tensors
    gradients: Tensors
    numbers: Multipliers


def spread(values_K: Tensor, tensor: Tensor) -> Tensor:
    """Values of each trial as (K, 1, ..., 1), as many axes as the tensor has and as precise."""
    return values_K.to(tensor.dtype).view(-1, *(1,) * (tensor.ndim - 1))


def rows_of(tensor: Tensor) -> Tensor:
    """The numbers of each trial in a row, (K, N); of a parameter that is one number too."""
    return tensor.reshape(len(tensor), -1)


def norms(tensor: Tensor) -> Tensor:
    """The Euclidean norm of each trial's part, (K,)."""
    return rows_of(tensor).norm(dim=1)


def start_zeros(slots: Sequence[str], weights: Tensors) -> State:
    """Zeros in every slot."""
    return {slot: {name: torch.zeros_like(tensor) for name, tensor in weights.items()} for slot in slots}


def _per_trial(weights: Tensors, value: float) -> Tensor:
    """A number of each trial, (K,) float64."""
    first = next(iter(weights.values()))
    return torch.full((len(first),), value, dtype=torch.float64, device=first.device)


def update_sgd(update: Update) -> None:
    """Momentum as torch has it: the running sum of gradients, not their mean."""
    down, momentum, decay = (update.numbers[name] for name in ("down", "momentum", "decay"))
    for name, weight in update.weights.items():
        gradient = _add_decay(update.gradients[name], weight, decay)
        direction = gradient
        if momentum.any:
            buffer = _move_momentum(update.state["momentum"][name], momentum, gradient)
            nesterov = update.settings.nesterov
            moved = torch.addcmul(gradient, buffer, momentum.over(buffer)) if nesterov else buffer
            direction = moved if momentum.all else torch.where(momentum.over(weight) != 0, moved, gradient)
        weight.addcmul_(direction, down.over(weight))


def update_rmsprop(update: Update) -> None:
    """The gradient over the root of its running mean square, with momentum after that."""
    alpha, eps = update.settings.alpha, update.settings.eps
    down, momentum, decay = (update.numbers[name] for name in ("down", "momentum", "decay"))
    for name, weight in update.weights.items():
        gradient = _add_decay(update.gradients[name], weight, decay)
        square = update.state["square"][name].mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
        direction = scaled = gradient / square.sqrt().add_(eps)
        if momentum.any:
            moved = _move_momentum(update.state["momentum"][name], momentum, scaled)
            direction = moved if momentum.all else torch.where(momentum.over(weight) != 0, moved, scaled)
        weight.addcmul_(direction, down.over(weight))


def update_adam(update: Update) -> None:
    """Running means of the gradient and its square; weight decay in the gradient."""
    for name, weight in update.weights.items():
        gradient = _add_decay(update.gradients[name], weight, update.numbers["decay"])
        _step_adam(update, name, weight, gradient)


def update_adamw(update: Update) -> None:
    """As Adam; weight decay apart from the means."""
    for name, weight in update.weights.items():
        if update.numbers["decay"].any:
            weight.mul_(update.numbers["shrink"].over(weight))
        _step_adam(update, name, weight, update.gradients[name])


def _step_adam(update: Update, name: str, weight: Tensor, gradient: Tensor) -> None:
    first, scale = _move_means(update, name, gradient)
    weight.addcmul_(torch.div(first, scale, out=scale), update.numbers["down"].over(first))


def _move_means(update: Update, name: str, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """The running mean of the gradient, and what it is divided by: memory of its own, to write on."""
    beta2 = update.settings.beta2
    first = update.state["first"][name]
    first.lerp_(gradient, update.numbers["fresh"].over(first))
    second = update.state["second"][name].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    return first, second.sqrt().div_(update.numbers["root"].over(second)).add_(update.settings.eps)


def start_nadam(slots: Sequence[str], weights: Tensors) -> State:
    """With the product of all momenta so far, of each trial."""
    return start_zeros(slots[:-1], weights) | {"trial": {"product": _per_trial(weights, 1.0)}}


def begin_nadam(update: Update) -> None:
    """One more momentum in the product."""
    update.state["trial"]["product"].mul_(update.numbers["now"].values_K)


def update_nadamw(update: Update) -> None:
    """Adam with Nesterov's momentum, which warms up (Dozat 2016), as torch has it."""
    product = update.state["trial"]["product"]
    down, now, ahead = (update.numbers[name].values_K.double() for name in ("down", "now", "next"))
    of_gradient, of_mean = down * (1 - now) / (1 - product), down * ahead / (1 - product * ahead)
    for name, weight in update.weights.items():
        gradient = update.gradients[name]
        weight.mul_(update.numbers["shrink"].over(weight))
        first, scale = _move_means(update, name, gradient)
        weight.addcdiv_(gradient * spread(of_gradient, weight), scale)
        weight.addcdiv_(first * spread(of_mean, weight), scale)


def update_radamw(update: Update) -> None:
    """Adam whose adaptive step waits until its variance is known (Liu et al. 2020), as torch has it."""
    beta2 = update.settings.beta2
    for name, weight in update.weights.items():
        gradient = update.gradients[name]
        weight.mul_(update.numbers["shrink"].over(weight))
        first = update.state["first"][name]
        first.lerp_(gradient, update.numbers["fresh"].over(first))
        second = update.state["second"][name].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        scaled = first / second.sqrt().add_(update.settings.eps)
        weight.addcmul_(scaled, update.numbers["rectified"].over(weight))
        weight.addcmul_(first, update.numbers["plain"].over(weight))


def update_lamb(update: Update) -> None:
    """Adam's direction, as long as the weights of its tensor (You et al. 2020)."""
    for name, weight in update.weights.items():
        first, scale = _move_means(update, name, update.gradients[name])
        direction = (first / update.numbers["correction"].over(first)) / scale
        direction.addcmul_(weight, update.numbers["decay"].over(weight))
        length_K, step_K = norms(weight), norms(direction)
        ratio_K = torch.where((length_K > 0) & (step_K > 0), length_K / step_K, torch.ones_like(step_K))
        weight.addcmul_(direction * spread(ratio_K, weight), update.numbers["down"].over(weight))


def start_adafactor(slots: Sequence[str], weights: Tensors) -> State:
    """Of a matrix, or a stack of matrices, the mean squares of rows and columns; of all else every square."""
    row, column, square = slots
    matrices = {name: tensor for name, tensor in weights.items() if tensor.ndim > 2}
    return {
        row: {name: torch.zeros_like(tensor[..., :1]) for name, tensor in matrices.items()},
        column: {name: torch.zeros_like(tensor[..., :1, :]) for name, tensor in matrices.items()},
        square: {name: torch.zeros_like(tensor) for name, tensor in weights.items() if name not in matrices},
    }


def update_adafactor(update: Update) -> None:
    """Shazeer & Stern 2018, as torch has it: a step in units of the weights' size, its length at most 1."""
    for name, weight in update.weights.items():
        gradient = update.gradients[name]
        eps = torch.finfo(weight.dtype).eps
        weight_rms_K = norms(weight) / weight[0].numel() ** 0.5
        weight.mul_(update.numbers["shrink"].over(weight))
        square = _mean_square(update, name, gradient, eps).clamp(min=eps * eps)
        direction = gradient * square.rsqrt()
        length_K = (norms(direction) / weight[0].numel() ** 0.5).clamp(min=1.0)
        size_K = weight_rms_K.clamp(min=1e-3) * update.numbers["down"].values_K / length_K
        weight.addcmul_(direction, spread(size_K, weight))


def _mean_square(update: Update, name: str, gradient: Tensor, eps: float) -> Tensor:
    """The running mean of the gradient's square; of a matrix as the product of those of its rows and columns."""
    fresh = update.numbers["fresh"].over(gradient)
    if name in update.state["square"]:
        return update.state["square"][name].lerp_(gradient * gradient, fresh).clone()
    row, column = update.state["row"][name], update.state["column"][name]
    row.lerp_(gradient.norm(dim=-1, keepdim=True).square() / gradient.shape[-1], fresh)
    column.lerp_(gradient.norm(dim=-2, keepdim=True).square() / gradient.shape[-2], fresh)
    return (row @ column) / row.mean(dim=-2, keepdim=True).clamp(min=eps)


def update_lion(update: Update) -> None:
    """Every weight by the whole rate, along the sign of momentum with the gradient (Chen et al. 2023)."""
    beta2 = update.settings.beta2
    for name, weight in update.weights.items():
        gradient, first = update.gradients[name], update.state["first"][name]
        weight.mul_(update.numbers["shrink"].over(weight))
        sign = first.lerp(gradient, update.numbers["fresh"].over(first)).sign_()
        weight.addcmul_(sign, update.numbers["down"].over(weight))
        first.lerp_(gradient, 1 - beta2)


def update_signum(update: Update) -> None:
    """Every weight by the whole rate, along the sign of momentum (Bernstein et al. 2018)."""
    for name, weight in update.weights.items():
        first = update.state["first"][name]
        weight.mul_(update.numbers["shrink"].over(weight))
        first.lerp_(update.gradients[name], update.numbers["fresh"].over(first))
        weight.addcmul_(first.sign(), update.numbers["down"].over(weight))


def update_muon(update: Update) -> None:
    """Of matrices: momentum made orthogonal, all trials at once (Jordan et al. 2024, Liu et al. 2025)."""
    whole, momentum, fresh = (update.numbers[name] for name in ("whole", "momentum", "fresh"))
    for name, weight in update.weights.items():
        gradient, first = update.gradients[name], update.state["first"][name]
        weight.mul_(update.numbers["shrink"].over(weight))
        first.lerp_(gradient, fresh.over(first))
        direction = gradient.lerp(first, momentum.over(first)) if update.settings.nesterov else first
        matrices = direction.flatten(2)
        step = orthogonalize(matrices).reshape(weight.shape)
        weight.addcmul_(step * scale_of(*matrices.shape[1:]), whole.over(weight))


def start_schedule_free(slots: Sequence[str], weights: Tensors) -> State:
    """Both iterates begin at the weights."""
    zeros = start_zeros([slot for slot in slots if slot == "second"], weights)
    copies = {slot: {name: tensor.clone() for name, tensor in weights.items()} for slot in ("fast", "mean")}
    numbers = {name: _per_trial(weights, 0.0) for name in ("largest", "weights", "share")}
    return {slot: (copies | zeros | {"trial": numbers})[slot] for slot in slots}


def begin_schedule_free(update: Update) -> None:
    """The share of this update in the mean, of each trial: of all squares of the largest rate so far."""
    held = update.state["trial"]
    held["largest"].copy_(torch.maximum(held["largest"], update.numbers["rate"].values_K.double()))
    square = held["largest"].square()
    held["weights"].add_(square)
    held["share"].copy_(torch.where(held["weights"] > 0, square / held["weights"], torch.zeros_like(square)))


def update_schedule_free(update: Update) -> None:
    """Gradients between a fast iterate and its mean (Defazio et al. 2024)."""
    share = update.state["trial"]["share"]
    for name, weight in update.weights.items():
        direction = update.gradients[name]
        if "second" in update.state:
            beta2 = update.settings.beta2
            second = update.state["second"][name].mul_(beta2).addcmul_(direction, direction, value=1 - beta2)
            root = update.numbers["root"].over(second)
            direction = direction / (second.sqrt() / root).add_(update.settings.eps)
        direction = torch.addcmul(direction, weight, update.numbers["decay"].over(weight))
        fast = update.state["fast"][name].addcmul_(direction, update.numbers["down"].over(weight))
        mean = update.state["mean"][name].lerp_(fast, spread(share, fast))
        weight.copy_(fast.lerp(mean, update.numbers["momentum"].over(mean)))


def start_prodigy(slots: Sequence[str], weights: Tensors) -> State:
    """The initial weights are kept, and of each trial the distance estimated."""
    zeros = start_zeros([slot for slot in slots if slot not in ("start", "trial")], weights)
    start = {"start": {name: tensor.clone() for name, tensor in weights.items()}}
    numbers = {name: _per_trial(weights, value) for name, value in (("distance", SMALLEST), ("numerator", 0.0))}
    return {slot: (zeros | start | {"trial": numbers | {"step": _per_trial(weights, 0.0)}})[slot] for slot in slots}


def begin_prodigy(update: Update) -> None:
    """The means and the distance of each trial, over all parameters; a trial whose rate is 0 stays as it is.

    step: what the update is multiplied by, the rate times the distance before it.
    """
    held, beta2 = update.state["trial"], update.settings.beta2
    rate_K, distance_K = update.numbers["rate"].values_K.double(), held["distance"].clone()
    moving_K = rate_K != 0
    moved_K, size_K = torch.zeros_like(rate_K), torch.zeros_like(rate_K)
    for name, weight in update.weights.items():
        gradient = update.gradients[name]
        gap = update.state["start"][name].double() - weight.double()
        moved_K += rows_of(gradient.double() * gap).sum(1)
        _move_scaled_means(update, name, distance_K, moving_K)
        size_K += rows_of(update.state["sum"][name].abs().double()).sum(1)
    moving_K = moving_K & (size_K != 0)
    added_K = distance_K / SMALLEST * distance_K * rate_K * moved_K
    numerator_K = beta2**0.5 * held["numerator"] + added_K
    held["numerator"].copy_(torch.where(moving_K, numerator_K, held["numerator"]))
    farther_K = torch.fmax(distance_K, numerator_K / size_K)
    held["distance"].copy_(torch.where(moving_K, farther_K, distance_K))
    held["step"].copy_(torch.where(moving_K, distance_K * rate_K, torch.zeros_like(rate_K)))


def _move_scaled_means(update: Update, name: str, distance_K: Tensor, moving_K: Tensor) -> None:
    """The means of the scaled gradient and its square, and the sum of gradients, of the trials that move."""
    gradient, beta2, momentum = update.gradients[name], update.settings.beta2, update.numbers["momentum"]
    moving, fresh_K = spread(moving_K, gradient) != 0, update.numbers["fresh"].values_K.double()
    first, second, summed = (update.state[slot][name] for slot in ("first", "second", "sum"))
    moved = (first * momentum.over(first)).addcmul_(gradient, spread(distance_K * fresh_K, gradient))
    first.copy_(torch.where(moving, moved, first))
    square = gradient * gradient * spread(distance_K.square() * (1 - beta2), gradient)
    second.copy_(torch.where(moving, second * beta2 + square, second))
    added = torch.addcmul(summed * beta2**0.5, gradient, spread(distance_K.square() / SMALLEST, gradient))
    summed.copy_(torch.where(moving, added, summed))


def update_prodigy(update: Update) -> None:
    """AdamW with a rate that each trial finds (Mishchenko & Defazio 2024)."""
    held = update.state["trial"]
    decay_K = update.numbers["decay"].values_K.double()
    for name, weight in update.weights.items():
        eps = spread(held["distance"] * update.settings.eps, weight)
        scale = update.state["second"][name].sqrt().add_(eps)
        weight.mul_(spread(1 - held["step"] * decay_K, weight))
        direction = update.state["first"][name] / scale
        still = spread(held["step"], weight) == 0
        weight.sub_(torch.where(still, torch.zeros_like(direction), direction * spread(held["step"], weight)))


def _move_momentum(old: Tensor, momentum: Multiplier, added: Tensor) -> Tensor:
    """The running direction after a step; torch leaves it alone where the momentum is 0, and so do we."""
    if momentum.all:
        return old.mul_(momentum.over(old)).add_(added)
    moved = (old * momentum.over(old)).add_(added)
    return old.copy_(torch.where(momentum.over(old) != 0, moved, old))


def _add_decay(gradient: Tensor, weight: Tensor, decay: Multiplier) -> Tensor:
    """The gradient with weight decay in it."""
    return torch.addcmul(gradient, weight, decay.over(weight)) if decay.any else gradient
