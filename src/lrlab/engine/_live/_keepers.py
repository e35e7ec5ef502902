"""What a value was, kept so that it can be made so again: the same object with the same content.

A keeper is a function without arguments that gives the object back as it was. What is of no known kind keeps its
identity alone.
"""

import io
import random
from collections import deque
from collections.abc import Callable, MutableMapping
from math import inf
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from torch import Tensor

from ...errors import StudyError
from ._objects import slots_of

Keeper: TypeAlias = Callable[[], Any]
DEEPEST = 6  # containers in containers


def keeper_of(value: Any, *, most: float = inf, depth: int = 0) -> Keeper:
    """The keeper of a value. most: bytes of a tensor or array that is kept by content; larger ones are left.

    Containers are kept with what is in them.
    """
    if isinstance(value, Tensor):
        return _tensor_keeper(value) if value.numel() * value.element_size() <= most else lambda: value
    if isinstance(value, np.ndarray):
        array = cast("np.ndarray[Any, Any]", value)
        return _array_keeper(array) if array.nbytes <= most else lambda: value
    if (generator := generator_keeper(value)) is not None:
        return generator
    if isinstance(value, io.IOBase):
        return _file_keeper(value)
    if depth < DEEPEST and isinstance(value, list | deque | set | MutableMapping):
        return _container_keeper(cast("Any", value), most, depth + 1)
    if depth < DEEPEST and isinstance(value, tuple):
        return _tuple_keeper(cast("tuple[Any, ...]", value), most, depth + 1)
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


def attributes_keeper(owner: Any, *, most: float = inf, apart: frozenset[str] = frozenset()) -> Keeper:
    """The keeper of an object's attributes, but those whose names are in `apart`."""
    held: dict[str, Any] = vars(owner) if hasattr(owner, "__dict__") else {}
    keepers = {name: keeper_of(value, most=most) for name, value in held.items() if name not in apart}
    slots = {name: keeper_of(getattr(owner, name), most=most) for name in slots_of(owner)}

    def restore() -> Any:
        for name in [name for name in held if name not in keepers and name not in apart]:
            del held[name]
        held.update({name: keeper() for name, keeper in keepers.items()})  # past `__setattr__`, which may refuse
        for name, keeper in slots.items():
            object.__setattr__(owner, name, keeper())
        return owner

    return restore


def _state_keeper(value: Any, state: Any, put: Callable[[Any], object]) -> Keeper:
    def restore() -> Any:
        put(state)
        return value

    return restore


def _tensor_keeper(value: Tensor) -> Keeper:
    content = _once_each(value.detach()).clone()

    def restore() -> Tensor:
        with torch.no_grad():
            _once_each(value.detach()).copy_(content)
        return value

    return restore


def _once_each(value: Tensor) -> Tensor:
    """A tensor without the repetitions of one that was expanded, which cannot be written to."""
    if value.layout == torch.strided:
        for axis, (size, step) in enumerate(zip(value.shape, value.stride(), strict=True)):
            if step == 0 and size > 1:
                value = value.narrow(axis, 0, 1)
    return value


def _file_keeper(value: io.IOBase) -> Keeper:
    """Of a file that is only read; one that is written to would lose what it says meanwhile."""
    if value.closed or not value.seekable() or value.writable():
        return lambda: value
    try:
        return _state_keeper(value, value.tell(), value.seek)
    except OSError as error:
        name = getattr(value, "name", "a file")
        raise StudyError(
            f"{name} is being gone through line by line, and its position cannot be restored ({error}); open it in "
            f"__iter__, or give a list of batches: list(itertools.islice(loader, 100))"
        ) from None


def _array_keeper(value: "np.ndarray[Any, Any]") -> Keeper:
    content = value.copy()

    def restore() -> Any:
        if value.flags.writeable:
            value[...] = content
        return value

    return restore


def _tuple_keeper(value: tuple[Any, ...], most: float, depth: int) -> Keeper:
    keepers = [keeper_of(part, most=most, depth=depth) for part in value]

    def restore() -> Any:
        for keeper in keepers:
            keeper()
        return value

    return restore


def _container_keeper(value: Any, most: float, depth: int) -> Keeper:
    """A list, deque, set or mapping, filled again with what it held."""
    if isinstance(value, MutableMapping):
        named = {key: keeper_of(part, most=most, depth=depth) for key, part in value.items()}
    else:
        named = dict(enumerate(keeper_of(part, most=most, depth=depth) for part in value))

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
