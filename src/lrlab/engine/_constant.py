"""The best constant prediction for a loss of any kind: fitted to the training labels through it. Suffix C: classes.

A constant has the shape of the outputs with 1 for the examples, and for the axes along which it is the same.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from ..tasks import Task, spread_positions
from ._measure import loss_of

EXAMPLES = 2000  # training examples that a fit looks at, at most,
NUMBERS = 1_000_000  # and as many numbers of theirs; of large outputs it looks at fewer examples
PLACES = 4096  # numbers of a constant, at most
STEPS = 60  # of L-BFGS, a few looks at the loss each
FAR = 1e4  # times the largest label: a fit that ends beyond runs down a slope without end
SMALLEST = 1e-6  # share of a class or a label


def constants_of(task: Task, outputs: Tensor) -> Iterator[Tensor]:
    """Constants for outputs (N, ...) of the task's model: for each shape the guess its fit began with, and the fit.

    Shapes: one number for each position along axis 1; along the last axis; for all positions, where they are not too
    many. What cannot be fitted is left out: a loss may fail on constants, or have no gradients.
    """
    split, size = task.train, max(outputs[0].numel(), 1)
    chosen = spread_positions(len(split.labels), max(1, min(EXAMPLES, NUMBERS // size)))
    labels = split.labels.cpu()[chosen]
    for shape in dict.fromkeys(_constant_shapes(outputs)):
        if math.prod(shape) > PLACES:
            continue
        like = outputs.new_zeros(len(labels), *outputs.shape[1:])
        tried = [(_loss_of_constant(task, guess, like, labels), guess) for guess in _first_guesses(shape, like, labels)]
        value, start = min(tried, key=lambda pair: pair[0])
        if math.isfinite(value):
            yield start
            yield from _fit_constant(task, start, like, labels)


def _constant_shapes(outputs: Tensor) -> Iterator[tuple[int, ...]]:
    rest, ones = tuple(outputs.shape[1:]), (1,) * (outputs.ndim - 1)
    if rest:
        yield 1, rest[0], *ones[1:]
        yield 1, *ones[1:], rest[-1]
    yield 1, *rest


def _first_guesses(shape: tuple[int, ...], like: Tensor, labels: Tensor) -> Iterator[Tensor]:
    """Constants of a shape that are near the best for the usual losses; the first is 0."""
    yield like.new_zeros(shape)
    over = tuple(axis for axis, length in enumerate(shape) if length == 1) or (0,)
    if labels.numel() == like.numel():
        mean = labels.reshape(like.shape).to(like.dtype).mean(over, keepdim=True).expand(shape)
    else:
        mean = labels.to(like.dtype).mean().expand(shape)
    yield mean
    if labels.min() >= 0:
        yield mean.clamp(min=SMALLEST).log()  # of counts, as a rate
        if labels.max() <= 1:
            yield mean.clamp(SMALLEST, 1 - SMALLEST).logit()
    yield from _class_shares(shape, like, labels)


def _class_shares(shape: tuple[int, ...], like: Tensor, labels: Tensor) -> Iterator[Tensor]:
    """Logarithms of the shares of classes, where labels are class numbers for an axis of the outputs, of size C."""
    known = labels[labels >= 0].long()  # a label below 0 is one that the loss leaves out
    if labels.is_floating_point() or not len(known):
        return
    for axis in dict.fromkeys((1, like.ndim - 1)):
        rest = (*like.shape[:axis], *like.shape[axis + 1 :])
        if like.ndim > 1 and rest == labels.shape and shape[axis] > 1 and known.max() < shape[axis]:
            share_C = torch.bincount(known, minlength=shape[axis]).to(like.dtype) / len(known)
            column = (shape[axis], *(1,) * (like.ndim - 1 - axis))
            yield share_C.clamp(min=SMALLEST).log().view(column).expand(shape)


def _loss_of_constant(task: Task, constant: Tensor, like: Tensor, labels: Tensor) -> float:
    """The loss of a constant; infinite where there is none."""
    try:
        value = loss_of(task, spread_as(constant, like), labels).item()
    except Exception:
        return math.inf
    return value if math.isfinite(value) else math.inf


def spread_as(constant: Tensor, like: Tensor) -> Tensor:
    """The constant as outputs of this shape, in memory of their own: a metric may ask for a view, or write there."""
    return constant.expand_as(like).contiguous()


def _fit_constant(task: Task, start: Tensor, like: Tensor, labels: Tensor) -> Iterator[Tensor]:
    constant = start.clone().requires_grad_()
    search = torch.optim.LBFGS([constant], max_iter=STEPS, line_search_fn="strong_wolfe")

    def look() -> Tensor:
        with torch.enable_grad():
            loss = loss_of(task, spread_as(constant, like), labels)
            # Not `backward`: parameters of the loss itself are to get no gradients.
            (constant.grad,) = torch.autograd.grad(loss, constant)
        return loss.detach()

    try:
        search.step(look)
    except Exception:
        return
    if constant.abs().max() <= FAR * max(1.0, labels.abs().max().item()):  # not so where it is NaN
        yield constant.detach()
