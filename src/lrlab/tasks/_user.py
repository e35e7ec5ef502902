"""A user's own task: `module:object`, where module is a name Python imports or a path to a file."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from ..errors import TaskError, did_you_mean
from ._base import Task

FORM = (
    "write `module:object` or `path/to/file.py:object`, where the object is a lrlab.Task or a function that returns one"
)


class Reference(NamedTuple):
    """A task's place. name: what records call it (`file:object`, never a path). where: what to import, absolute."""

    name: str
    where: str


def reference(text: str) -> Reference:
    """Split `module:object`. Raises TaskError where it has another form or the file does not exist."""
    module, _, attribute = text.rpartition(":")
    if not module or not attribute.isidentifier():
        raise TaskError(f"a task of your own is named differently than {text!r}: {FORM}")
    if not module.endswith(".py"):
        return Reference(f"{module}:{attribute}", f"{module}:{attribute}")
    path = Path(module).expanduser().resolve()
    if not path.is_file():
        raise TaskError(f"there is no file {module}; {FORM}")
    return Reference(f"{path.stem}:{attribute}", f"{path}:{attribute}")


def load(where: str) -> Task:
    """Import the module and get the task, its source noted. What the user's code raises becomes a TaskError."""
    module_name, _, attribute = where.rpartition(":")
    module = _import(module_name)
    if not hasattr(module, attribute):
        known = [name for name in vars(module) if not name.startswith("_")]
        raise TaskError(f"{module_name} has no {attribute!r}; {did_you_mean(attribute, known)}")
    made = getattr(module, attribute)
    if callable(made) and not isinstance(made, Task):
        try:
            made = made()
        except TaskError:
            raise
        except Exception as error:
            raise TaskError(f"{where} failed: {_last_line(error)}") from error
    if not isinstance(made, Task):
        raise TaskError(f"{where} is a {type(made).__name__}, not a task; {FORM}")
    file = getattr(module, "__file__", None)
    made.source = Path(file).read_text(encoding="utf-8") if file else ""
    return made


def _import(name: str) -> ModuleType:
    try:
        if not name.endswith(".py"):
            if str(Path.cwd()) not in sys.path:
                sys.path.insert(0, str(Path.cwd()))
            return importlib.import_module(name)
        path = Path(name)
        spec = importlib.util.spec_from_file_location(f"_lrlab_task_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise TaskError(f"{name} cannot be imported; {FORM}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[module.__name__] = module
        sys.path.insert(0, str(path.parent))
        spec.loader.exec_module(module)
        return module
    except TaskError:
        raise
    except Exception as error:
        raise TaskError(f"importing {name} failed: {_last_line(error)}") from error


def _last_line(error: BaseException) -> str:
    """Where the user's own code failed, as file:line: Error: text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}: " if trace is not None else ""
    return f"{place}{type(error).__name__}: {error}"
