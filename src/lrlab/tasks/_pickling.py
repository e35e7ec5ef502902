"""What goes to another process by value: pickled by cloudpickle, and what cannot be, in words."""

import contextlib
import functools
import io
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, GeneratorType
from typing import IO, Any

import cloudpickle
from torch import Tensor, nn

from ._loaded import is_set
from ._program import is_importable
from ._settings import global_names, is_own

ON_PROCESSORS = ("cpu", "meta")
LOCKS = (type(threading.Lock()), type(threading.RLock()), threading.Condition, threading.Event, threading.Semaphore)


def dump_by_value(value: Any, file: IO[bytes], away: bool = False) -> None:
    """Pickle a value, with the functions and classes of every module that another process cannot import.

    away: a process of another machine, which has what is installed alone, and none of the user's own modules. Raises
    whatever pickling raises.
    """
    with _modules_by_value(away):
        _Pickler(file, protocol=5).dump(value)


def unpicklable(value: Any) -> str | None:
    """What of a value cannot be pickled, as "`make_net` holds `file`, an open file"; None where all can.

    value: a function or an object, called by its own name, or what it is the attribute of.
    """
    with _modules_by_value():
        trail = _CulpritTrail()
        culprit = trail.find("", value)
    if culprit is None:
        return None
    holder, label = trail.holder(), trail.label()
    return f"`{holder}` holds `{label}`, {_kind_words(culprit)}" if label else f"`{holder}` is {_kind_words(culprit)}"


class _Pickler(cloudpickle.Pickler):
    """Refuses what lies on an accelerator, for each process would hold it again; takes cached functions by value."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, functools._lru_cache_wrapper) and not is_importable(obj.__module__):
            return _cache_results, (obj.__wrapped__, obj.cache_parameters())
        return super().reducer_override(obj)

    def persistent_id(self, obj: Any) -> None:
        if isinstance(obj, Tensor) and obj.device.type not in ON_PROCESSORS:
            raise TypeError(f"a tensor on {obj.device}")


def _cache_results(function: Callable[..., Any], parameters: dict[str, Any]) -> Callable[..., Any]:
    return functools.lru_cache(**parameters)(function)


class _Nowhere(io.RawIOBase):
    """A file that keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return memoryview(data).nbytes


@contextlib.contextmanager
def _modules_by_value(away: bool = False) -> Iterator[None]:
    """Let cloudpickle take what stands in modules that only this process has as it takes what stands in a script."""
    before = cloudpickle.list_registry_pickle_by_value()
    modules = [module for name, module in list(sys.modules.items()) if _is_module_here(name, module, away)]
    modules = [module for module in modules if module.__name__ not in before]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def _is_module_here(name: str, module: Any, away: bool) -> bool:
    try:
        if module is None or not module.__name__ == name != "__main__":
            return False
        file = getattr(module, "__file__", None)
        return not is_importable(name) or bool(away and file and is_own(file))
    except Exception:  # a module may be anything that somebody put there
        return False


def _can_go(value: Any) -> bool:
    try:
        _Pickler(io.BufferedWriter(_Nowhere()), protocol=5).dump(value)
    except Exception:
        return False
    return True


class _CulpritTrail:
    """The way from a value to what of it cannot be pickled: labels and values."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, Any]] = []
        self.seen: set[int] = set()

    def find(self, label: str, value: Any) -> Any | None:
        """The innermost value that cannot be pickled though all its parts can; None where this one can."""
        if id(value) in self.seen or _can_go(value):
            return None
        self.seen.add(id(value))
        self.steps.append((label, value))
        for inner_label, part in _parts_of(value):
            culprit = self.find(inner_label, part)
            if culprit is not None:
                return culprit
        return value

    def holder(self) -> str:
        """The innermost function or class that has a name of its own, or what the first value is."""
        return _name_of(self.steps[self._holder_place()][1])

    def label(self) -> str:
        """How the holder calls what it holds: empty where the holder itself is it."""
        labels = [label for label, _ in self.steps[self._holder_place() + 1 :]]
        return "".join(labels).removeprefix(".")

    def _holder_place(self) -> int:
        named = [place for place, (_, value) in enumerate(self.steps[:-1]) if isinstance(value, FunctionType | type)]
        return named[-1] if named else 0


def _parts_of(value: Any) -> Iterator[tuple[str, Any]]:
    """What a value holds, each part with the words it is reached by."""
    if isinstance(value, io.IOBase) or (isinstance(value, nn.Module) and _device_of(value) is not None):
        return
    if isinstance(value, FunctionType):
        yield from _parts_of_function(value)
    elif isinstance(value, type):
        parts = vars(value).items()
        yield from ((f".{key}", part) for key, part in parts if isinstance(part, FunctionType) or key[:2] != "__")
    elif isinstance(value, Mapping):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{place}]", part) for place, part in enumerate(value))
    elif isinstance(value, functools.partial):
        yield from [("", value.func), *((f"[{place}]", part) for place, part in enumerate(value.args))]
        yield from ((f".{key}", part) for key, part in value.keywords.items())
    else:
        held = ("__func__", "__self__", "fget", "fset", "fdel")  # of methods and of properties
        yield from (("", part) for key in held if (part := getattr(value, key, None)) is not None)
        yield from ((f".{key}", part) for key, part in getattr(value, "__dict__", {}).items())
        yield "", type(value)


def _parts_of_function(function: FunctionType) -> Iterator[tuple[str, Any]]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    yield from ((f".{name}", cell.cell_contents) for name, cell in cells if is_set(cell))
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    defaults = function.__defaults__ or ()
    yield from ((f".{name}", part) for name, part in zip(names[len(names) - len(defaults) :], defaults, strict=True))
    yield from ((f".{name}", part) for name, part in (function.__kwdefaults__ or {}).items())
    for name in dict.fromkeys(global_names(function.__code__)):
        if name in function.__globals__:
            yield f".{name}", function.__globals__[name]
    yield from ((f".{name}", part) for name, part in function.__dict__.items())


def _name_of(value: Any) -> str:
    name = getattr(value, "__name__", None) or type(value).__name__
    return "the model function" if name == "<lambda>" else name


def _kind_words(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, nn.Module) and (device := _device_of(value)) is not None:
        return f"a model on {device}"
    if isinstance(value, Tensor) and value.device.type not in ON_PROCESSORS:
        return f"a tensor on {value.device}"
    if isinstance(value, io.IOBase) or hasattr(value, "fileno"):
        return "an open file"
    if isinstance(value, LOCKS):
        return "a lock"
    if isinstance(value, GeneratorType):
        return "a generator"
    kind = type(value)
    return f"an object of {kind.__module__}.{kind.__qualname__}".replace(" builtins.", " ").replace(" __main__.", " ")


def _device_of(model: nn.Module) -> str | None:
    """The accelerator that weights of a model lie on; None for none."""
    tensors = [*model.parameters(), *model.buffers()]
    return next((str(tensor.device) for tensor in tensors if tensor.device.type not in ON_PROCESSORS), None)
