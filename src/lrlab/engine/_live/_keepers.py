"""What a value was, kept so that it can be made so again: the same object with the same content.

A keeper is a function without arguments that gives the object back as it was. What is of no known kind keeps its
identity alone.
"""

import random
from collections import deque
from collections.abc import Callable, MutableMapping
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from torch import Tensor

Keeper: TypeAlias = Callable[[], Any]
DEEPEST = 6  # containers in containers


def keeper_of(value: Any, *, data: bool = True, depth: int = 0) -> Keeper:
    """The keeper of a value. data: whether tensors and arrays are kept by content; else only generators and the like.

    Containers are kept with what is in them.
    """
    if isinstance(value, Tensor):
        return _tensor_keeper(value) if data else lambda: value
    if isinstance(value, np.ndarray):
        return _array_keeper(cast("np.ndarray[Any, Any]", value)) if data else lambda: value
    if (generator := generator_keeper(value)) is not None:
        return generator
    if depth < DEEPEST and isinstance(value, list | deque | set | MutableMapping):
        return _container_keeper(cast("Any", value), data, depth + 1)
    if depth < DEEPEST and isinstance(value, tuple):
        return _tuple_keeper(cast("tuple[Any, ...]", value), data, depth + 1)
    return lambda: value


def generator_keeper(value: Any) -> Keeper | None:
    """The keeper of a generator of random numbers: torch's, numpy's or Python's; None for anything else."""
    if isinstance(value, torch.Generator):
        return _state_keeper(value, value.get_state(), value.set_state)
    if isinstance(value, random.Random):
        return _state_keeper(value, value.getstate(), value.setstate)
    if isinstance(value, np.random.RandomState):
        return _state_keeper(value, value.get_state(), value.set_state)
    if isinstance(value, np.random.Generator):
        bits = value.bit_generator
        return _state_keeper(value, bits.state, lambda state: setattr(bits, "state", state))
    return None


def attributes_keeper(owner: Any, *, data: bool, apart: frozenset[str] = frozenset()) -> Keeper:
    """The keeper of an object's attributes, but those whose names are in `apart`."""
    held = vars(owner)
    keepers = {name: keeper_of(value, data=data) for name, value in held.items() if name not in apart}

    def restore() -> Any:
        for name in [name for name in held if name not in keepers and name not in apart]:
            del held[name]
        held.update({name: keeper() for name, keeper in keepers.items()})  # past `__setattr__`, which may refuse
        return owner

    return restore


def _state_keeper(value: Any, state: Any, put: Callable[[Any], object]) -> Keeper:
    def restore() -> Any:
        put(state)
        return value

    return restore


def _tensor_keeper(value: Tensor) -> Keeper:
    content = value.detach().clone()

    def restore() -> Tensor:
        with torch.no_grad():
            value.copy_(content)
        return value

    return restore


def _array_keeper(value: "np.ndarray[Any, Any]") -> Keeper:
    content = value.copy()

    def restore() -> Any:
        if value.flags.writeable:
            value[...] = content
        return value

    return restore


def _tuple_keeper(value: tuple[Any, ...], data: bool, depth: int) -> Keeper:
    keepers = [keeper_of(part, data=data, depth=depth) for part in value]

    def restore() -> Any:
        for keeper in keepers:
            keeper()
        return value

    return restore


def _container_keeper(value: Any, data: bool, depth: int) -> Keeper:
    """A list, deque, set or mapping, filled again with what it held."""
    if isinstance(value, MutableMapping):
        named = {key: keeper_of(part, data=data, depth=depth) for key, part in value.items()}
    else:
        named = dict(enumerate(keeper_of(part, data=data, depth=depth) for part in value))

    def restore() -> Any:
        content = {key: keeper() for key, keeper in named.items()}
        value.clear()
        if isinstance(value, list | deque):
            value.extend(content.values())
        elif isinstance(value, set):
            value.update(content.values())
        else:
            value.update(content)
        return value

    return restore
