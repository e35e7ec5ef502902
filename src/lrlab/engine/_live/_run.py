"""Trainings on live objects: the user's own model, optimizer, loader and loss, all as before when they are over."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.optim import Optimizer

from ...errors import StudyError
from ._batches import Shelf, check_loader, fill
from ._optimizer import check_optimizer, optimizer_at, step_quietly
from ._state import LiveState, reseed, restored

LAST = 4  # the loss after k updates is the mean of the last k / 4


class LiveObjects(NamedTuple):
    """What is trained. loss: of outputs and targets; None: the outputs carry it. batch_loss: of model and batch."""

    model: nn.Module
    optimizer: Optimizer
    loader: Any
    loss: Callable[..., Any] | None
    batch_loss: Callable[[Any, Any], Any] | None

    @property
    def device(self) -> torch.device:
        """Where batches go: to the model's first parameter."""
        return next(self.model.parameters()).device


@contextmanager
def live_run(
    model: object,
    optimizer: object,
    loader: object,
    loss: Callable[..., Any] | None,
    batch_loss: Callable[[Any, Any], Any] | None,
    updates: int,
    orders: int,
) -> Iterator["LiveRun"]:
    """Trainings of so many updates on live objects, over several orders of batches; all is restored, however it ends.

    loss, batch_loss: as in `LiveObjects`. Raises StudyError for what cannot be trained.
    """
    live = _checked_objects(model, optimizer, loader, loss, batch_loss)
    state = LiveState([model, loss, batch_loss], live.optimizer, loader)
    with restored(state), Shelf() as shelf, torch.inference_mode(False), torch.enable_grad():
        reseed(0)
        fill(shelf, live.loader, orders * updates)
        yield LiveRun(live, state, shelf, updates, orders)


def _order_of(order: int, updates: int) -> list[int]:
    """Which batches an order trains on: its own; all but the first shuffled, for a loader may give the same again."""
    first = order * updates
    if order == 0:
        return list(range(updates))
    return [first + place for place in np.random.default_rng(order).permutation(updates).tolist()]


def _checked_objects(
    model: object,
    optimizer: object,
    loader: object,
    loss: Callable[..., Any] | None,
    batch_loss: Callable[[Any, Any], Any] | None,
) -> LiveObjects:
    if not isinstance(model, nn.Module):
        raise StudyError(f"the model is a torch module, but got {type(model).__name__}; give one, or a task's name")
    tensors = list(model.parameters())
    if not tensors:
        raise StudyError(f"{type(model).__name__} has no parameters to train; give a model that has")
    if any(isinstance(tensor, UninitializedParameter) for tensor in tensors):
        raise StudyError(f"{type(model).__name__} is lazy and has no weights yet; run one batch through it first")
    if loss is not None and batch_loss is not None:
        raise StudyError(
            "loss and batch_loss were both given; give one: loss(outputs, targets), or batch_loss(model, b)"
        )
    for name, function in (("loss", loss), ("batch_loss", batch_loss)):
        if function is not None and not callable(cast("object", function)):
            raise StudyError(f"{name} is a function, but got {type(function).__name__}; give nn.CrossEntropyLoss()")
    checked = check_optimizer(optimizer)
    _check_trained(model, checked, [part for part in (loss, batch_loss) if isinstance(part, nn.Module)])
    return LiveObjects(model, checked, check_loader(loader), loss, batch_loss)


def _check_trained(model: nn.Module, optimizer: Optimizer, losses: list[nn.Module]) -> None:
    """Whether the optimizer trains anything of the model. Raises StudyError."""
    known = {id(tensor) for module in (model, *losses) for tensor in module.parameters()}
    held: list[Tensor] = [tensor for group in optimizer.param_groups for tensor in group["params"]]
    if not any(id(tensor) in known for tensor in held):
        raise StudyError(
            f"{type(optimizer).__name__} holds no parameter of {type(model).__name__}: it was made for another model; "
            f"write {type(optimizer).__name__}(model.parameters(), ...) after the model"
        )
    if not any(tensor.requires_grad for tensor in held):
        raise StudyError(
            "every parameter of the optimizer is frozen; set requires_grad_(True) on those that are to be trained"
        )


class LiveRun:
    """Trainings from the same start over the same batches, one for each rate and order."""

    def __init__(self, live: LiveObjects, state: LiveState, shelf: Shelf, updates: int, orders: int) -> None:
        self.live, self.state, self.shelf = live, state, shelf
        self.updates, self.orders = updates, orders
        self.last = max(updates // LAST, 1)
        self.places = [_order_of(order, updates) for order in range(orders)]

    def losses_at(self, rate: float) -> list[float | None]:
        """The loss after the updates at a rate, by order; None where it diverged."""
        return [self._train(rate, order) for order in range(self.orders)]

    def losses_untrained(self) -> list[float]:
        """The mean loss of the last batches of each order, before any update. Raises StudyError where not finite."""
        means: list[float] = []
        for order in range(self.orders):
            self._begin(order)
            with torch.no_grad():
                batches = range(self.updates - self.last, self.updates)
                losses = [float(self._loss_of(order, number).detach()) for number in batches]
            means.append(sum(losses) / len(losses))
            if not math.isfinite(means[-1]):
                raise StudyError(f"the loss is {means[-1]} before any training; mend the data, the model or the loss")
        return means

    def _begin(self, order: int) -> None:
        self.state.restore_model()
        if not self.live.model.training:
            self.live.model.train()
        reseed(order)

    def _train(self, rate: float, order: int) -> float | None:
        self._begin(order)
        optimizer, losses = optimizer_at(self.live.optimizer, rate), list[float]()
        for number in range(self.updates):

            def closure(number: int = number) -> Tensor:
                optimizer.zero_grad()
                with torch.enable_grad():
                    loss = self._loss_of(order, number)
                    _check_gradient(loss)
                    loss.backward()
                if len(losses) == number:  # an optimizer may ask more than once: the loss before the update counts
                    losses.append(float(loss.detach()))
                return loss.detach()

            step_quietly(optimizer, closure)
            if not math.isfinite(losses[-1]):
                return None
        return sum(losses[-self.last :]) / self.last

    def _loss_of(self, order: int, number: int) -> Tensor:
        batch = self.shelf.get(self.places[order][number], self.live.device)
        loss = _loss_of_batch(self.live, batch)
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            shape = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
            way = "take its mean" if isinstance(loss, Tensor) else "return the tensor, before .item()"
            raise StudyError(f"a loss is one number in a tensor, but got {shape}; {way}")
        return loss.reshape(())


def _check_gradient(loss: Tensor) -> None:
    if not loss.requires_grad:
        raise StudyError(
            "the loss has no gradient, so nothing can be trained on it; compute it from the model's outputs without "
            "detach, no_grad or inference_mode"
        )


def _loss_of_batch(live: LiveObjects, batch: Any) -> Any:
    """The loss of a batch: by the user's function of it, of outputs and targets, or as the outputs carry it."""
    if live.batch_loss is not None:
        return live.batch_loss(live.model, batch)
    if live.loss is None and isinstance(batch, Mapping):
        outputs = live.model(**batch)
        carried = cast("Any", outputs)["loss"] if isinstance(outputs, Mapping) else getattr(outputs, "loss", None)
        if carried is None:
            raise StudyError("no loss was given, and the model's outputs carry none; give loss, or batch_loss")
        return carried
    if live.loss is None:
        raise StudyError(
            "no loss was given; write find(model, optimizer, loader, nn.CrossEntropyLoss()), or where the outputs "
            "carry it batch_loss=lambda model, batch: model(*batch).loss"
        )
    parts = cast("list[Any]", list(batch)) if isinstance(batch, tuple | list) else []
    if len(parts) < 2:
        raise StudyError(
            f"loss(outputs, targets) takes batches of inputs and targets, but a batch is {type(batch).__name__}; write "
            f'batch_loss=lambda model, batch: loss(model(batch["inputs"]), batch["targets"])'
        )
    outputs, targets = live.model(*parts[:-1]), parts[-1]
    if isinstance(outputs, Tensor) and isinstance(targets, Tensor):
        targets = targets.to(outputs.device)
    return live.loss(outputs, targets)
