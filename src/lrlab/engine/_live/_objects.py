"""What hangs on a user's objects: the objects and modules within their attributes and containers."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import nn
from torch.utils.data.dataloader import (
    _BaseDataLoaderIter,  # pyright: ignore[reportPrivateUsage]  # the only way to tell it
)

from ...errors import StudyError

MOST_OBJECTS = 500
NO_PARTS = (ModuleType, FunctionType, type, torch.Tensor, np.ndarray, str, bytes, int, float, _BaseDataLoaderIter)
OF_MODULES = frozenset(vars(nn.Module())) - {"training"}  # torch's own attributes of a module: parts and hooks


class Found(NamedTuple):
    """Objects that have attributes, and modules, each once."""

    objects: list[Any]
    modules: list[nn.Module]


def objects_within(roots: Iterable[object], way_out: str, *, but: Iterable[object] = ()) -> Found:
    """The roots and what hangs on them, at most 500; not what Python, numpy or torch made for themselves.

    but: what is not looked at, nor what hangs on it. Raises StudyError, with the way out, for an iterator whose
    position cannot be restored.
    """
    found, seen = Found([], []), {id(owner) for owner in but}
    waiting: list[tuple[str, Any]] = [("", root) for root in roots]
    while waiting and len(found.objects) + len(found.modules) < MOST_OBJECTS:
        name, owner = waiting.pop(0)
        if id(owner) in seen or isinstance(owner, NO_PARTS):
            continue
        seen.add(id(owner))
        if isinstance(owner, Iterator) and not hasattr(cast("object", owner), "__dict__"):
            kind = type(cast("object", owner)).__name__
            raise StudyError(
                f"{name or 'one of the objects'} is a {kind}, whose position cannot be restored; {way_out}"
            )
        if isinstance(owner, nn.Module):
            found.modules.append(owner)
        elif _has_state(owner):
            found.objects.append(owner)
        waiting += _parts_of(owner, name)
    return found


def slots_of(owner: object) -> list[str]:
    """The attributes of an object that lie in slots."""
    slots = [cast("Any", kind).__dict__.get("__slots__", ()) for kind in type(owner).__mro__]
    names = [name for each in slots for name in ([each] if isinstance(each, str) else each)]
    return [name for name in names if name not in ("__dict__", "__weakref__") and hasattr(owner, name)]


def _has_state(owner: object) -> bool:
    kind = type(owner)
    root = kind.__module__.partition(".")[0]
    made_for_itself = root in sys.stdlib_module_names or root in ("numpy", "torch")
    usual = made_for_itself and kind is not SimpleNamespace and not kind.__module__.startswith("torch.utils.data")
    return not usual and (hasattr(owner, "__dict__") or bool(slots_of(owner)))


def _parts_of(owner: Any, name: str) -> list[tuple[str, Any]]:
    """What hangs on a value, by name."""
    if isinstance(owner, partial):
        return [(name, part) for part in (owner.func, owner.args, owner.keywords)]
    if isinstance(owner, MethodType):
        return [(name, owner.__self__)]
    parts: list[tuple[str, Any]] = []
    if isinstance(owner, Mapping):
        parts += [(name, part) for part in cast("Mapping[Any, Any]", owner).values()]
    elif isinstance(owner, list | tuple | set | frozenset):
        parts += [(name, part) for part in cast("list[Any]", owner)]
    kind = type(owner).__name__
    if isinstance(owner, nn.Module):
        parts += [(kind, part) for part in owner.children()]
        return parts + [(f"{kind}.{key}", part) for key, part in vars(owner).items() if key not in OF_MODULES]
    if not _has_state(owner):
        return parts
    held = vars(owner) if hasattr(owner, "__dict__") else {}
    slots = {key: getattr(owner, key) for key in slots_of(owner)}
    return parts + [(f"{kind}.{key}", part) for key, part in (held | slots).items()]
