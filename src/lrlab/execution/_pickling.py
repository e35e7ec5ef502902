"""Jobs and events as bytes: cloudpickle, by which classes and functions of a script or a notebook travel by value."""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any

import cloudpickle

from ..errors import RunError
from ..spec import Job
from ._failure import is_installed

DEEPEST = 20  # levels of an object that are looked through for what cannot be sent

pack: Callable[[Any], bytes] = cloudpickle.dumps
unpack: Callable[[bytes], Any] = cloudpickle.loads


def pack_away(value: Any) -> bytes:
    """As `pack`, for another machine: what stands in modules of the user's own travels by value too."""
    own = [module for name, module in list(sys.modules.items()) if _is_users(name, module)]
    own = [module for module in own if module.__name__ not in cloudpickle.list_registry_pickle_by_value()]
    for module in own:
        cloudpickle.register_pickle_by_value(module)
    try:
        return pack(value)
    finally:
        for module in own:
            cloudpickle.unregister_pickle_by_value(module)


def _is_users(name: str, module: Any) -> bool:
    """Whether a module is neither Python's nor installed nor lrlab's, so that other machines do not have it."""
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and getattr(module, "__name__", "") == name != "__main__" and not is_installed(file)


def check_sendable(jobs: Sequence[Job]) -> None:
    """Raise a RunError that names the object where a job cannot be sent to another process."""
    for job in jobs:
        error = _error_of_packing(job)
        if error is None:
            continue
        path, value = _find_unsendable(job)
        kind = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
        raise RunError(
            f"job {job.name!r} cannot be sent to a worker: {path or 'it'} is an object of type {kind} "
            f"({type(error).__name__}: {error}); put what holds it into a module that workers can import, or run with "
            f"workers=0, which runs in this process"
        ) from error


def _error_of_packing(value: object) -> Exception | None:
    try:
        pack(value)
    except Exception as error:  # pickling calls anyone's code
        return error
    return None


def _find_unsendable(value: object) -> tuple[str, object]:
    """The innermost object inside this one that cannot be sent, and the way to it."""
    path = ""
    for _ in range(DEEPEST):
        inside = next(((step, part) for step, part in _list_parts(value) if _error_of_packing(part) is not None), None)
        if inside is None:
            break
        path, value = path + inside[0], inside[1]
    return path.lstrip("."), value


def _list_parts(value: object) -> Iterator[tuple[str, object]]:
    """What an object is made of, each with the step that leads to it."""
    if isinstance(value, Mapping):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif isinstance(value, FunctionType):
        used = inspect.getclosurevars(value)
        yield from ((f".{name}", part) for name, part in {**used.globals, **used.nonlocals}.items())
    else:
        yield from ((f".{name}", part) for name, part in getattr(value, "__dict__", {}).items())
