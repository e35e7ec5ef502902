"""Names where another kind of name is asked for, and calls without schedules: what to type instead."""

from ..errors import LabError, StudyError, shortened
from ..lab import STUDIES
from ..publications import is_published

EXAMPLE = "digits/mlp"


def refuse_study(name: str) -> None:
    """Raise StudyError for the name of a study where a task is asked for."""
    plain = name.strip().lower().replace("_", "-")
    if plain in STUDIES or is_published(name):
        raise StudyError(f'{plain} is a study and has its own task; run it: lrlab run {plain} (lrlab.run("{plain}"))')


def refuse_task(name: str) -> None:
    """Raise StudyError for the name of a task where a study is asked for."""
    from ..tasks import resolve

    try:
        resolve(name)
    except LabError:
        return
    shown = shortened(name, 100)
    raise StudyError(
        f"{shown} is a task and no study; compare schedules on it: lrlab compare {shown} constant cosine "
        f'(lrlab.compare("{shown}", ["constant", "cosine"]))'
    )


def refuse_no_schedules(task: object, verb: str) -> None:
    """Raise StudyError for a task without schedules, or what is wrong with its name. verb: plan or compare."""
    from ..tasks import resolve

    if isinstance(task, str):
        resolve(task)
    named = shortened(task, 100) if isinstance(task, str) else ""
    shown = named or EXAMPLE
    raise StudyError(
        f"no schedule is named for {named or 'the task'}; write lrlab {verb} {shown} constant cosine "
        f'(lrlab.{verb}("{shown}", ["constant", "cosine"]))'
    )
