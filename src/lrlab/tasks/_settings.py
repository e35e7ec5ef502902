"""The settings of a user's model, loss and metric as text: the same text on every machine.

Floats are rounded, for they may be computed; sets are sorted; of a path its last name counts; an address never.
"""

import dataclasses
import dis
import enum
import functools
import inspect
import sysconfig
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePath
from types import CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from ._copies import CHANGING, bound_object, copied_parts, hash_array, hash_bytes, hash_tensor

OTHERS = ("site-packages", "dist-packages")  # folders of what was installed
STANDARD = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))
OURS = Path(__file__).resolve().parents[1]
EXACT = (bool, int, str, bytes, torch.dtype, torch.device, np.dtype, type(None))
DEEP = 8  # steps into what a setting is made of
LONG_TEXT = 1000  # of a part: beyond, its hash stands for it, for quotes in quotes would double it at every level
DEEPEST = 60  # the same, strictly: what Python can walk without an end of its stack
FEW = 16  # values of a tensor that count one by one
MANY = 1_000_000  # values of an array that is no weight: beyond, only its shape counts
WORDED = (FunctionType, MethodType, type, ModuleType, functools.partial, tuple, set, frozenset)
LAYER_KEYS = {*vars(nn.Module())}  # what torch keeps in every layer
LOOK_UPS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
MIXERS = (2654435761, 2246822519)  # odd numbers of 32 bits that spread weights over a tensor's values


@lru_cache(maxsize=4096)
def is_own(file: str) -> bool:
    """Whether a file is the user's: neither installed, nor Python's, nor lrlab's."""
    path = Path(file).resolve()
    installed = any(part in OTHERS for part in path.parts)
    return not installed and not any(path.is_relative_to(folder) for folder in (*STANDARD, OURS))


def values_of(tensor: Tensor) -> str:
    """A tensor's values as text: whole numbers exactly, others as far as every machine computes them alike.

    Of those: root mean square, mean and two weighted sums; of 16 or fewer each value, to a ten-thousandth of the rms.
    """
    tensor = tensor.detach().cpu()
    dense = tensor if tensor.layout == torch.strided else tensor.to_dense()
    if not (dense.is_floating_point() or dense.is_complex()):
        return str(dense.flatten().tolist()) if dense.numel() <= MANY else str(int(dense.long().sum()))
    flat = (torch.view_as_real(dense) if dense.is_complex() else dense).flatten().double().nan_to_num(0, 0, 0).numpy()
    scale = float(np.sqrt(np.mean(flat**2))) if flat.size else 0.0
    if not 0 < scale < float("inf"):
        return str(scale)
    flat = flat / scale
    places = np.arange(1, flat.size + 1, dtype=np.uint64)
    spread = [((places * np.uint64(mixer)) % np.uint64(2**32)) / 2**31 - 1 for mixer in MIXERS]
    sums = [float(flat.mean()), *(float((weights * flat).sum()) / flat.size**0.5 for weights in spread)]
    each = flat.tolist() if flat.size <= FEW else []
    return " ".join([f"{scale:.4g}", *(f"{value:.3f}" for value in np.array(sums) + 0.0), *map(_round_value, each)])


def _round_value(value: float) -> str:
    return f"{round(value, 4) + 0.0:.4f}"


def setting(value: Any, *, strict: bool = False) -> str | None:
    """A setting as text; None where it is none, such as an object of a library.

    strict: of what a function names, only what it looks up outside itself counts, not attributes of the same name; and
    arrays count exactly, objects of libraries by what Python would copy them from, and layers by their settings.
    """
    return _SettingReader(strict).text(value, 0)


class _SettingReader:
    """Reads a setting and what it is made of, each object once."""

    def __init__(self, strict: bool) -> None:
        self.seen: dict[int, Any] = {}
        self.strict = strict

    def text(self, value: Any, depth: int) -> str | None:
        simple = _exact_text(value, is_held=depth > 0) if self.strict else None
        simple = _simple_text(value) if simple is None and not (self.strict and _is_array_of_parts(value)) else simple
        if simple is not None:
            return simple
        if id(value) in self.seen or depth > (DEEPEST if self.strict else DEEP):
            return "..."
        self.seen[id(value)] = value  # held: what is gone would leave its id to another
        return self._compound_text(value, depth + 1)

    def _compound_text(self, value: Any, depth: int) -> str | None:
        name = type(value).__name__
        if self.strict and (text := self._copy_text(value, depth)) is not None:
            return text
        if isinstance(value, Mapping):
            return (
                f"{name} {[(self._part_text(key, depth), self._part_text(part, depth)) for key, part in value.items()]}"
            )
        if isinstance(value, list | tuple):
            return f"{name} {[self._part_text(part, depth) for part in value]}"
        if isinstance(value, set | frozenset):
            return f"{name} {self._set_texts(value, depth)}"
        if isinstance(value, functools.partial):
            return f"partial {[self._part_text(part, depth) for part in (value.func, value.args, value.keywords)]}"
        if isinstance(value, MethodType):
            return f"{self._part_text(value.__func__, depth)} of {self._part_text(value.__self__, depth)}"
        if isinstance(value, FunctionType):
            return f"{value.__qualname__} {[f'{key} {text}' for key, text in self._function_parts(value, depth)]}"
        if isinstance(value, type):
            return f"{value.__qualname__} {self._class_parts(value, depth)}"
        return value.__qualname__ if inspect.isroutine(value) else self._object_text(value, depth)

    def _copy_text(self, value: Any, depth: int) -> str | None:
        """What only a strict reading says; None for what has words of its own."""
        kind = type(value)
        if isinstance(value, nn.Module):
            return self._layer_text(value, depth)
        if (owner := bound_object(value)) is not None:
            return f"{value.__qualname__} of {self._part_text(owner, depth)}"
        if _is_array_of_parts(value):
            array, names = np.asarray(value), value.dtype.names
            parts = [array[name] for name in names] if names else array.ravel().tolist()
            return f"{array.shape} {array.dtype} {[self._part_text(part, depth) for part in parts]}"
        if isinstance(value, WORDED) or inspect.isroutine(value) or _has_attributes(value):
            return None
        parts = [] if kind in (dict, list) else copied_parts(value)
        if isinstance(value, CHANGING):
            return kind.__qualname__
        return f"{kind.__qualname__} {[self._part_text(part, depth) for part in parts]}" if parts else None

    def _part_text(self, value: Any, depth: int) -> str:
        text = self.text(value, depth)
        if self.strict and text is not None and len(text) > LONG_TEXT:
            return hash_bytes(text.encode(errors="backslashreplace"))
        return type(value).__name__ if text is None else text

    def _set_texts(self, value: set[Any] | frozenset[Any], depth: int) -> list[str]:
        """What is in a set, sorted. Its order is another in each process, so none counts as seen for the next."""
        if not self.strict:
            return sorted(self._part_text(part, depth) for part in value)
        before, after, texts = self.seen, dict(self.seen), list[str]()
        for part in value:
            simple = _simple_text(part)
            if simple is None:
                self.seen = dict(before)
                simple = self._part_text(part, depth)
                after |= self.seen
            texts.append(simple)
        self.seen = after
        return sorted(texts)

    def _layer_text(self, layer: nn.Module, depth: int) -> str:
        """A layer with those in it: classes, settings, and weights as far as every machine computes them alike."""
        lines = list[str]()
        for name, module in layer.named_modules():
            self.seen[id(module)] = module
            settings = sorted((key, value) for key, value in vars(module).items() if _is_set_in_layer(key))
            texts = [f"{key} {self._part_text(value, depth)}" for key, value in settings]
            lines.append(f"{name} {self._part_text(type(module), depth)} {module.extra_repr()} {texts}")
        tensors = [*layer.named_parameters(), *layer.named_buffers()]
        lines += [f"{name} {values_of(tensor)}" for name, tensor in tensors if not is_lazy(tensor)]
        return str(lines)

    def _function_parts(self, function: FunctionType, depth: int) -> Iterator[tuple[str, str]]:
        """Defaults, what it closes over, and, of the user's own, the values outside it that it names."""
        for key, value in (("defaults", function.__defaults__), ("keywords", function.__kwdefaults__)):
            if value:
                yield key, self._part_text(value, depth)
        for key, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                yield key, self._part_text(cell.cell_contents, depth)
            except ValueError:  # a cell that is still empty
                continue
        if is_own(function.__code__.co_filename):
            yield from self._outside_parts(function, depth)

    def _outside_parts(self, function: FunctionType, depth: int) -> Iterator[tuple[str, str]]:
        names = sorted(set(_names_in(function.__code__)))
        looked_up = set(global_names(function.__code__)) if self.strict else set(names)
        for name in sorted(looked_up):
            value = function.__globals__.get(name)
            if isinstance(value, ModuleType) and is_own(getattr(value, "__file__", None) or __file__):
                parts = {f"{name}.{part}": vars(value)[part] for part in names if part in vars(value)}
            else:
                parts = {name: value} if name in function.__globals__ else {}
            for key, part in parts.items():
                text = None if isinstance(part, nn.Module | ModuleType) else self.text(part, depth)
                if text is not None:
                    yield key, text

    def _class_parts(self, kind: type, depth: int) -> list[str]:
        """What stands in a class of the user's own and in those it is made of."""
        parts_of_class = []
        for base in kind.__mro__:
            parts = vars(base).items() if _is_own_class(base) else ()
            for key, part in sorted(parts):
                if isinstance(part, staticmethod | classmethod | property):
                    part = part.fget if isinstance(part, property) else part.__func__
                if isinstance(part, FunctionType) or not key.startswith("__"):
                    parts_of_class.append(f"{key} {self._part_text(part, depth)}")
        return parts_of_class

    def _object_text(self, value: Any, depth: int) -> str | None:
        """An object of a class of the user's own, a data class or a namespace, by its attributes."""
        kind = type(value)
        if isinstance(value, nn.Module):
            return kind.__qualname__
        if dataclasses.is_dataclass(value):
            parts = {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)}
        elif _has_attributes(value):
            slots = [name for base in kind.__mro__ for name in _slots_of(base)]
            parts = {name: getattr(value, name) for name in slots if hasattr(value, name)} | getattr(
                value, "__dict__", {}
            )
        else:
            return None
        head = f"{kind.__qualname__} {self._class_parts(kind, depth)}" if _is_own_class(kind) else kind.__qualname__
        return f"{head} {[(key, self._part_text(part, depth)) for key, part in sorted(parts.items())]}"


def _simple_text(value: Any) -> str | None:
    """A setting that is made of no others."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if isinstance(value, PurePath) or (isinstance(value, str) and PurePath(value).is_absolute()):
        return repr(PurePath(value).name)
    if isinstance(value, EXACT):
        return repr(value)
    if isinstance(value, float | complex):
        return f"{complex(value):.12g}" if isinstance(value, complex) else f"{value:.12g}"
    if isinstance(value, np.generic | np.ndarray):
        return _array_text(np.asarray(value))
    if isinstance(value, Tensor):
        few = value.numel() <= MANY and not value.is_meta
        return f"{tuple(value.shape)} {value.dtype} {values_of(value) if few else ''}"
    return None


def _exact_text(value: Any, *, is_held: bool) -> str | None:
    """An array by its bytes; None for others, for weights, and for a large one that is not held by another value.

    What names a large one notes it.
    """
    if isinstance(value, bytes | bytearray):
        is_short = isinstance(value, bytes) and len(value) <= LONG_TEXT
        return None if is_short else f"{type(value).__name__} {len(value)} {hash_bytes(value)}"
    if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
        is_noted = value.numel() > MANY and not is_held
        return None if is_noted else f"{tuple(value.shape)} {value.dtype} {hash_tensor(value)}"
    if not isinstance(value, np.generic | np.ndarray) or (value.size > MANY and not is_held):
        return None
    digest = hash_array(np.asarray(value))
    return None if digest is None else f"{value.shape} {value.dtype} {digest}"


def _is_array_of_parts(value: Any) -> bool:
    """Whether an array holds objects or fields."""
    return isinstance(value, np.generic | np.ndarray) and (value.dtype.hasobject or value.dtype.names is not None)


def _array_text(array: np.ndarray) -> str:
    head = f"{array.shape} {array.dtype}"
    if array.size > MANY or array.dtype.kind not in "biufcUS":
        return head
    if array.dtype.kind in "US":
        return f"{head} {array.tolist()}"
    return f"{head} {values_of(torch.as_tensor(array.astype(float if array.dtype.kind == 'f' else array.dtype)))}"


def _names_in(code: CodeType) -> Iterator[str]:
    """The names a function's code looks up, with those of the functions inside it."""
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names_in(part)


def global_names(code: CodeType) -> Iterator[str]:
    """The names that a function's code, and the functions inside it, look up outside themselves."""
    for step in dis.get_instructions(code):
        if step.opname in LOOK_UPS:
            yield step.argval
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from global_names(part)


def imported_names(code: CodeType, package: str) -> Iterator[str]:
    """The dotted names that a function's code, and the functions inside it, import; perhaps names that are no modules.

    package: where the function stands, for names that are relative to it.
    """
    stem = ""
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME":
            stem = step.argval
            yield from filter(None, (stem, f"{package}.{stem}".strip(".")))
        elif step.opname == "IMPORT_FROM":
            yield from (".".join(filter(None, names)) for names in ((stem, step.argval), (package, stem, step.argval)))
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from imported_names(part, package)


def is_own_object(value: Any) -> bool:
    """Whether a value is an object of a class of the user's own."""
    return _is_own_class(type(value))


def _is_set_in_layer(key: str) -> bool:
    return key not in LAYER_KEYS and not key.startswith("_torchdynamo")


def _has_attributes(value: Any) -> bool:
    """Whether an object is said by its attributes, whatever Python would copy it from."""
    kind = type(value)
    return (
        dataclasses.is_dataclass(kind)
        or isinstance(value, SimpleNamespace)
        or _is_own_class(kind)
        or kind.__module__ == "argparse"
    )


def _is_own_class(kind: type) -> bool:
    return any(
        isinstance(part, FunctionType) and is_own(part.__code__.co_filename) for part in list(vars(kind).values())
    )


def _slots_of(kind: type) -> tuple[str, ...]:
    slots = vars(kind).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)
