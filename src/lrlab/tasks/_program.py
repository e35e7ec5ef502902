"""What a user's task is made of besides its data: the files of the user's that it imports, and its model's structure.

Each part is a hash of what runs: comments, spaces and docstrings do not count.
"""

import ast
import functools
import hashlib
import importlib.util
import inspect
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import nn

from ._base import Task

OTHERS = ("site-packages", "dist-packages")  # folders of what was installed
STANDARD = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))
OURS = Path(__file__).resolve().parents[1]
MAIN = ("__main__", "__mp_main__")  # what was started, another in each process
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PLAIN = (bool, int, float, complex, str, bytes, torch.dtype, torch.device, type(None))


class _File(NamedTuple):
    """A module of the user's: its dotted name, where it lies, its text, and the module where it is loaded."""

    name: str
    path: Path
    text: bytes | str
    module: ModuleType | None


def program_of(task: Task, where: str, structure: str) -> dict[str, str]:
    """A hash of each part: files by name (never by path), "the model" and "version". where: as `load` takes it."""
    place = where.rpartition(":")[0]
    name = Path(place).stem if place.endswith(".py") else place
    main = sys.modules[f"_lrlab_task_{name}" if place.endswith(".py") else name]
    file = getattr(main, "__file__", None)
    parts = {"the model": _hash(structure), "version": _hash(task.version)}
    if file is None:
        return parts
    first = _File(name, Path(file).resolve(), task.source, main)
    return parts | {_shown(file): _hash(_what_runs(file.text)) for file in _files(first)}


def structure_of(models: tuple[nn.Module, nn.Module], task: Task) -> str:
    """Names, shapes and types of parameters and buffers, and the settings of every layer, of two models of one seed.

    What differs between the two, such as an address, is left out. Loss and metric count too where they are modules or
    functions with settings.
    """
    both = zip(*(list(_lines(model)) for model in models), strict=False)
    lines = [one for one, other in both if one == other]
    for measure in (task.loss, task.score):
        if isinstance(measure, nn.Module):
            lines += [*_lines(measure), *(_hash(tensor.tolist()) for tensor in measure.state_dict().values())]
        elif measure is not None:
            lines.append(str(_plain(measure)))
    return "\n".join([*lines, str(task.metric)])


def _lines(model: nn.Module) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        yield f"{name} {tuple(parameter.shape)} {parameter.dtype} {parameter.requires_grad}"
    for name, buffer in model.named_buffers():
        yield f"{name} {tuple(buffer.shape)} {buffer.dtype}"
    for name, module in model.named_modules():
        yield f"{name} {type(module).__qualname__} {module.extra_repr()}"
        for setting, value in sorted(vars(module).items()):
            found = _plain(value)
            if found is not None and not setting.startswith("_") and setting != "training":
                yield f"{name}.{setting} {found[0]}"


def _plain(value: Any) -> tuple[str] | None:
    """A setting as text; None where it is none: a tensor, an object."""
    if isinstance(value, PLAIN):
        return (repr(value),)
    if isinstance(value, list | tuple | set | frozenset):
        found = [_plain(part) for part in value]
        return None if None in found else (f"{type(value).__name__} {found}",)
    if isinstance(value, dict):
        return _plain(list(value.items()))
    if isinstance(value, functools.partial):
        return (f"{_plain(value.func)} {_plain(value.args)} {_plain(value.keywords)}",)
    if inspect.isroutine(value) or isinstance(value, type):
        return (getattr(value, "__qualname__", ""),)
    return None


def _files(first: _File) -> list[_File]:
    """The user's own files, the first and all that it imports, by whatever way; each once."""
    found = {first.path: first}
    ahead = [first]
    while ahead:
        file = ahead.pop()
        for name in sorted({*_imported(file), *_reached(file.module)}):
            other = _own(name)
            if other is not None and other.path not in found:
                found[other.path] = other
                ahead.append(other)
    return list(found.values())


def _imported(file: _File) -> Iterator[str]:
    """The dotted names a file imports, at its top or inside a function, with the packages they lie in."""
    package = file.name.split(".")[: None if file.path.stem == "__init__" else -1]
    for node in ast.walk(_tree(file.text) or ast.Module([], [])):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *filter(None, [node.module])])
            names = [stem, *(f"{stem}.{name}" for name in names)]
        for name in filter(None, names):
            parts = name.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def _reached(module: ModuleType | None) -> Iterator[str]:
    """The modules that what stands in a module comes from, however it got there."""
    for value in list(vars(module).values()) if module is not None else ():
        named = value if isinstance(value, type) or inspect.isfunction(value) else type(value)
        name = value.__name__ if isinstance(value, ModuleType) else getattr(named, "__module__", None)
        if isinstance(name, str) and name not in MAIN:
            yield name


def _own(name: str) -> _File | None:
    """The module of that name, where it is the user's and written in Python."""
    module = sys.modules.get(name)
    try:
        if module is not None:
            file = module.__file__
        else:
            known = "." not in name or name.rpartition(".")[0] in sys.modules  # else looking would import the package
            spec = importlib.util.find_spec(name) if known else None
            file = spec and spec.origin
        path = Path(file or "").resolve()
        if path.suffix != ".py" or not _is_own(path):
            return None
        return _File(name, path, path.read_bytes(), module)
    except Exception:  # a module may be anything that somebody put there
        return None


def _is_own(path: Path) -> bool:
    installed = any(part in OTHERS for part in path.parts)
    return not installed and not any(path.is_relative_to(folder) for folder in (*STANDARD, OURS))


def _shown(file: _File) -> str:
    """A file's name below the folder it is imported from."""
    stem = file.name.replace(".", "/")
    return f"{stem}/__init__.py" if file.path.stem == "__init__" else f"{stem}.py"


def _what_runs(text: bytes | str) -> str:
    """A program without comments, spaces and docstrings; the text itself where it cannot be read."""
    tree = _tree(text)
    if tree is None:
        return str(text)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    try:
        return ast.unparse(tree)
    except RecursionError:
        return str(text)


def _tree(text: bytes | str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _hash(value: Any) -> str:
    return hashlib.sha256(str(value).encode(errors="backslashreplace")).hexdigest()[:16]
