"""The temperature of logits at which probabilities fit labels best."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

COLDEST, HOTTEST = 1e-2, 1e3  # temperatures that are searched
LIMIT = 1e-8  # of log T: where the search ends
GOLDEN = (math.sqrt(5) - 1) / 2


def log_loss_at(temperature: float, outputs: Tensor, labels: Tensor) -> float:
    """The mean of -log softmax(z / T) of the labels, in nats; in float64. outputs: (N, C) logits z. labels: (N,)."""
    return cross_entropy(outputs.double() / temperature, labels).item()


def fit_temperature(outputs: Tensor, labels: Tensor) -> float:
    """The temperature T in [0.01, 1000] of the lowest log loss, by golden section over log T.

    The log loss is convex in 1/T, so over log T it has one valley. outputs: (N, C) logits. labels: (N,).
    Where outputs are not finite nothing can be fitted: 1.
    """
    if not bool(outputs.isfinite().all()):
        return 1.0

    def look(log_temperature: float) -> float:
        return log_loss_at(math.exp(log_temperature), outputs, labels)

    with torch.no_grad():
        return math.exp(_lowest_place(look, math.log(COLDEST), math.log(HOTTEST)))


def _lowest_place(look: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley is lowest between two ends, to `LIMIT`."""
    one, other = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_one, at_other = look(one), look(other)
    while high - low > LIMIT:
        if at_one <= at_other:
            high, other, at_other = other, one, at_one
            one = high - GOLDEN * (high - low)
            at_one = look(one)
        else:
            low, one, at_one = one, other, at_other
            other = low + GOLDEN * (high - low)
            at_other = look(other)
    return (low + high) / 2
