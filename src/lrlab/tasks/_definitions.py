"""Functions and classes of a task that stand in a script, a notebook or a REPL, where no other process imports them.

Of each what runs counts: comments, spaces and docstrings do not, nor what stands beside them. What they name outside
themselves is followed: constants count by value, and files of the user's are noted, to be read whole.
"""

import functools
import hashlib
import inspect
from collections.abc import Iterable, Mapping
from itertools import accumulate
from types import FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ._copies import bound_object, copied_parts
from ._loaded import is_set
from ._program import LONG, held_code, is_importable, places_of, settings_of
from ._settings import EXACT, MANY, global_names, imported_names, is_own_object, setting
from ._source import Sources

CODE = (FunctionType, MethodType, functools.partial)


class Definitions(NamedTuple):
    """texts: what runs, by part: "the code of NAME", NAME as it stands at the top, and "large arrays".

    places: modules and files of code that stands elsewhere. imported: the functions and classes of that code.
    """

    texts: dict[str, str]
    places: list[str]
    imported: list[Any]


def definitions_of(values: Iterable[Any]) -> Definitions:
    """All that these functions, classes and objects are made of, and whatever they name, as far as it is the user's."""
    walk = _DefinitionWalk()
    walk.follow(values)
    texts = {name: "\n".join(sorted(texts)) for name, texts in walk.texts.items()}
    return Definitions(texts, sorted(walk.places), walk.imported)


class _DefinitionWalk:
    """Visits every value once, and notes what it says."""

    def __init__(self) -> None:
        self.seen: dict[int, Any] = {}  # held: what is gone would leave its id to another
        self.texts: dict[str, list[str]] = {}
        self.places: set[str] = set()
        self.imported: list[Any] = []
        self.sources = Sources()

    def follow(self, values: Iterable[Any]) -> None:
        ahead = list(values)
        while ahead:
            value = ahead.pop()
            if id(value) not in self.seen:
                self.seen[id(value)] = value
                ahead += self._visit_value(value)

    def _visit_value(self, value: Any) -> list[Any]:
        """Note a value; what it leads to."""
        if isinstance(value, FunctionType | type) and not is_importable(value.__module__):
            return self._visit_class(value) if isinstance(value, type) else self._visit_function(value)
        if isinstance(value, FunctionType | type | ModuleType):
            self.places.update(places_of(value))
        if isinstance(value, FunctionType | type):
            self.imported.append(value)
        if isinstance(value, np.ndarray | Tensor) and not isinstance(value, nn.Parameter):
            self._note_array(value)
            return _copied_code(value)
        if isinstance(value, nn.Module):  # its tensors are the structure's, or the text's of who holds it
            return [type(value), *value.children(), *settings_of(value)]
        attributes = getattr(value, "__dict__", {})
        attributes = attributes.values() if is_own_object(value) else [attributes.get("__wrapped__")]
        return [*held_code(value), *attributes, *_copied_code(value)]

    def _visit_function(self, function: FunctionType) -> list[Any]:
        imported = imported_names(function.__code__, function.__globals__.get("__package__") or "")
        self.places.update(part for name in imported for part in accumulate(name.split("."), "{}.{}".format))
        names = sorted(set(global_names(function.__code__)) & function.__globals__.keys())
        outside = {name: function.__globals__[name] for name in names}
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        outside |= {name: cell.cell_contents for name, cell in cells if is_set(cell)}
        outside |= {f"default {place}": value for place, value in enumerate(function.__defaults__ or ())}
        outside |= {f"default {name}": value for name, value in (function.__kwdefaults__ or {}).items()}
        lines = [self.sources.text_of(function), *(f"{name} {_text_of(value)}" for name, value in outside.items())]
        self._note_text(function.__qualname__, "\n".join(lines))
        return [*outside.values(), getattr(function, "__wrapped__", None)]

    def _visit_class(self, kind: type) -> list[Any]:
        members: dict[str, Any] = {}
        for key, member in sorted(vars(kind).items()):
            for place, part in enumerate(_unwrapped(member)):
                if isinstance(part, FunctionType) or not key.startswith("__"):
                    members[f"{key} {place}"] = part
        bases = [base.__qualname__ for base in kind.__mro__]
        lines = [f"class {bases}", *(f"{key} {_text_of(part)}" for key, part in members.items())]
        self._note_text(kind.__qualname__, "\n".join(lines))
        return [*members.values(), *kind.__mro__, type(kind)]

    def _note_text(self, qualname: str, text: str) -> None:
        name = qualname.partition(".")[0].strip("<>")
        self.texts.setdefault(f"the code of {name}", []).append(text)

    def _note_array(self, array: Any) -> None:
        """A large array by its bytes: as text it would take too long, and a setting has only its shape."""
        if isinstance(array, Tensor):
            if array.numel() <= MANY or array.is_meta or array.layout != torch.strided:
                return
            array = array.detach().cpu().flatten().contiguous().view(torch.uint8).numpy()
        elif array.size <= MANY or array.dtype.hasobject:
            return
        digest = hashlib.sha256(np.ascontiguousarray(array).view(np.uint8).data).hexdigest()
        self.texts.setdefault("large arrays", []).append(digest)


def _copied_code(value: Any) -> list[Any]:
    """What an object holds that may be code, where neither its class nor its attributes say so."""
    if (owner := bound_object(value)) is not None:
        return [owner]
    if isinstance(value, np.ndarray):
        return value.ravel().tolist() if value.dtype.kind == "O" and value.size <= LONG else []
    if isinstance(value, Mapping):
        is_read = type(value) is dict or len(value) > LONG  # by `held_code`, or is data
        return [] if is_read else [*value.values(), getattr(value, "default_factory", None)]
    known = (*EXACT, float, complex, list, tuple, set, frozenset, np.generic, Tensor, type, ModuleType, *CODE)
    return [] if isinstance(value, known) or inspect.isroutine(value) else copied_parts(value)


def _unwrapped(member: Any) -> list[Any]:
    """What stands in a class, out of what decorators of Python's own put around it."""
    if isinstance(member, staticmethod | classmethod):
        return [member.__func__]
    if isinstance(member, property):
        return [part for part in (member.fget, member.fset, member.fdel) if part is not None]
    return [member.func] if isinstance(member, functools.cached_property | functools.partialmethod) else [member]


def _text_of(value: Any) -> str:
    """A value as its holder says it: code by its name, for what it says is noted where it stands."""
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, FunctionType | type):
        return f"{value.__module__ if is_importable(value.__module__) else ''}.{value.__qualname__}"
    text = setting(value, strict=True)
    return type(value).__qualname__ if text is None else text
