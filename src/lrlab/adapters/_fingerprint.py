"""What tells one function or class of the user's own from another when a run is resumed: a hash of what it does."""

import hashlib
import inspect
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import PurePath
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module

from ..rules import Rule
from ..schedules import Schedule

DEEPEST = 20  # values inside values that a fingerprint looks into


def fingerprint_own_classes(schedules: "list[Schedule | Rule]") -> str | None:
    """A fingerprint of the classes among these schedules, and those inside them, that are not lrlab's; None: all are.

    The fields of such a schedule are in its text; what it does with them is not.
    """
    classes = {type(part) for schedule in schedules for part in _schedule_parts(schedule)}
    own = [cls for cls in classes if not cls.__module__.startswith("lrlab.")]
    return fingerprint(tuple(sorted(own, key=lambda cls: cls.__qualname__))) if own else None


def _schedule_parts(schedule: Schedule | Rule) -> "Iterator[Schedule | Rule]":
    yield schedule
    for field in fields(schedule):
        value = getattr(schedule, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Schedule):
                yield from _schedule_parts(part)


def fingerprint(value: object) -> str:
    """16 hexadecimal digits of what a function or class does: its code, and the values and functions it refers to."""
    digest = hashlib.sha256()
    for word in _describe_value(value, DEEPEST, {}):
        digest.update(word.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:16]


def _describe_value(value: object, depth: int, seen: dict[int, object]) -> Iterator[str]:
    """What a value is, in words that are the same in another process."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        yield f"{type(value).__name__} {value!r}"
        return
    if depth == 0 or id(value) in seen:
        yield "again"
        return
    seen[id(value)] = value  # kept, so that no other gets its id
    yield type(value).__name__
    for part in _parts_of_value(value):
        yield from _describe_value(part, depth - 1, seen)
    yield "end"


def _parts_of_value(value: Any) -> Iterator[object]:
    """The parts of a value that say what it is."""
    for kind, parts in PARTS:
        if isinstance(value, kind):
            yield from parts(value)
            return
    yield from (type(value), getattr(value, "__qualname__", None), getattr(value, "__dict__", None))
    yield from _parts_of_slots(value)


def _parts_of_function(function: FunctionType) -> Iterator[object]:
    """Its code, its defaults, and the values that the code refers to by name."""
    yield from (function.__code__, function.__defaults__, function.__kwdefaults__)
    named = inspect.getclosurevars(function)
    yield from (dict(named.nonlocals), dict(named.globals))


def _parts_of_mapping(value: Mapping[Any, Any]) -> Iterator[object]:
    for key in sorted(value, key=repr):
        yield from (key, value[key])


def _parts_of_slots(value: object) -> Iterator[object]:
    """The values in `__slots__`, but not those of the standard library, where some are others in each process."""
    for base in type(value).__mro__:
        if base.__module__.split(".")[0] not in sys.stdlib_module_names:
            slots = vars(base).get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                if hasattr(value, name):
                    yield from (name, getattr(value, name))


def _parts_of_module(module: Module) -> Iterator[object]:
    """Without its weights, which are others after each update."""
    yield type(module)
    yield {name: value for name, value in vars(module).items() if name not in ("_parameters", "_buffers")}


def _parts_of_tensor(tensor: Tensor) -> Iterator[object]:
    dense = tensor.detach().cpu().to_dense()
    yield from (str(tensor.dtype), tuple(tensor.shape), dense.reshape(-1).view(torch.uint8).numpy().tobytes())


def _parts_of_class(cls: type) -> Iterator[object]:
    """The name of a class, and what its own methods do; of a class of a library, the name alone."""
    yield cls.__qualname__
    for base in cls.__mro__:
        if base.__module__.split(".")[0] in ("builtins", "abc", "typing", "lrlab", "torch", "numpy"):
            continue
        for name in sorted(vars(base)):
            part = inspect.getattr_static(base, name)
            part = part.__func__ if isinstance(part, staticmethod | classmethod) else part
            part = part.fget if isinstance(part, property) else part
            method = isinstance(part, FunctionType) and part.__code__.co_filename != "<string>"  # a dataclass's own
            value = isinstance(part, int | float | str | tuple) and not name.startswith("__")
            if method or value:
                yield from (name, part)


PARTS: list[tuple[Any, Callable[[Any], Iterable[object]]]] = [
    (CodeType, lambda code: (code.co_code, code.co_names, code.co_varnames[: code.co_argcount], *code.co_consts)),
    (FunctionType, _parts_of_function),
    (MethodType, lambda method: (method.__func__, method.__self__)),
    (partial, lambda part: (part.func, part.args, part.keywords)),
    (Mapping, _parts_of_mapping),
    (set | frozenset, lambda values: sorted(values, key=repr)),
    (list | tuple, iter),
    (np.ndarray | np.generic, lambda value: (str(value.dtype), np.shape(value), np.asarray(value).tobytes())),
    (Module, _parts_of_module),
    (Tensor, _parts_of_tensor),
    (array, lambda value: (value.typecode, value.tobytes())),
    (deque, lambda value: (value.maxlen, *value)),
    (range | Fraction | Decimal | date | time | timedelta | PurePath, lambda value: (repr(value),)),
    (ModuleType, lambda module: (module.__name__,)),
    (type, _parts_of_class),
]
