"""What a class or a function of the user's own does, as a hash: two formulas of one name are two schedules."""

import copyreg
import dis
import hashlib
import inspect
import re
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

LIBRARIES = {*sys.stdlib_module_names, "numpy", "scipy", "torch", "lrlab"}  # known by their names alone
INSTALLED = tuple({sysconfig.get_path(kind) for kind in ("purelib", "platlib")})
DEEPEST = 20  # values inside values that are looked into
PLAIN = bool | int | float | complex | str | bytes | None
WHOLE = tuple | frozenset | CodeType  # written out each time: whether equal ones are one object, no process promises
KnownParts = Callable[[Any], Iterable[object] | None]  # of a value, what of it counts; None: what is known here
SeenValues = dict[int, tuple[int, object]]  # by id: a running number, and the value, so that no other gets its id
# Of a class, how it is spoken of, not what it does.
LABELS = ("name", "written", "example_values", "highest", "_field_types")

OF_TEXT = "<string>"  # the file name of code that exec or python -c was given as text
# Of a class of such code, what dataclass and namedtuple write.
GENERATED = {
    *("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__replace__", "__new__"),
    *("__lt__", "__le__", "__gt__", "__ge__", "__getstate__", "__setstate__"),
}


def class_fingerprint(cls: type, parts: KnownParts | None = None) -> str:
    """16 hexadecimal digits of what a class does: its code, and the values and functions that the code refers to.

    parts: what counts of some values, in place of what is known here.
    Comments, docstrings and the place of the class do not count. Another version of Python may translate the code
    another way; then the hash is another one.
    """
    return _hash_of(tuple(_parts_of_class(cls)), {id(cls): (0, cls)}, parts)


def value_fingerprint(value: object, parts: KnownParts | None = None) -> str:
    """The same of a function or any other value."""
    return _hash_of(value, {}, parts)


def _hash_of(value: object, seen: SeenValues, known: KnownParts | None = None) -> str:
    """16 hexadecimal digits of what a value is."""
    digest = hashlib.sha256()
    for word in _words_of(value, DEEPEST, seen, known):
        digest.update(word.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:16]


def _words_of(value: object, depth: int, seen: SeenValues, known: KnownParts | None) -> Iterator[str]:
    """What a value is, in words that are the same in another process."""
    if isinstance(value, PLAIN):
        yield f"{type(value).__name__} {value!r}"
        return
    if id(value) in seen:
        yield f"again {seen[id(value)][0]}"
        return
    if depth == 0:
        yield "deeper"
        return
    if not isinstance(value, WHOLE):
        seen[id(value)] = len(seen), value
    yield type(value).__name__
    for part in _parts_of(value, known):
        yield from _words_of(part, depth - 1, seen, known)
    yield "end"


def _parts_of(value: Any, known: KnownParts | None) -> Iterator[object]:
    """The parts of a value that say what it is; of what belongs to a library, its name."""
    given = known(value) if known else None
    if given is not None:
        yield from given
        return
    named = isinstance(value, type | FunctionType)
    if named and str(value.__module__).partition(".")[0] in LIBRARIES:
        yield f"{value.__module__}.{value.__qualname__}"
        return
    for kind, parts in PARTS:
        if isinstance(value, kind):
            yield from parts(value)
            return
    yield from _parts_of_object(value)


def _parts_of_object(value: Any) -> Iterator[object]:
    """Its class, and what pickle would make it of again, of a tensor its numbers; else what its attributes are."""
    yield from (type(value), getattr(value, "__qualname__", None))
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):  # its own pickle has addresses in it
        dense = value.detach().cpu().to_dense().reshape(-1)
        yield from (str(value.dtype), tuple(value.shape), dense.view(torch.uint8).numpy().tobytes())
        return
    reduced = _reduce_value(value)
    if isinstance(reduced, tuple):
        make, arguments, state, members, items = (*reduced, None, None, None)[:5]
        yield from (make, arguments, state, tuple(members or ()), tuple(items or ()))
    else:
        yield from (reduced, getattr(value, "__dict__", None))


def _reduce_value(value: Any) -> Any:
    """What pickle would write of a value, or the name that it has in its module; None where it cannot be pickled."""
    try:
        reduce = copyreg.dispatch_table.get(type(value))
        return reduce(value) if reduce else value.__reduce_ex__(4)
    except Exception:  # it calls anyone's code
        return None


def _parts_of_class(cls: type) -> Iterator[object]:
    """What it and its bases hold: methods that were written, defaults of fields, other values."""
    for base in cls.__mro__:
        if base is not cls and base.__module__.partition(".")[0] in LIBRARIES:
            yield base.__qualname__
            continue
        yield {name: field.default for name, field in vars(base).get("__dataclass_fields__", {}).items()}
        of_text = any(_is_of_body(part, base) for part in vars(base).values())
        for name, part in sorted(vars(base).items()):
            part = _function_of(part)
            # What dataclass and namedtuple write has the file name that code of exec has.
            generated = not of_text or (name in GENERATED and not _is_of_body(part, base))
            written = isinstance(part, FunctionType) and not (generated and part.__code__.co_filename == OF_TEXT)
            if written or not (isinstance(part, FunctionType) or name.startswith(("__", "_abc_")) or name in LABELS):
                yield from (name, part)


def _function_of(part: Any) -> Any:
    """What a static or class method or a property calls; any other part as it is."""
    part = part.__func__ if isinstance(part, staticmethod | classmethod) else part
    return part.fget if isinstance(part, property) else part


def _is_of_body(part: Any, cls: type) -> bool:
    """Whether a part was written in the body of a class that `exec` or `python -c` made, under a decorator or not."""
    part = _function_of(part)
    inner = [inspect.getattr_static(part, "__wrapped__", None)]  # runs no code of the part
    if isinstance(part, FunctionType):
        inner += [value for cell in part.__closure__ or () for value in _parts_of_cell(cell)]
    codes = [each.__code__ for each in (part, *inner) if isinstance(each, FunctionType)]
    body = f"{cls.__qualname__}."
    return any(code.co_filename == OF_TEXT and code.co_qualname.startswith(body) for code in codes)


def _parts_of_function(function: FunctionType) -> Iterator[object]:
    """Its code, its defaults, and the values that the code refers to by name, those in modules of the user's too."""
    yield from (function.__code__, function.__defaults__, function.__kwdefaults__)
    for cell in function.__closure__ or ():
        yield from _parts_of_cell(cell)
    attributes = _names_in(function.__code__, ("LOAD_ATTR", "LOAD_METHOD"))
    for name in _names_in(function.__code__, ("LOAD_GLOBAL", "LOAD_NAME")):
        if name in function.__globals__:
            value = function.__globals__[name]
            yield from (name, value)
            if isinstance(value, ModuleType):
                yield from _parts_of_module(value, attributes, function.__module__, [])
    for name, members, level in _imports_in(function.__code__):
        if level or name.partition(".")[0] not in LIBRARIES:
            module = _import_again(name, function.__globals__, members, level)
            names = sorted({*attributes, *members, *name.split(".")})
            yield from (name, *_parts_of_module(module, names, function.__module__, []))


def _import_again(name: str, space: dict[str, Any], members: tuple[str, ...], level: int) -> ModuleType:
    """The module that a function imports when it is called, as `__import__` gives it; an empty one where it fails."""
    try:
        return __import__(name, space, None, members, level)
    except Exception:  # whoever calls the function is told
        return ModuleType(name)


def _parts_of_cell(cell: CellType) -> Iterator[object]:
    try:
        yield cell.cell_contents
    except ValueError:  # it is not filled yet
        yield None


def _parts_of_module(
    module: ModuleType, names: Iterable[str], reader: str | None, through: list[ModuleType]
) -> Iterator[object]:
    """What a module of the user's has under these names. reader: whose module reads it; through: modules around it."""
    if module in through or not is_own_module(module, reader):
        return
    for name in names:
        if name in vars(module):
            value = vars(module)[name]
            yield from (name, value)
            if isinstance(value, ModuleType):
                yield from _parts_of_module(value, names, reader, [*through, module])


def is_own_module(module: ModuleType, reader: str | None) -> bool:
    """Whether a module is the user's: of the package that reads it, or of no library, and not installed as one."""
    package = module.__name__.partition(".")[0]
    installed = str(getattr(module, "__file__", None) or "").startswith(INSTALLED)
    return package not in LIBRARIES and (not installed or package == str(reader).partition(".")[0])


@lru_cache(maxsize=1000)
def _steps_of(code: CodeType) -> tuple[tuple[str, Any], ...]:
    """What the code does, step by step: without the numbers of constants, which a docstring shifts."""
    return tuple((step.opname, step.argval) for step in dis.get_instructions(code))


@lru_cache(maxsize=1000)
def _names_in(code: CodeType, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The names that steps of these kinds look up, in code and code inside it, in order of the alphabet."""
    names = {value for kind, value in _steps_of(code) if kind in kinds}
    inner = [value for _, value in _steps_of(code) if isinstance(value, CodeType)]
    return tuple(sorted(names.union(*(_names_in(part, kinds) for part in inner))))


@lru_cache(maxsize=1000)
def _imports_in(code: CodeType) -> tuple[tuple[str, tuple[str, ...], int], ...]:
    """What code, and code inside it, imports: module, names taken from it, and how many packages up."""
    imports, loaded = [], []
    for kind, value in _steps_of(code):
        if kind == "IMPORT_NAME":
            level, members = loaded[-2:]  # they are put on the stack just before
            imports.append((value, members or (), level))
        elif isinstance(value, CodeType):
            imports += _imports_in(value)
        if kind.startswith("LOAD_"):
            loaded.append(value)
    return tuple(imports)


@lru_cache(maxsize=1000)
def _hash_of_code(code: CodeType) -> str:
    """What its arguments and its steps are."""
    return _hash_of((code.co_varnames[: code.co_argcount + code.co_kwonlyargcount], *_steps_of(code)), {})


def _parts_of_mapping(value: Mapping[Any, Any]) -> Iterator[object]:
    for key in _sort_values(value):
        yield from (key, value[key])


def _sort_values(values: Iterable[Any]) -> list[Any]:
    """Values in an order that is the same in another process."""
    return sorted(values, key=_sort_word)


def _sort_word(value: Any) -> str:
    """A value's repr, without the addresses and the order of sets in it."""
    if isinstance(value, tuple | frozenset):
        words = [_sort_word(part) for part in value]
        return str(words if isinstance(value, tuple) else sorted(words))
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


PARTS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (CodeType, lambda code: (_hash_of_code(code),)),
    (FunctionType, _parts_of_function),
    (MethodType, lambda method: (method.__func__, method.__self__)),
    (partial, lambda part: (part.func, part.args, part.keywords)),
    (Mapping, _parts_of_mapping),
    (set | frozenset, _sort_values),
    (list | tuple, iter),
    (np.ndarray | np.generic, lambda value: (str(value.dtype), np.shape(value), np.asarray(value).tobytes())),
    (ModuleType, lambda module: (module.__name__,)),
    (type, _parts_of_class),
)
