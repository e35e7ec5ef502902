"""What a class of the user's own does, as a hash: two formulas of one name are two schedules."""

import dis
import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

LIBRARIES = {*sys.stdlib_module_names, "numpy", "scipy", "torch", "lrlab"}  # known by their names alone
DEEPEST = 20  # values inside values that are looked into
LABELS = ("name", "written", "highest", "_field_types")  # of a class: how it is spoken of, not what it does


def class_fingerprint(cls: type) -> str:
    """16 hexadecimal digits of what a class does: its code, and the values and functions that the code refers to.

    Comments, docstrings and the place of the class do not count. Another version of Python may translate the code
    another way; then the hash is another one.
    """
    return _hash_of(tuple(_parts_of_class(cls)), {id(cls): cls})


def _hash_of(value: object, seen: dict[int, object]) -> str:
    """16 hexadecimal digits of what a value is."""
    digest = hashlib.sha256()
    for word in _words_of(value, DEEPEST, seen):
        digest.update(word.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:16]


def _words_of(value: object, depth: int, seen: dict[int, object]) -> Iterator[str]:
    """What a value is, in words that are the same in another process."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        yield f"{type(value).__name__} {value!r}"
        return
    if depth == 0 or id(value) in seen:
        yield "again"
        return
    seen[id(value)] = value  # kept, so that no other gets its id
    yield type(value).__name__
    for part in _parts_of(value):
        yield from _words_of(part, depth - 1, seen)
    yield "end"


def _parts_of(value: Any) -> Iterator[object]:
    """The parts of a value that say what it is; of what belongs to a library, its name."""
    named = isinstance(value, type | FunctionType)
    if named and str(value.__module__).partition(".")[0] in LIBRARIES:
        yield f"{value.__module__}.{value.__qualname__}"
        return
    for kind, parts in PARTS:
        if isinstance(value, kind):
            yield from parts(value)
            return
    yield from (type(value), getattr(value, "__qualname__", None), getattr(value, "__dict__", None))


def _parts_of_class(cls: type) -> Iterator[object]:
    """What it and its bases hold: methods that were written, defaults of fields, other values."""
    for base in cls.__mro__:
        if base is not cls and base.__module__.partition(".")[0] in LIBRARIES:
            yield base.__qualname__
            continue
        yield {name: field.default for name, field in vars(base).get("__dataclass_fields__", {}).items()}
        for name, part in sorted(vars(base).items()):
            part = part.__func__ if isinstance(part, staticmethod | classmethod) else part
            part = part.fget if isinstance(part, property) else part
            written = (
                isinstance(part, FunctionType) and part.__code__.co_filename != "<string>"
            )  # dataclass wrote those
            if written or not (isinstance(part, FunctionType) or name.startswith(("__", "_abc_")) or name in LABELS):
                yield from (name, part)


def _parts_of_function(function: FunctionType) -> Iterator[object]:
    """Its code, its defaults, and the values that the code refers to by name."""
    yield from (function.__code__, function.__defaults__, function.__kwdefaults__)
    for cell in function.__closure__ or ():
        yield cell.cell_contents
    for name in _globals_of(function.__code__):
        if name in function.__globals__:
            yield from (name, function.__globals__[name])


@lru_cache(maxsize=1000)
def _steps_of(code: CodeType) -> tuple[tuple[str, Any], ...]:
    """What the code does, step by step: without the numbers of constants, which a docstring shifts."""
    return tuple((step.opname, step.argval) for step in dis.get_instructions(code))


@lru_cache(maxsize=1000)
def _globals_of(code: CodeType) -> tuple[str, ...]:
    """The names that code, and code inside it, looks up in its module, in order of the alphabet."""
    names = {value for kind, value in _steps_of(code) if kind in ("LOAD_GLOBAL", "LOAD_NAME")}
    inner = [value for _, value in _steps_of(code) if isinstance(value, CodeType)]
    return tuple(sorted(names.union(*map(_globals_of, inner))))


@lru_cache(maxsize=1000)
def _hash_of_code(code: CodeType) -> str:
    """What its arguments and its steps are."""
    return _hash_of((code.co_varnames[: code.co_argcount + code.co_kwonlyargcount], *_steps_of(code)), {})


def _parts_of_mapping(value: Mapping[Any, Any]) -> Iterator[object]:
    for key in sorted(value, key=repr):
        yield from (key, value[key])


PARTS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (CodeType, lambda code: (_hash_of_code(code),)),
    (FunctionType, _parts_of_function),
    (MethodType, lambda method: (method.__func__, method.__self__)),
    (partial, lambda part: (part.func, part.args, part.keywords)),
    (Mapping, _parts_of_mapping),
    (set | frozenset, lambda values: sorted(values, key=repr)),
    (list | tuple, iter),
    (np.ndarray | np.generic, lambda value: (str(value.dtype), np.shape(value), np.asarray(value).tobytes())),
    (ModuleType, lambda module: (module.__name__,)),
    (type, _parts_of_class),
)
