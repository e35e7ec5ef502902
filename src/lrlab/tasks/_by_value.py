"""Tasks made in a script, a notebook or a REPL. They go to workers by value, in a file that workers read.

The process that made a task has the very object; its records are those of `task:NAME`.
"""

import functools
import inspect
import tempfile
from copy import copy
from pathlib import Path
from typing import Any

from ..errors import TaskError
from ._base import Task
from ._user import TaskPlace, guarded

VALUE = "value:"  # how the place of such a task begins
HEAD = "task:"  # how its name begins
KEPT = 8  # tasks of this process that `task_here` knows: those of today's runs, not of a whole day in a notebook
WAYS_OUT = "put the task into a module and name that (file.py:task), or give workers=0, which trains in this process"

_here: dict[str, Task] = {}
_checked: set[str] = set()  # fingerprints of tasks whose model, loss and metric have run


def by_value(task: Task, *, send: bool = True) -> TaskPlace:
    """The name and the place of a task that was made in this process, checked as one of a file is.

    Its fingerprint covers what is so now: data, the model's structure, and what runs of every function and class it
    reaches. send: write it into a file, which other processes load it from and which goes when this one ends; without
    that, only this process gets it. Asked again it looks again, for helpers and constants may have changed.

    Raises TaskError where model, data, loss and metric do not fit, and where something of it cannot be sent.
    """
    from ._definitions import definitions_of  # torch is loaded here, not before
    from ._fit import check_running, own_models
    from ._program import code_of, program_of_value, reached_by, structure_of

    name = f"{HEAD}{task_name(task)}"
    task._forget_computed()
    with guarded(name):
        models = own_models(task, name)
        definitions = definitions_of(code_of(models, task))
        places = {*definitions.places, *reached_by(models, task)}
        structure = structure_of(models, task, strict=True)
        program = program_of_value(task, structure, definitions.texts, sorted(places), definitions.imported)
    task._note_program(functools.partial(dict, program), task.source)
    if task.fingerprint not in _checked:  # asked once more in a notebook, it would run the same again
        with guarded(name):
            check_running(task, name, models[0])
        _checked.add(task.fingerprint)
    where = f"{VALUE}{_send_task(task, name) if send else task.fingerprint}"
    _here.pop(where, None)
    _here[where] = task
    for old in list(_here)[:-KEPT]:
        del _here[old]
    return TaskPlace(name, where)


def task_name(task: Task) -> str:
    """The name a task was given, or else that of its model function, made plain."""
    if task.name:
        return task.name
    model: Any = inspect.unwrap(task.model)
    while isinstance(model, functools.partial):
        model = model.func
    name = getattr(model, "__name__", None) or type(model).__name__
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in name)
    return plain[:60] if plain.strip("_") and name != "<lambda>" else "model"


def is_by_value(where: str) -> bool:
    """Whether a place is that of a task made in a program."""
    return where.startswith(VALUE)


def task_here(where: str) -> Task | None:
    """The very object that `by_value` gave this place; None in another process."""
    return _here.get(where)


def load_value(where: str) -> Task:
    """The task in the file that `by_value` wrote. Raises TaskError where it is gone, or cannot be made of it."""
    from ._parcel import read_parcel

    file = Path(where.removeprefix(VALUE))
    try:
        with guarded("reading a task from the program that made it"):
            return read_parcel(file)
    except TaskError as error:
        gone = "" if file.is_file() else f"; {file} is no longer there, or never was: the program that made it must run"
        raise TaskError(f"{error}{gone}; {WAYS_OUT}") from error


def sent_away(task: Task, name: str) -> str:
    """The place of a task for workers on other machines: all of it by value, the user's modules too.

    Raises TaskError where something of it cannot be sent.
    """
    program, sent = dict(task.program), copy(task)
    sent._note_program(functools.partial(dict, program), task.source)
    where = f"{VALUE}{_send_task(sent, name, away=True)}"
    _here[where] = task
    return where


def _send_task(task: Task, name: str, away: bool = False) -> Path:
    """Write a task into a file. Raises TaskError where it cannot be pickled or written."""
    from ._parcel import write_parcel
    from ._pickling import unpicklable

    try:
        return write_parcel(task, away)
    except OSError as error:
        raise TaskError(
            f"{name} cannot be written to {tempfile.gettempdir()}: {error.strerror or error}; make room there, or "
            "give workers=0, which trains in this process"
        ) from error
    except Exception as error:
        values = (task.model, task.loss, task.score, vars(task))
        reason = next(filter(None, map(unpicklable, values)), f"{type(error).__name__}: {error}")
        raise TaskError(f"{name} cannot be sent to workers: {reason}; {WAYS_OUT}") from error
