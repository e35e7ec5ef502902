"""A user's own task: `module:object`, where module is a name Python imports or a path to a file."""

import contextlib
import importlib
import importlib.util
import inspect
import os
import sys
import threading
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, NoReturn

from ..errors import TaskError, did_you_mean, shortened, visible
from ..printing import printed_aside
from ._base import Task
from ._in_file import loops_in, source_of, tasks_in

FORM = (
    "write `module:object` or `path/to/file.py:object`, where the object is a lrlab.Task, a function that returns one, "
    "or a training loop under @lrlab.trial"
)

MADE_HERE = ("task", "loop")  # how the names begin of what was made in a program
SENT = ("value", "loop-value")  # how the places begin of what a program sent to its workers, which no name may be
WAY_OUT = 'put what is not for lrlab under if __name__ == "__main__"'


class TaskPlace(NamedTuple):
    """A task's place. name: what records call it (`file:object`, never a path). where: what to import, absolute."""

    name: str
    where: str


def place_of_user_task(text: str) -> TaskPlace:
    """Split `module:object`; of a file alone, the one task it makes is meant. Imports nothing.

    Raises TaskError where it has another form, or the file does not exist or makes several tasks.
    """
    text = text.strip()
    module, _, attribute = (text, "", "") if text.endswith(".py") else text.rpartition(":")
    if text.partition(":")[0] in SENT:
        raise TaskError(
            f"{shortened(text, 100)} is no name of a task: what a program sends to its workers is for them alone; "
            f"write FILE.py:OBJECT"
        )
    named = bool(module) and (attribute.isidentifier() or module == text)
    if module in MADE_HERE and not (named and _is_there(module)):
        raise TaskError(
            f"{shortened(text, 100)} was made in a Python program; run that again "
            f"(lrlab.compare({module}, ...)), or put it into a file (file.py:{module})"
        )
    if not named:
        raise TaskError(f"a task of your own is named differently than {shortened(text, 100)!r}: {FORM}")
    if not module.endswith(".py"):
        return TaskPlace(f"{module}:{attribute}", f"{module}:{attribute}")
    path = _existing_file(module)
    attribute = attribute or _only_object(path)
    return TaskPlace(f"{visible(path.stem)}:{attribute}", f"{path}:{attribute}")


def _is_there(module: str) -> bool:
    """Whether Python finds a module of that name from here. Imports nothing."""
    return PathFinder.find_spec(module, [str(_current_folder() or "."), *sys.path]) is not None


def _existing_file(text: str) -> Path:
    try:
        path = Path(text).expanduser().resolve()
        exists = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # too long, a zero byte, no such user
        reason = getattr(error, "strerror", None) or error
        raise TaskError(f"there can be no file {shortened(text, 100)!r}: {reason}; {FORM}") from None
    if not exists:
        raise TaskError(f"there is no file {visible(text)}; {FORM}")
    return path


def _only_object(path: Path) -> str:
    """The name of the one task or loop that a file makes, as far as reading it tells."""
    tasks, loops = tasks_in(path), loops_in(path)
    names = [*tasks, *loops]
    if len(names) == 1:
        return names[0]
    if names:
        places = " or ".join(f"{path.name}:{name}" for name in names)
        kind = "tasks" if not loops else "loops" if not tasks else "tasks and loops"
        raise TaskError(f"{path.name} makes {len(names)} {kind}; write {places}")
    raise TaskError(f"no task is seen in {path.name}; {FORM}")


def load_user_task(where: str) -> tuple[Task, str]:
    """Import the module and get the task, and the text of its file. What the user's code raises becomes a TaskError."""
    module, thing = import_object(where)
    with guarded(where):
        _refuse_loop(where, thing)
        task = thing() if callable(thing) and not isinstance(thing, Task) else thing
        if not isinstance(task, Task):
            raise TaskError(f"{where} is a {type(task).__name__}, not a task; {FORM}")
    file = vars(module).get("__file__")
    return task, source_of(Path(file)) if file else ""


def _refuse_loop(where: str, thing: object) -> None:
    """Raise TaskError for what is to be called with something, as a training loop is with its run."""
    if isinstance(thing, Task | type) or not callable(thing):
        return
    try:
        signature = inspect.signature(thing)
    except ValueError:  # of some that are compiled
        return
    needed = [part for part in signature.parameters.values() if part.default is part.empty]
    given = [part.name for part in needed if part.kind in (part.POSITIONAL_ONLY, part.POSITIONAL_OR_KEYWORD)]
    if given:
        kind = "function" if inspect.isroutine(thing) else type(thing).__name__
        raise TaskError(
            f"{where} is a {kind} of {', '.join(given)}, and a task is made by one of nothing; if it is a training "
            f"loop, write @lrlab.trial over it"
        )


def import_object(where: str) -> tuple[ModuleType, object]:
    """The module of a place, imported, and its object of that name. What the user's code raises becomes a TaskError."""
    module_name, _, attribute = where.rpartition(":")
    with guarded(f"importing {module_name}"), called_without_words(module_name):
        module = _import_module(module_name)
    with guarded(where):
        if not hasattr(module, attribute):
            known = [name for name in vars(module) if not name.startswith("_")]
            raise TaskError(f"{module_name} has no {attribute!r}; {did_you_mean(attribute, known)}")
        return module, getattr(module, attribute)


def _import_module(name: str) -> ModuleType:
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


@contextlib.contextmanager
def called_without_words(program: str) -> Iterator[None]:
    """While code of the user's runs: its command line is the program alone, as `python program` has it.

    lrlab's own words are not those that the user's argparse knows.
    """
    words = sys.argv
    sys.argv = [program]
    try:
        yield
    finally:
        sys.argv = words


@contextlib.contextmanager
def guarded(what: str) -> Iterator[None]:
    """While code of the user's runs: errors and sys.exit become TaskErrors.

    What it prints goes to standard error, for answers stand alone on standard output; and whatever folder it goes to,
    the program stays where it is.
    """
    here = _current_folder()
    try:
        with printed_aside(), refuse_exit(what):
            yield
    except (TaskError, KeyboardInterrupt):
        raise
    except SystemExit as error:
        raise TaskError(f"{what} failed: it calls sys.exit({error.code!r}); {WAY_OUT}") from error
    except BaseException as error:
        raise TaskError(f"{what} failed: {_last_line(error)}") from error
    finally:
        if here is not None:
            os.chdir(here)


@contextlib.contextmanager
def refuse_exit(what: str) -> Iterator[None]:
    """Let os._exit raise a TaskError here. Other threads and what is forked from this process end as they want."""
    leave, here = os._exit, (os.getpid(), threading.get_ident())

    def refuse(status: int) -> NoReturn:
        if (os.getpid(), threading.get_ident()) != here:
            leave(status)
        raise TaskError(f"{what} failed: it calls os._exit({status!r}); {WAY_OUT}")

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = leave


def _current_folder() -> Path | None:
    """Where the program is; None where that folder was removed."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _last_line(error: BaseException) -> str:
    """Where the user's own code failed, as file:line: Error: text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}: " if trace is not None else ""
    return f"{place}{type(error).__name__}: {_text_of(error)}"


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "without words: its own text fails"
