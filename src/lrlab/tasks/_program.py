"""What a user's task is made of besides its data: the files of the user's that it imports, and its model's structure.

Each part is a hash of what runs: comments, spaces and docstrings do not count.
"""

import ast
import functools
import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

from torch import nn

from ._base import Task
from ._loaded import check_loaded, is_set
from ._run_texts import is_path, is_program, run_texts
from ._settings import is_own, is_own_object, setting, values_of
from ._source import tree_of, what_runs

MAIN = ("__main__", "__mp_main__")  # what was started, another in each process
HIDDEN = {*vars(nn.Module())}  # what torch keeps in every module
LONG = 10_000  # parts of a collection: beyond, it holds data
# A file that says one of these may import what it names in a string.
DYNAMIC = {"import_module", "__import__", "run_module", "run_path", "spec_from_file_location", "find_spec", "exec"}
DYNAMIC |= {"SourceFileLoader", "execfile", "compile", "resolve_name"}


class _UserFile(NamedTuple):
    """A module of the user's: its dotted name, where it lies, its text, and the module where it is loaded."""

    name: str
    path: Path
    text: bytes | str
    module: ModuleType | None


def program_of(task: Task, where: str, source: str, structure: str, reached: Iterable[str]) -> dict[str, str]:
    """A hash of each part: files by name (never by path), "the model" and "version".

    where: as `load_user_task` takes it. source: the text that it gave. structure: what `structure_of` gave for the
    task's models. reached: what `reached_by` gave for them.
    """
    parts = {"the model": hash_text(structure), "version": hash_text(task.version)}
    return parts | file_parts(where, source, reached)


def file_parts(where: str, source: str, reached: Iterable[str]) -> dict[str, str]:
    """A hash of what runs of the file at a place and of each of the user's files that it imports, by name.

    source: the file's text. reached: modules and files that come in by other ways. Raises TaskError where a module was
    edited since it was imported.
    """
    place = where.rpartition(":")[0]
    name = Path(place).stem if place.endswith(".py") else place
    main = sys.modules[f"_lrlab_task_{name}" if place.endswith(".py") else name]
    file = getattr(main, "__file__", None)
    if file is None:
        return {}
    first = _UserFile(name, Path(file).resolve(), source, main)
    files = _user_files([first], reached, first.path.parent)
    _check_files(files[1:] if place.endswith(".py") else files, _taken_in(files))  # a file by its path is run again
    return _file_parts(files)


def program_of_value(
    task: Task, structure: str, texts: Mapping[str, str], places: Iterable[str], imported: Iterable[Any] = ()
) -> dict[str, str]:
    """A hash of each part of a task that stands in no file that others import.

    Parts are "the model", "version", those of the texts, and the files that lie at the places. structure: what
    `structure_of` gave for the task's models. texts, places, imported: as `definitions_of` has them. Raises TaskError
    where a file was changed since it was imported.
    """
    parts = {"the model": hash_text(structure), "version": hash_text(task.version)}
    return parts | value_parts(texts, places, imported)


def value_parts(texts: Mapping[str, str], places: Iterable[str], imported: Iterable[Any] = ()) -> dict[str, str]:
    """A hash of each text, and of what runs of the files at the places, by name: as `program_of_value` has them."""
    main = getattr(sys.modules["__main__"], "__file__", None)
    script = Path(main).resolve() if main else None
    here = script.parent if script else _current_folder()
    parts = {part: hash_text(text) for part, text in texts.items()}
    files = _user_files([], places, here, script)
    _check_files(files, imported)
    return parts | _file_parts(files)


def _check_files(files: Iterable[_UserFile], taken: Iterable[Any]) -> None:
    """Raise TaskError for a module that was edited since it was imported. taken: see `check_loaded`."""
    taken = list(taken)
    for file in files:
        if file.module is not None:
            check_loaded(file.name, file.text, file.module, taken)


def _taken_in(files: Iterable[_UserFile]) -> Iterator[Any]:
    """Functions and classes that stand at the top of the files' modules, whichever of them they come from."""
    for file in files:
        for value in list(vars(file.module).values()) if file.module is not None else ():
            if isinstance(value, FunctionType | type):
                yield value


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:  # it was removed
        return Path("/")


def _file_parts(files: Iterable[_UserFile]) -> dict[str, str]:
    """A hash of what runs of each file, by its name; of several of one name a hash of them all."""
    texts: dict[str, list[str]] = {}
    for file in files:
        texts.setdefault(_shown_name(file), []).append(hash_text(_text_that_runs(file.text)))
    return {name: hashes[0] if len(hashes) == 1 else hash_text(sorted(hashes)) for name, hashes in texts.items()}


def structure_of(models: tuple[nn.Module, nn.Module], task: Task, *, strict: bool = False) -> str:
    """Parameters and buffers, by name, shape, type and first values, and settings of layers, of two models of one seed.

    What differs between the two, such as an address, is left out. What loss, metric and model function are set by
    counts too: attributes, defaults, closures, and the values outside them that they name. strict: as in `setting`.
    """
    both = zip(*(list(_lines_of(model, strict)) for model in models), strict=False)
    lines = [line for line, twin in both if line == twin]
    for measure in (task.loss, task.score, own_objective(task)):
        if isinstance(measure, nn.Module):
            lines += [
                *_lines_of(measure, strict),
                *(hash_text(tensor.tolist()) for tensor in measure.state_dict().values()),
            ]
        elif measure is not None:
            lines.append(str(setting(measure, strict=strict)))
    lines += [str(setting(make, strict=strict)) for make in _loaders_of(task)]
    return "\n".join([*lines, str(setting(task.model, strict=strict)), str(task.metric)])


def _lines_of(model: nn.Module, strict: bool) -> Iterator[str]:
    for name, parameter in model.named_parameters():
        yield f"{name} {tuple(parameter.shape)} {parameter.dtype} {parameter.requires_grad}"
    for name, buffer in model.named_buffers():
        yield f"{name} {tuple(buffer.shape)} {buffer.dtype}"
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        yield f"{name} {values_of(tensor)}"
    for name, module in model.named_modules():
        yield f"{name} {setting(type(module), strict=strict)} {module.extra_repr()}"
        for key, value in sorted(vars(module).items()):
            text = None if key in HIDDEN or key.startswith("_torchdynamo") else setting(value, strict=strict)
            if text is not None:
                yield f"{name}.{key} {text}"


def _user_files(
    first: list[_UserFile], named: Iterable[str], folder: Path, script: Path | None = None
) -> list[_UserFile]:
    """The user's own files, the first and all that they import, by whatever way, and those named; each once.

    What has a name as a module is called by that; the other files by where they lie from the folder. script: a file
    that is left out unless it is imported, for what it holds is not all the task's.
    """
    files = {file.path: file for file in first}
    ahead, unnamed = list(first), [name for name in named if is_path(name)]
    names = [name for name in named if not is_path(name)]
    while ahead or names or unnamed:
        if ahead:
            file = ahead.pop()
            among = list(vars(file.module).items()) if file.module is not None else ()
            places = {
                *_imported_names(file),
                *_named_in_text(file),
                *reached([value for key, value in among if key[:2] != "__"]),
            }
            names += sorted(name for name in places if not is_path(name))
            unnamed += sorted(name for name in places if is_path(name))
        if names:
            new, names = [_module_file(name) for name in names], []
        else:
            new, unnamed = [_file_at(name, folder) for name in unnamed if Path(name).resolve() != script], []
        for other in new:
            if other is not None and other.path not in files:
                files[other.path] = other
                ahead.append(other)
    return list(files.values())


def _imported_names(file: _UserFile) -> Iterator[str]:
    """The dotted names a file imports, at its top or inside a function, with the packages they lie in."""
    package = file.name.split(".")[: None if file.path.stem == "__init__" else -1]
    for node in ast.walk(tree_of(file.text) or ast.Module([], [])):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *filter(None, [node.module])])
            names = [stem, *(f"{stem}.{name}" for name in names)]
        for name in filter(None, names):
            parts = name.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def _named_in_text(file: _UserFile) -> Iterator[str]:
    """Modules and files that a file names in strings, where it says that it imports or runs such."""
    nodes = list(ast.walk(tree_of(file.text) or ast.Module([], [])))
    words = {name for node in nodes for name in (getattr(node, "id", ""), getattr(node, "attr", ""))}
    words |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    if not words & DYNAMIC:
        return
    yield from run_texts(nodes, file.path.parent)
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    folders = ["", *(text for text in texts if _is_folder(file.path.parent / text))]
    package = file.name.rpartition(".")[0]
    for text in filter(None, texts):
        if text.endswith(".py"):
            yield from (str(file.path.parent / folder / text) for folder in folders)
        elif all(part.isidentifier() for part in text.lstrip(".").split(".")):
            yield f"{package}{text}" if text.startswith(".") else text
        elif text.endswith(".") and text[:-1].isidentifier():  # the head of f"nets.{name}"
            yield from (f"{text}{other.stem}" for other in sorted((file.path.parent / text[:-1]).glob("*.py")))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def reached_by(models: Iterable[nn.Module], task: Task) -> list[str]:
    """`reached` of models, layer by layer, and of a task's functions."""
    return sorted({*reached(code_of(models, task))})


def code_of(models: Iterable[nn.Module], task: Task) -> list[Any]:
    """Layers of models, what was set in each, and a task's functions: all that may run."""
    layers = [layer for model in models for layer in model.modules()]
    settings = [value for layer in layers for value in settings_of(layer)]
    own = own_objective(task)
    return [*layers, *settings, task.model, task.loss, task.score, own, *_loaders_of(task)]


def _loaders_of(task: Task) -> list[Any]:
    """The functions that make loaders, of a task whose data do not lie in memory."""
    return [stream.make for stream in task.streams.values()]


def own_objective(task: Task) -> Any:
    """A task's objective where its class is the user's own, else None."""
    given = task.given_objective
    return given if is_own_object(given) else None


def settings_of(layer: nn.Module) -> list[Any]:
    """What was set in a layer by others than torch, a `forward` of its own too; no parameters, buffers and layers."""
    return [value for key, value in vars(layer).items() if key not in HIDDEN or key == "forward"]


def reached(values: Iterable[Any]) -> Iterator[str]:
    """The modules that values and what they hold come from, however they got there, and the files of their code."""
    seen: dict[int, Any] = {}
    ahead = list(values)
    while ahead:
        value = ahead.pop()
        if id(value) not in seen:
            seen[id(value)] = value
            ahead += held_code(value)
            yield from places_of(value)


def held_code(value: Any) -> list[Any]:
    """What a value holds that may be code."""
    if isinstance(value, Mapping) and type(value) is dict:
        return list(value.values()) if len(value) <= LONG else []
    if isinstance(value, list | tuple | set | frozenset):
        return list(value) if len(value) <= LONG else []
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, FunctionType):
        closed = [cell.cell_contents for cell in value.__closure__ or () if is_set(cell)]
        return [*closed, *(value.__defaults__ or ()), getattr(value, "__wrapped__", None)]
    return list(value.__mro__) if isinstance(value, type) else [type(value)]


def places_of(value: Any) -> Iterator[str]:
    """The name of the module that a module, class or function is or stands in, and the file of its code."""
    if isinstance(value, ModuleType):
        names = [value.__name__, getattr(value, "__file__", None)]
    elif isinstance(value, type):
        code = [part.__code__.co_filename for part in list(vars(value).values()) if isinstance(part, FunctionType)]
        names = [getattr(value, "__module__", None), *code]
    elif isinstance(value, FunctionType):
        names = [value.__module__, value.__code__.co_filename]
    else:
        names = []
    yield from (name for name in names if isinstance(name, str) and name and name not in MAIN)


def is_importable(name: str | None) -> bool:
    """Whether another process can import the module of that name: not a script, a notebook or what was made here."""
    module = sys.modules.get(name or "")
    if name is None or name in MAIN or module is None:
        return False
    file = getattr(module, "__file__", None)
    return file is None or not is_own(file) or PathFinder.find_spec(name.partition(".")[0]) is not None


def _module_file(name: str) -> _UserFile | None:
    """The module of that name, where it is the user's and written in Python."""
    try:
        path = Path(_place_of(name) or "").resolve()
        if path.suffix != ".py" or not is_own(str(path)):
            return None
        return _UserFile(name, path, path.read_bytes(), sys.modules.get(name))
    except Exception:  # a module may be anything that somebody put there
        return None


def _place_of(name: str) -> str | None:
    """The file of a module; of one that is not loaded too, and nothing is loaded for that."""
    place, folders = None, None
    for end, part in enumerate(name.split("."), 1):
        stem = ".".join(name.split(".")[:end])
        if (module := sys.modules.get(stem)) is not None:
            about = getattr(module, "__dict__", {})  # not by getattr, which a module may define for itself
            place, folders = about.get("__file__"), about.get("__path__")
        elif end == 1:
            spec = PathFinder.find_spec(stem)
            place, folders = (spec.origin, spec.submodule_search_locations) if spec else (None, None)
        else:  # a package of no file, which is a folder alone, is found by importing what it lies in: so look
            tops = [Path(folder) / part for folder in folders or ()]
            files = [file for top in tops for file in (top / "__init__.py", top.with_name(f"{part}.py"))]
            place = next((str(file) for file in files if file.is_file()), None)
            folders = [str(top) for top in tops if top.is_dir()]
    return place


def _file_at(file: str, folder: Path) -> _UserFile | None:
    """The user's file at a path, named by where it lies from a folder; by its own name where it lies elsewhere."""
    try:
        path = Path(file).resolve()
        if not is_own(str(path)) or not is_program(path):
            return None
        below = path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
        name = ".".join(below.with_suffix("").parts)
        return _UserFile(name.removesuffix(".__init__"), path, path.read_bytes(), None)
    except (OSError, ValueError):
        return None


def _shown_name(file: _UserFile) -> str:
    """A file's name below the folder it is imported from."""
    stem = file.name.replace(".", "/")
    if file.module is None and file.path.suffix != ".py":
        return f"{stem}{file.path.suffix}"
    return f"{stem}/__init__.py" if file.path.stem == "__init__" else f"{stem}.py"


def _text_that_runs(text: bytes | str) -> str:
    """A program without comments, spaces and docstrings; the text itself where it cannot be read."""
    tree = tree_of(text)
    running = None if tree is None else what_runs(tree)
    return str(text) if running is None else running


def hash_text(value: Any) -> str:
    return hashlib.sha256(str(value).encode(errors="backslashreplace")).hexdigest()[:16]
