"""All that training on live objects changes, kept and restored bit for bit: also after Ctrl-C and any error."""

import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer

from ._keepers import Keeper, attributes_keeper, keeper_of
from ._objects import OF_MODULES, objects_within
from ._optimizer import torchs_attributes

OF_LOADERS = 1 << 20  # bytes of a tensor or array that a loader's objects hold: larger ones are data, and not copied
NO_ITERATOR = "give a list of batches: list(itertools.islice(loader, 100)); or make it in __iter__"
NO_COUNTER = "count in a number in its place"


class LiveState:
    """Where modules, parameters, a loader and every global generator stand; `restore` makes it so again.

    roots: the model, the loss, and whatever else is of the user's own. optimizer: whose copies are stepped.
    """

    def __init__(self, roots: Sequence[object], optimizer: Optimizer, loader: object) -> None:
        of_loader = objects_within([loader], NO_ITERATOR)
        own = [value for name, value in vars(optimizer).items() if name not in torchs_attributes()]
        found = objects_within([*roots, *own], NO_COUNTER, but=of_loader.objects)
        parts = list(dict.fromkeys(part for module in found.modules + of_loader.modules for part in module.modules()))
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        held = [*parameters, *(tensor for part in parts for tensor in part.parameters(recurse=False))]
        self._gradients = [(tensor, tensor.grad) for tensor in dict.fromkeys(held)]
        self._keepers = [keeper_of(tensor) for tensor, _ in self._gradients]
        self._keepers += [keeper for part in parts for keeper in _module_keepers(part)]
        self._keepers += [attributes_keeper(owner) for owner in found.objects]
        self._keepers.append(attributes_keeper(optimizer, apart=torchs_attributes()))
        self._loader = [attributes_keeper(owner, most=OF_LOADERS) for owner in of_loader.objects]
        self._generators = _global_keepers()

    def restore_model(self) -> None:
        """Parameters, buffers and attributes of the modules as they were; gradients are set to None."""
        for tensor, _ in self._gradients:
            tensor.grad = None
        for keeper in self._keepers:
            keeper()

    def restore(self) -> None:
        """All of it as it was, gradients too."""
        self.restore_model()
        for tensor, gradient in self._gradients:
            tensor.grad = gradient
        for keeper in [*self._loader, *self._generators]:
            keeper()


@contextmanager
def restored(state: LiveState) -> Iterator[None]:
    """Restore the state however the block ends; an interruption meanwhile waits until that is done."""
    try:
        yield
    finally:
        with _interruptions_waiting():
            state.restore()


@contextmanager
def _interruptions_waiting() -> Iterator[None]:
    """Ctrl-C within the block is raised behind it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt


def reseed(order: int) -> None:
    """Every global generator at the start of an order's stream: dropout draws the same at every rate."""
    random.seed(order)
    np.random.seed(order)  # noqa: NPY002  it is this one that users' code draws from
    torch.manual_seed(order)


def _module_keepers(part: nn.Module) -> list[Keeper]:
    """Of one module without those inside it: buffers, parameters by name, whether it trains, attributes of its own."""
    tables: list[dict[str, Any]] = [part._buffers, part._parameters]  # pyright: ignore[reportPrivateUsage]
    return [attributes_keeper(part, apart=OF_MODULES), *(keeper_of(table) for table in tables)]


def _global_keepers() -> list[Keeper]:
    """Of Python's, numpy's and torch's own generators, on every device in use."""
    numbers = np.random.get_state()  # noqa: NPY002
    states: list[tuple[Callable[[Any], object], Any]] = [
        (random.setstate, random.getstate()),
        (np.random.set_state, numbers),
        (torch.set_rng_state, torch.get_rng_state()),
    ]
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        states.append((torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all()))
    if torch.backends.mps.is_available():
        states.append((torch.mps.set_rng_state, torch.mps.get_rng_state()))
    return [lambda put=put, state=state: put(state) for put, state in states]
