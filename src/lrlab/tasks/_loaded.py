"""Whether what is loaded of a file of the user's is what the file says: a module may be edited after its import."""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache, partial, partialmethod
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from ..errors import TaskError
from ._source import code_form, compiled_functions, tree_of

WRAPPED = ("__func__", "__wrapped__", "fget", "fset", "fdel", "func")  # where decorators keep what they are put around
MANY_PARTS = 10_000  # a longer collection holds data


def check_loaded(name: str, text: bytes | str, module: ModuleType, reached: Iterable[Any]) -> None:
    """Refuse a module that was changed since it was imported: what runs would be kept as what the file says now.

    name: the module's. text: of its file, as it is now. reached: functions and classes that the task leads to, those
    from before a reload too. Line numbers, comments and docstrings may differ. Raises TaskError.
    """
    spec = getattr(module, "__spec__", None)
    if type(getattr(spec, "loader", None)) is not SourceFileLoader:  # others, such as pytest's, compile it otherwise
        return
    forms = _forms_of(text)
    if forms is None:
        return
    for function in _functions_of(module, reached):
        if _form_of(function.__code__) not in forms:
            raise TaskError(
                f"the module {name} was changed since it was imported: its file no longer says what is loaded as "
                f"`{function.__qualname__}`; call importlib.reload({name}) and import again what was taken from it, "
                "or start the program again"
            )


@lru_cache(maxsize=256)
def _forms_of(text: bytes | str) -> frozenset[str] | None:
    """All functions of a file, each by its qualified name and what runs of it; None where it cannot be compiled."""
    tree = tree_of(text)
    try:
        return None if tree is None else frozenset(map(_form_of, compiled_functions(tree)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _form_of(code: CodeType) -> str:
    docstring = code.co_consts[0] if code.co_consts and isinstance(code.co_consts[0], str) else None
    return f"{code.co_qualname} {code_form(code, docstring)}"


def _functions_of(module: ModuleType, reached: Iterable[Any]) -> Iterator[FunctionType]:
    """Functions and methods of a module's file: those at its top, out of decorators, and those that are reached."""
    file = Path(module.__file__ or "").resolve()
    seen: dict[int, Any] = {}  # held: what is gone would leave its id to another
    ahead = [value for key, value in vars(module).items() if not key.startswith("__")]
    ahead += [value for value in reached if value.__module__ == module.__name__]
    while ahead:
        value = ahead.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, FunctionType) and _is_same_file(value.__code__.co_filename, file):
            yield value
        ahead += _parts_of(value, module.__name__)


@lru_cache(maxsize=4096)
def _is_same_file(name: str, file: Path) -> bool:
    return Path(name).resolve() == file


def _parts_of(value: Any, module: str) -> list[Any]:
    """What of a module's own may stand in a value."""
    if isinstance(value, type):
        return list(vars(value).values()) if value.__module__ == module else []
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or () if is_set(cell)]
        return [*cells, getattr(value, "__wrapped__", None)]
    if type(value) in (dict, list, tuple):
        return [] if len(value) > MANY_PARTS else list(value.values() if isinstance(value, dict) else value)
    if isinstance(
        value, MethodType | staticmethod | classmethod | property | cached_property | partial | partialmethod
    ):
        return [getattr(value, key, None) for key in WRAPPED]
    return [vars(value)["__wrapped__"]] if "__wrapped__" in getattr(value, "__dict__", {}) else []


def is_set(cell: Any) -> bool:
    """Whether a closure's cell holds a value yet."""
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False
