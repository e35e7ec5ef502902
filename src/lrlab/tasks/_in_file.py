"""What a file of Python says without being run: its text, and the tasks and training loops it makes."""

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from ..errors import TaskError

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
OWN_SPACE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
MAKERS = ("Task", "from_arrays", "with_model")


def source_of(path: Path) -> str:
    """The text of a file of Python in the encoding it names, UTF-8 unless it names another. Raises TaskError."""
    try:
        return importlib.util.decode_source(path.read_bytes())
    except OSError as error:
        raise TaskError(f"cannot read {path}: {error.strerror}; the file must stay while lrlab runs") from None
    except (SyntaxError, UnicodeDecodeError) as error:
        raise TaskError(f"cannot read {path}: {error}; save it as UTF-8") from None


def tasks_in(path: Path) -> list[str]:
    """Names at the top of a file that are a `Task`, or a function without arguments that returns one; in order.

    A function that the file itself calls to make a task of a name is not listed beside it. Raises TaskError where the
    file cannot be read as Python.
    """
    statements = list(_at_top(_tree_of_file(path)))
    makers = {node.name for node in statements if isinstance(node, FUNCTIONS) and _returns_task(node)}
    named, called = [], set[str]()
    for node in statements:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            calls = _called_names(node.value)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if _makes_task(calls) or calls & makers:
                named += [target.id for target in targets if isinstance(target, ast.Name)]
                called |= calls
        elif isinstance(node, ast.ImportFrom):
            named += [name for alias in node.names if (name := alias.asname or alias.name).endswith("task")]
        elif isinstance(node, FUNCTIONS) and node.name in makers and not _needs_arguments(node):
            named.append(node.name)
    return [name for name in dict.fromkeys(named) if name not in called and not name.startswith("_")]


def loops_in(path: Path) -> list[str]:
    """Names at the top of a file that are a training loop: what `lrlab.trial`, `lightning_trial` and the like made.

    Raises TaskError where the file cannot be read as Python.
    """
    names = []
    for node in _at_top(_tree_of_file(path)):
        if isinstance(node, FUNCTIONS) and any(_is_trial(decorator) for decorator in node.decorator_list):
            names.append(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _is_trial(node.value.func):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return list(dict.fromkeys(names))


def _is_trial(node: ast.expr) -> bool:
    """Whether an expression is `trial`, `lrlab.trial` or `lightning_trial`, called or not."""
    name = ast.unparse(node.func if isinstance(node, ast.Call) else node).split(".")[-1]
    return name == "trial" or name.endswith("_trial")


def _tree_of_file(path: Path) -> ast.Module:
    try:
        return ast.parse(source_of(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise TaskError(f"cannot read {path} as Python: {type(error).__name__}: {error}; mend it first") from None


def _at_top(node: ast.AST) -> Iterator[ast.AST]:
    """Statements that run when the file is imported, those under if, with and try too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "__name__" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, OWN_SPACE):
            yield from _at_top(child)


def _returns_task(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    if node.returns is not None:
        return "Task" in ast.unparse(node.returns).strip("'\"").split(".")
    values = [inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return) and inner.value is not None]
    names = {value.id for value in values if isinstance(value, ast.Name)}
    values += [
        inner.value
        for inner in ast.walk(node)
        if isinstance(inner, ast.Assign) and any(isinstance(to, ast.Name) and to.id in names for to in inner.targets)
    ]
    return any(_makes_task(_called_names(value)) for value in values)


def _called_names(node: ast.AST) -> set[str]:
    """The dotted names of what an expression calls; of what stands inside a lambda nothing."""
    if isinstance(node, ast.Lambda):
        return set()
    own = {ast.unparse(node.func)} if isinstance(node, ast.Call) else set()
    return own.union(*(_called_names(child) for child in ast.iter_child_nodes(node)))


def _makes_task(calls: set[str]) -> bool:
    return any(part in MAKERS for call in calls for part in call.split("."))


def _needs_arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = node.args
    positional = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    return positional > 0 or any(default is None for default in given.kw_defaults)
