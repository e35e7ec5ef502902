"""All that training on live objects changes, kept and restored bit for bit: also after Ctrl-C and any error."""

import random
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from ._keepers import Keeper, attributes_keeper, keeper_of

OF_MODULES = frozenset(vars(nn.Module())) - {"training"}  # torch's own attributes of a module: parts and hooks
MOST_OBJECTS = 500  # of a loader
NO_PARTS = (nn.Module, ModuleType, FunctionType, MethodType, type, torch.Tensor, np.ndarray)


class LiveState:
    """Where modules, parameters, a loader and every global generator stand; `restore` makes it so again.

    modules: the model, and a loss that is a module. parameters: what the optimizer holds beside these.
    """

    def __init__(self, modules: Iterable[nn.Module], parameters: Iterable[torch.Tensor], loader: object) -> None:
        parts = list(dict.fromkeys(part for module in modules for part in module.modules()))
        held = [*parameters, *(tensor for part in parts for tensor in part.parameters(recurse=False))]
        self._gradients = [(tensor, tensor.grad) for tensor in dict.fromkeys(held)]
        self._keepers = [keeper_of(tensor) for tensor, _ in self._gradients]
        self._keepers += [keeper for part in parts for keeper in _module_keepers(part)]
        self._loader = _loader_keepers(loader)
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
    return [attributes_keeper(part, data=True, apart=OF_MODULES), *(keeper_of(table) for table in tables)]


def _loader_keepers(loader: object) -> list[Keeper]:
    """Generators, counters and small containers of a loader, its samplers, its data set and their parts.

    Examples themselves are not copied. Worker processes that stay are set aside, and taken up again.
    """
    seen: dict[int, object] = {}
    waiting = [loader]
    while waiting and len(seen) < MOST_OBJECTS:
        owner = waiting.pop(0)
        if id(owner) in seen or not hasattr(owner, "__dict__") or isinstance(owner, NO_PARTS):
            continue
        seen[id(owner)] = owner
        waiting += vars(owner).values()
    return [attributes_keeper(owner, data=False) for owner in seen.values()]


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
