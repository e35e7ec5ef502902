"""The range test on live objects: the user's own model, optimizer, loader and loss, all as before when it is over."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter
from torch.optim import Optimizer

from ..errors import StudyError
from ..spec import OPTIMIZERS, RangeTest
from ._live_batches import Shelf, check_loader, fill
from ._live_optimizer import check_optimizer, optimizer_at, step_quietly
from ._live_state import LiveState, reseed, restored
from ._range_test import Measured, Trained, checked_count, checked_rates, test_range, usual_rates

FEWEST_UPDATES = 10
USUAL_UPDATES = 100
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


def find_live_rate(
    model: object,
    optimizer: object,
    loader: object,
    loss: Callable[..., Any] | None,
    *,
    batch_loss: Callable[[Any, Any], Any] | None,
    rates: Sequence[float] | None,
    updates: int,
    orders: int,
) -> RangeTest:
    """The range test on live objects; the arguments are those of `lrlab.find`. All of them are restored, however it ends.

    Raises StudyError for what cannot be trained, and what the user's own code raises.
    """
    live = _checked_objects(model, optimizer, loader, loss, batch_loss)
    checked_count("updates", updates, FEWEST_UPDATES, "fewer say nothing; leave it out for 100")
    checked_count("orders", orders, 2, "one cannot show its noise; leave it out for 3")
    kind = type(live.optimizer).__name__
    usual = usual_rates(kind.lower() if kind.lower() in OPTIMIZERS else "adam")
    begin = usual if rates is None else checked_rates(rates)
    modules = [part for part in (live.model, loss, batch_loss) if isinstance(part, nn.Module)]
    parameters = [parameter for group in live.optimizer.param_groups for parameter in group["params"]]
    state = LiveState(modules, parameters, loader)
    with restored(state), Shelf() as shelf, torch.enable_grad():
        reseed(0)
        fill(shelf, live.loader, orders * updates)
        run = _LiveRun(live, state, shelf, updates, orders)
        of = type(live.model).__name__
        what = Trained(of, kind, "training loss", updates, tuple(range(orders)))
        untrained = run.losses_untrained()
        return test_range(begin, lambda more: Measured({rate: run.losses_at(rate) for rate in more}, untrained), what)


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
        raise StudyError("loss and batch_loss were both given; give one: loss(outputs, targets), or batch_loss(model, b)")
    for name, function in (("loss", loss), ("batch_loss", batch_loss)):
        if function is not None and not callable(cast("object", function)):
            raise StudyError(f"{name} is a function, but got {type(function).__name__}; give nn.CrossEntropyLoss()")
    return LiveObjects(model, check_optimizer(optimizer), check_loader(loader), loss, batch_loss)


class _LiveRun:
    """Trainings from the same start over the same batches, one for each rate and order."""

    def __init__(self, live: LiveObjects, state: LiveState, shelf: Shelf, updates: int, orders: int) -> None:
        self.live, self.state, self.shelf = live, state, shelf
        self.updates, self.orders = updates, orders
        self.last = max(updates // LAST, 1)

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
                    loss.backward()
                return loss.detach()

            losses.append(step_quietly(optimizer, closure))
            if not math.isfinite(losses[-1]):
                return None
        return sum(losses[-self.last :]) / self.last

    def _loss_of(self, order: int, number: int) -> Tensor:
        batch = self.shelf.get(order * self.updates + number, self.live.device)
        loss = _loss_of_batch(self.live, batch)
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            shape = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
            raise StudyError(f"a loss is one number in a tensor, but got {shape}; take its mean")
        return loss.reshape(())


def _loss_of_batch(live: LiveObjects, batch: Any) -> Any:
    """The loss of a batch: by the user's function of it, of outputs and targets, or as the outputs carry it."""
    if live.batch_loss is not None:
        return live.batch_loss(live.model, batch)
    if live.loss is None:
        outputs = live.model(**batch) if isinstance(batch, Mapping) else live.model(*_as_parts(batch))
        carried = cast("Any", outputs)["loss"] if isinstance(outputs, Mapping) else getattr(outputs, "loss", None)
        if carried is None:
            raise StudyError("no loss was given, and the model's outputs carry none; give loss, or batch_loss")
        return carried
    parts = _as_parts(batch)
    if isinstance(batch, Mapping) or len(parts) < 2:
        raise StudyError(
            f"loss(outputs, targets) takes batches of inputs and targets, but a batch is {type(batch).__name__}; write "
            f'batch_loss=lambda model, batch: loss(model(batch["inputs"]), batch["targets"])'
        )
    outputs, targets = live.model(*parts[:-1]), parts[-1]
    if isinstance(outputs, Tensor) and isinstance(targets, Tensor):
        targets = targets.to(outputs.device)
    return live.loss(outputs, targets)


def _as_parts(batch: Any) -> list[Any]:
    return list(batch) if isinstance(batch, tuple | list) else [batch]
