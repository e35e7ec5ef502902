"""Tasks by name. Loads torch when a task is got, not before."""

import sys
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

from ..errors import TaskError, UnknownName
from ._base import Task
from ._built_in import is_built_in, lines, make, parse
from ._by_value import is_by_value, load_value, task_here
from ._datasets import DATA_SETS, MODELS
from ._folder import data_folder
from ._in_file import source_of
from ._names import HUB, ImageTask, parse_name
from ._user import TaskPlace, guarded, load_user_task, place_of_user_task


def _make_factory(wanted: ImageTask) -> Callable[[], Task]:
    def make() -> Task:
        from ._image_tasks import image_task

        return image_task(wanted)

    known = DATA_SETS[wanted.dataset]
    make.__doc__ = f"{known.text}, with {MODELS[wanted.model]}; needs a data folder."
    return make


TASKS: dict[str, Callable[[], Task]] = lines() | {
    f"{dataset}/{model}": _make_factory(ImageTask(dataset, model)) for dataset in DATA_SETS for model in MODELS
}


def resolve(name: str) -> TaskPlace:
    """The place of a built-in task, of one of images, or of a user's `module:object`.

    Imports nothing and looks at no data. Raises UnknownName or TaskError.
    """
    known = name.strip().lower().replace("_", "-")
    if known in TASKS:
        return TaskPlace(known, known)
    built_in = parse(name)
    if built_in is not None:
        return TaskPlace(str(built_in), built_in.where)
    if is_user_task(name):
        return place_of_user_task(name)
    if "/" not in name:
        raise UnknownName("task", name, TASKS)
    canonical = str(parse_name(name))
    return TaskPlace(canonical, canonical)


def get(where: str) -> Task:
    """The task at a place that `resolve` or `by_value` gave, checked: its model fits its data.

    Loaded once per process; in the process that made it, it is the very object.
    """
    if is_by_value(where):
        return task_here(where) or _load_checked(where, "", 0)
    built_in = parse(where)
    in_folder = not (is_user_task(where) or where.startswith(HUB)) if built_in is None else "data" in built_in.values
    return _load_checked(where, str(data_folder()) if in_folder else "", _edits.get(where, 0))


def get_as_it_is(where: str) -> Task:
    """`get`, as a new question asks: a user's task is loaded again where its files were edited since it was loaded.

    Workers use `get`: one that is training goes on with what it loaded. Raises TaskError where a module that the task
    takes something from was edited and not reloaded.
    """
    task = get(where)
    if is_by_value(where) or not is_user_task(where):
        return task
    if _was_edited(where, task):
        task = _get_again(where)
    try:
        assert task.program  # at once: what it was made of is compared with this when it is asked for again
    except TaskError:
        _edits[where] = _edits.get(where, 0) + 1
        raise
    return task


_edits: dict[str, int] = {}  # how often a user's task was found edited, by its place


def _get_again(where: str) -> Task:
    _edits[where] = _edits.get(where, 0) + 1
    return get(where)


def _was_edited(where: str, task: Task) -> bool:
    """Whether the user's files, as they are now, are others than those a task was loaded from."""
    place = where.rpartition(":")[0]
    module = sys.modules.get(place)
    file = place if place.endswith(".py") else getattr(module, "__file__", None)
    if file and source_of(Path(file)) != task.source:
        return True
    try:
        return task.made_of() != task.program
    except TaskError:  # of what was loaded then; loaded again, it may hold what was reloaded meanwhile
        return True


@lru_cache(maxsize=8)
def _load_checked(where: str, folder: str, edits: int) -> Task:  # noqa: ARG001  parts of the key: another folder holds other data, an edit is another program
    from ._fit import check_fit, check_own
    from ._program import program_of, reached_by, structure_of

    if is_by_value(where):
        return load_value(where)  # the process that made it has checked it
    wanted = parse(where)
    if wanted is None and is_user_task(where):
        task, source = load_user_task(where)
        with guarded(where):
            models = check_own(task, where)
        structure, reached = structure_of(models, task), reached_by(models, task)
        task._note_program(partial(program_of, task, where, source, structure, reached), source)
        return task
    if wanted is not None:
        task = make(wanted)
    else:
        from ._image_tasks import image_task

        task = image_task(parse_name(where))
    check_fit(task, where)
    return task


def is_user_task(name: str) -> bool:
    """Whether a name is that of a user's own task or loop, by its form."""
    own = ":" in name or name.strip().endswith(".py")
    return own and not name.strip().startswith(HUB) and not is_built_in(name)
