"""What a trial leaves changed in the program around it, which the next trial in that process would begin with."""

import multiprocessing
import random
import sys
import sysconfig
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ..errors import LabWarning

STANDARD = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))
INSTALLED = ("site-packages", "dist-packages")
OURS = Path(__file__).resolve().parents[1]
DEEP = 6  # steps into collections and objects
MANY = 1000  # entries of a collection: beyond, it holds data
SHOWN = 3  # names of what was changed, in words
MOST = 20_000  # values that are looked at
SAMPLE = 1 << 20  # bytes of an array that are looked at


class Surroundings:
    """What the modules of the user's, and the function itself, hold that a trial could change, as it is now.

    Weights, states of generators, arrays, and numbers that stand at the top; not lists of numbers, which only grow.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._before = _states_around(function)
        self._modes = _modes_of_torch()

    def changed(self) -> tuple[str, ...]:
        """The names of what has been changed since then, sorted; empty where nothing was."""
        now = _states_around(self._function)
        modes = _modes_of_torch()
        places = {place for place, before in self._before.items() if now.get(place) != before}
        return tuple(sorted(places | {name for name in modes if modes[name] != self._modes[name]}))


def warn_of_leftovers(around: Surroundings, task: str) -> bool:
    """Whether a trial changed what is around it, of which a LabWarning says what becomes."""
    changed = around.changed()
    if changed:
        alone = multiprocessing.parent_process() is None
        becomes = (
            "the trials after it begin with that, and not as the first did; leave out --workers 0 (workers=0), or"
            if alone
            else "each trial begins in a new process, which takes longer;"
        )
        warnings.warn(
            f"{task}: a trial changes {', '.join(changed[:SHOWN])}, which it shares with the program around it, so "
            f"{becomes} make it within the function",
            LabWarning,
            stacklevel=2,
        )
    return bool(changed)


def _states_around(function: Callable[..., Any]) -> dict[str, Any]:
    reader = _StateReader()
    return {place: reader.state_of(value) for place, value in _places(function)}


def _places(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Each value that a trial could find changed, with its name and where that stands."""
    inner = getattr(function, "__wrapped__", function)
    if isinstance(inner, FunctionType):
        for name, cell in zip(inner.__code__.co_freevars, inner.__closure__ or (), strict=True):
            try:
                yield name, cell.cell_contents
            except ValueError:  # not filled yet
                continue
        yield from _values_in(inner.__globals__, inner.__globals__.get("__name__", ""))
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and _is_own(vars(module).get("__file__")):
            yield from _values_in(vars(module), module.__name__)


def _values_in(names: Mapping[str, Any], module: str) -> Iterator[tuple[str, Any]]:
    head = "" if module == "__main__" or module.startswith("_lrlab_task_") else f"{module}."
    for name, value in list(names.items()):
        if not name.startswith("__") and not isinstance(value, ModuleType | type | FunctionType):
            yield f"{head}{name}", value


@cache  # of a bounded size, one pass over more modules than that would find nothing in it
def _is_own(file: str | None) -> bool:
    """Whether a module's file is the user's: neither installed, nor Python's, nor lrlab's."""
    if not file:
        return False
    path = Path(file).resolve()
    return not any(part in INSTALLED for part in path.parts) and not (is_of_python(file) or path.is_relative_to(OURS))


def is_of_python(file: str) -> bool:
    """Whether a file is one of Python's own library, which has no frame of its own accord in a traceback."""
    path = Path(file).resolve()
    installed = any(part in INSTALLED for part in path.parts)
    return file.startswith("<frozen ") or (not installed and any(path.is_relative_to(folder) for folder in STANDARD))


class _StateReader:
    """Reads what tells values from themselves after a change, of so many values at most."""

    def __init__(self) -> None:
        self.left = MOST

    def state_of(self, value: Any, deep: int = DEEP) -> Any:
        """The state of a value; None of what is not looked at."""
        self.left -= 1
        if deep == DEEP and isinstance(value, bool | int | float | str):
            return repr(value)  # NaN, which equals nothing, too
        found = _state_of_one(value)
        if found is not None or deep == 0:
            return found
        states: list[Any] = []
        for name, part in _parts_of(value):
            if self.left <= 0:
                break
            state = self.state_of(part, deep - 1)
            states += [] if state is None else [(name, state)]
        return states or None


def _parts_of(value: Any) -> list[tuple[str, Any]]:
    """The entries of a collection, or the attributes of an object of the user's own."""
    if isinstance(value, dict):
        named: dict[Any, Any] = value
        return [(str(name), part) for name, part in named.items()] if len(named) <= MANY else []
    if isinstance(value, list | tuple):
        listed: Any = value
        return [(str(place), part) for place, part in enumerate(listed)] if len(listed) <= MANY else []
    module = sys.modules.get(type(value).__module__)
    own = module is not None and _is_own(vars(module).get("__file__"))
    return list(getattr(value, "__dict__", {}).items()) if own else []


def _state_of_one(value: Any) -> Any:
    """The state of an array or a generator; None of anything else."""
    if isinstance(value, np.ndarray):
        return _sample_of(value)
    if isinstance(value, np.random.Generator | np.random.RandomState):
        state = value.bit_generator.state if isinstance(value, np.random.Generator) else value.get_state(legacy=False)
        return str(state)
    if isinstance(value, random.Random):
        return hash(value.getstate())
    if type(value).__module__.startswith(("jax.", "jaxlib.")) and hasattr(value, "__array__"):
        return _sample_of(np.asarray(value))
    return _state_in_library(value)


def _state_in_library(value: Any) -> Any:
    """The state of what torch and Keras made; None of anything else. Neither is loaded for it."""
    torch, keras = sys.modules.get("torch"), sys.modules.get("keras")
    if torch is not None and isinstance(value, torch.Tensor):
        return None if value.is_inference() else (id(value), value._version)
    if torch is not None and isinstance(value, torch.nn.Module):
        return tuple(_state_in_library(part) for part in (*value.parameters(), *value.buffers()))
    if torch is not None and isinstance(value, torch.optim.Optimizer):
        return len(value.state), tuple(group["lr"] for group in value.param_groups)
    if torch is not None and isinstance(value, torch.Generator):
        return zlib.crc32(value.get_state().numpy().tobytes())
    if keras is not None and isinstance(value, keras.Model):
        return tuple(_sample_of(weights) for weights in value.get_weights())
    return None


def _sample_of(array: Any) -> Any:
    """A checksum of an array's bytes; of a large one, of values spread over it."""
    if array.dtype.hasobject:
        return None
    flat = array.reshape(-1) if array.flags.c_contiguous else array.ravel(order="K")
    step = max(array.nbytes // SAMPLE, 1)
    return array.shape, zlib.crc32(np.ascontiguousarray(flat[::step]).tobytes())


def _modes_of_torch() -> dict[str, Any]:
    """What holds for all of torch in a process; as it is at first where torch is not loaded yet."""
    torch = sys.modules.get("torch")
    return {
        "torch.set_default_dtype": "torch.float32" if torch is None else str(torch.get_default_dtype()),
        "torch.set_grad_enabled": True if torch is None else torch.is_grad_enabled(),
        "torch.set_default_device": "cpu" if torch is None else str(torch.get_default_device()),
    }
