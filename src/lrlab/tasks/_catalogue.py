"""Tasks by name. Loads torch when a task is got, not before."""

from collections.abc import Callable
from functools import lru_cache, partial

from ..errors import UnknownName
from ._base import Task
from ._built_in import is_built_in, lines, make, parse
from ._by_value import is_by_value, load_value, task_here
from ._datasets import DATA_SETS, MODELS
from ._folder import data_folder
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
        return task_here(where) or _load_checked(where, "")
    built_in = parse(where)
    in_folder = not (is_user_task(where) or where.startswith(HUB)) if built_in is None else "data" in built_in.values
    return _load_checked(where, str(data_folder()) if in_folder else "")


@lru_cache(maxsize=8)
def _load_checked(where: str, folder: str) -> Task:  # noqa: ARG001  the folder is part of the key: another one holds other data
    from ._fit import check_fit, check_own
    from ._program import program_of, reached_by, structure_of

    if is_by_value(where):
        return load_value(where)  # the process that made it has checked it
    wanted = parse(where)
    if wanted is None and is_user_task(where):
        task = load_user_task(where)
        with guarded(where):
            models = check_own(task, where)
        task.made_of = partial(program_of, task, where, structure_of(models, task), reached_by(models, task))
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
