"""A loop by its place: in a file, in a module, or made in this program and sent by value."""

from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NamedTuple

from ..errors import TaskError
from ..tasks import (
    fingerprint_of,
    import_object,
    load_by_value,
    loops_in,
    place_of_user_task,
    program_by_value,
    program_in_file,
    send_by_value,
    tasks_in,
)
from ._command import Command
from ._own_loop import OwnLoop

VALUE = "loop-value:"  # how the place of a loop that was sent begins
HEAD = "loop:"  # how the name of a loop begins that was made in a program
KEPT = 8  # loops of this process that are known by their places

_here: dict[str, OwnLoop] = {}


def loop_sent_away(loop: OwnLoop, name: str) -> str:
    """The place of a loop for workers on other machines: by value, with the user's modules. Raises TaskError."""
    where = f"{VALUE}{send_by_value(loop, name, away=True)}"
    _here[where] = loop
    return where


class OpenedLoop(NamedTuple):
    """A loop that was found: its name in records, its place, its fingerprint, a hash of each part of its program."""

    loop: OwnLoop
    name: str
    where: str
    data: str
    program: dict[str, str]


def open_loop(asked: "str | OwnLoop", send: bool = True) -> OpenedLoop | None:
    """The loop that is meant; None where a name is not that of a loop.

    asked: `file.py:function`, `module:function`, a file of one loop, or a loop made in this program. send: whether
    workers in other processes will run it. Raises TaskError where it cannot be read, imported or sent.
    """
    if isinstance(asked, OwnLoop):
        return _open_value(asked, send)
    if not may_be_loop(asked):
        return None
    place = place_of_user_task(asked)
    if not _may_be_loop(place.where):
        return None
    module, loop = import_object(place.where)
    if not isinstance(loop, OwnLoop):
        return None
    program = program_in_file(place.where, module, loop.function) | _fields_of(loop)
    _keep_here(place.where, loop)
    return OpenedLoop(loop, place.name, place.where, fingerprint_of(program), program)


def may_be_loop(asked: str) -> bool:
    """Whether a name is written as that of a user's own task or loop is."""
    return (":" in asked or asked.strip().endswith(".py")) and not asked.startswith("hub:")


def load_loop(where: str) -> OwnLoop:
    """The loop at a place that `open_loop` gave: here the very one, else loaded once. Raises TaskError."""
    return _here[where] if where in _here else _load(where)


@lru_cache(maxsize=KEPT)
def _load(where: str) -> OwnLoop:
    if where.startswith(VALUE):
        loop = load_by_value(Path(where.removeprefix(VALUE)), "the loop")
    else:
        _, loop = import_object(where)
    if not isinstance(loop, OwnLoop):
        raise TaskError(f"{where} is a {type(loop).__name__}, not a loop; write @lrlab.trial over the function")
    return loop


def _open_value(loop: OwnLoop, send: bool) -> OpenedLoop:
    name = f"{HEAD}{loop.name}"
    made = loop.function
    program = made.program() if isinstance(made, Command) else program_by_value(made)
    program |= _fields_of(loop)
    data = fingerprint_of(program)
    where = f"{VALUE}{send_by_value(loop, loop.name) if send else data}"
    _keep_here(where, loop)
    return OpenedLoop(loop, name, where, data, program)


def _keep_here(where: str, loop: OwnLoop) -> None:
    """Know a loop by its place in this process, as it is now; of many the oldest is forgotten."""
    _here.pop(where, None)
    _here[where] = loop
    for old in list(_here)[:-KEPT]:
        del _here[old]


def _fields_of(loop: OwnLoop) -> dict[str, str]:
    """What the decorator was told that changes what is trained or measured."""
    told = {"metric": loop.metric and loop.metric.to_json(), "updates per epoch": loop.updates_per_epoch}
    told |= {"settings": dict(loop.settings) or None, "version": loop.version or None}
    return {name: str(value) for name, value in told.items() if value is not None}


def _may_be_loop(where: str) -> bool:
    """Whether the object at a place may be a loop, as far as its file tells: what a helper made may be."""
    module, _, name = where.rpartition(":")
    file = module if module.endswith(".py") else _file_of(module)
    if file is None:
        return True
    text = Path(file)
    return name in loops_in(text) or name not in {*_plainly_defined_in(text), *tasks_in(text)}


def _file_of(module: str) -> str | None:
    """The file of a module at the top, without importing it; None where only importing tells."""
    spec = PathFinder.find_spec(module, [str(Path.cwd())]) or PathFinder.find_spec(module)
    return spec.origin if spec is not None and (spec.origin or "").endswith(".py") else None


def _plainly_defined_in(file: Path) -> set[str]:
    """Names of functions and classes at the top of a file that no decorator makes anything else of."""
    import ast

    tree = ast.parse(file.read_bytes())
    defined = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    return {node.name for node in defined if not node.decorator_list}
