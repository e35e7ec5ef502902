"""Whether modules do what their classes say: a stack is made from classes, so it must see what a user put in between.

Torch's own code is told from a user's by where it lies, and by what it was when this file was imported.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import torch
from torch import fx, nn
from torch._C import _VariableFunctions  # type: ignore[attr-defined]
from torch.nn import functional as F  # noqa: N812
from torch.nn.modules import module as torch_module
from torch.overrides import _get_current_function_mode_stack
from torch.utils._device import DeviceContext

from .._noise import KeyedDropout
from ._builder import LayerPlace, refuse

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
CALLS = ("forward", "__call__", "_call_impl", "_wrapped_call_impl", "_slow_forward")
PASSIVE = (  # by which no pass is computed; torch.compile replaces some of them itself
    *("__init__", "__new__", "__del__", "__getstate__", "__setstate__", "__reduce__", "__reduce_ex__", "__deepcopy__"),
    *("__repr__", "__str__", "__format__", "__dir__", "extra_repr"),
)
MODES = ("train", "eval")  # frozen layers replace these; `_check_modes` sees what they do
HELPERS = ("typing.py", "typing_extensions.py", "contextlib.py")  # whose functions torch wraps its own in
LAYERS = ("torch.nn.", "torch.ao.nn.")  # where torch has its layers
OPERATORS = dir(_VariableFunctions)

_TORCH = str(Path(nn.Module.named_modules.__code__.co_filename).parents[2])
_SPACES: tuple[ModuleType | type, ...] = (torch, F, torch.Tensor)


def _is_code(value: object) -> bool:
    return callable(value) or hasattr(value, "__get__")


def _code_of(space: ModuleType | type) -> dict[str, Any]:
    """The functions of a class, or of a module of torch's, by name."""
    own = vars(space)
    names = (name for name in OPERATORS if name in own) if space is torch else list(own)
    return {name: own[name] for name in names if name not in PASSIVE and "annot" not in name and _is_code(own[name])}


def _classes_of(kind: type) -> Iterator[type]:
    """A layer's class and those it is made of, as far as they are torch's."""
    return (cls for cls in kind.__mro__ if cls.__module__.startswith(LAYERS))


def _layer_classes() -> set[type]:
    kinds = [kind for kind in vars(nn).values() if isinstance(kind, type) and issubclass(kind, nn.Module)]
    return {cls for kind in kinds for cls in _classes_of(kind)}


_AS_IMPORTED: Mapping[Any, dict[str, Any]] = {space: _code_of(space) for space in (*_SPACES, *_layer_classes())}


def check_own_code(model: nn.Module) -> None:
    """Refuse a model of which more runs than its classes say.

    Hooks, its own or of all modules; methods that were put on one instance; methods and functions of torch that were
    replaced; a call of the model that is more than its forward.
    """
    _check_torch()
    traced_before = isinstance(model, fx.GraphModule)  # whose class is made for it, and calls its graph
    for kind in CALLS[1:]:
        if getattr(type(model), kind, None) is not getattr(nn.Module, kind, None) and not traced_before:
            refuse(type(model).__name__, f"has a {kind} of its own, which is more than its forward")
    for name, module in model.named_modules():
        _check_instance(LayerPlace(f"layer {name}" if name else type(model).__name__, name), module)
    for kind in {cls for module in model.modules() for cls in _classes_of(type(module))}:
        _check_space(kind, kind.__name__)


def _check_instance(place: LayerPlace, module: nn.Module) -> None:
    if any(getattr(module, kind) for kind in HOOKS):
        refuse(place, "has hooks")
    kind, own = type(module), vars(module)
    leaf = kind.__module__.startswith(LAYERS) or kind is KeyedDropout  # of all others the code itself is traced
    loose = next((name for name, value in own.items() if isinstance(value, torch.Tensor)), None)
    if leaf and loose is not None:
        refuse(place, f"has a tensor as its {loose} that is no parameter and no buffer")
    state = (*own, *module._parameters, *module._buffers, *module._modules)
    for name in state if leaf else [name for name in CALLS if name in own]:
        if name not in MODES and _is_code(getattr(kind, name, None)):
            refuse(place, f"has a {name} that was put in the place of its class's")
    compiled = own.get("_compiled_call_impl")
    if compiled is not None and getattr(compiled, "_torchdynamo_orig_callable", None) != module._call_impl:
        refuse(place, "has a _compiled_call_impl that torch.compile did not make")


def _check_torch() -> None:
    """Refuse where torch itself does more, in this process, than its code says."""
    for kind in HOOKS:
        if getattr(torch_module, f"_global{kind}"):
            refuse("torch", f"has hooks on all modules ({kind.strip('_').replace('_', ' ')})")
    modes = [type(mode).__name__ for mode in _get_current_function_mode_stack() if type(mode) is not DeviceContext]
    if modes:
        refuse("torch", f"runs under the mode {modes[0]}, which may change every function")
    for space in _SPACES:
        _check_space(space, space.__name__)


def _check_space(space: ModuleType | type, text: str) -> None:
    """Refuse a class or a module of torch's in which a function was replaced, or one added that torch's own call."""
    known = _AS_IMPORTED.get(space, {})
    for name, value in _code_of(space).items():
        replaced = known.get(name, value) is not value
        foreign = isinstance(value, FunctionType) and not _is_torchs(value)
        added = bool(known) and name not in known and space is not F
        if replaced or ((foreign or added) and _computes(space, name)):
            refuse(f"{text}.{name}", "is not as torch has it, and was replaced or added in this process")


def _computes(space: ModuleType | type, name: str) -> bool:
    """Whether torch's layers call a function of this name, and not only those who added it."""
    if space in _SPACES:
        return name in OPERATORS or space is F or hasattr(torch._C.TensorBase, name)
    if name == "forward" or name.startswith("__"):
        return True
    own = [value for cls in (space, nn.Module) for value in vars(cls).values() if isinstance(value, FunctionType)]
    return any(name in function.__code__.co_names for function in own if _is_torchs(function))


def _is_torchs(function: FunctionType) -> bool:
    file = function.__code__.co_filename
    return file.startswith(_TORCH) or Path(file).name in HELPERS
