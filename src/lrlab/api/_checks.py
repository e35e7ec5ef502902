"""What callers may give: a slip is answered with the argument, the value and the way out, before anything is done."""

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import StudyError, shortened
from ..spec import ArmPlan, Optimizer, SettingValue
from ._names import refuse_study

if TYPE_CHECKING:
    from ..loops import OwnLoop
    from ..tasks import Task

PLACE = "a path, as text or a Path"
TEXT = "a text"
WHOLE = "a whole number"
NUMBER = "a finite number"
KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "name": ((str,), TEXT),
    "engine": ((str,), TEXT),
    "device": ((str,), TEXT),
    "scale": ((str,), TEXT),
    "layout": ((str,), TEXT),
    "study": ((str,), TEXT),
    "store": ((str, Path), PLACE),
    "data_dir": ((str, Path), PLACE),
    "results": ((str, Path), PLACE),
    "path": ((str, Path), PLACE),
    "folder": ((str, Path), PLACE),
    "arm": ((str, Sequence), "a column, or a list of columns"),
    "seed": ((str,), TEXT),
    "metric": ((str,), TEXT),
    "value": ((str,), TEXT),
    "step": ((str,), TEXT),
    "baseline": ((str,), TEXT),
    "leader": ((str,), TEXT),
    "leader_by": ((str,), TEXT),
    "optimizer": (
        (str, Mapping, Optimizer),
        'a name such as "sgd", fields such as {"name": "sgd", "momentum": 0.9}, or an Optimizer',
    ),
    "batch_size": ((Integral,), WHOLE),
    "arms": ((Integral,), WHOLE),
    "questions": ((Integral,), WHOLE),
    "difference": ((Real,), NUMBER),
    "sd": ((Real,), NUMBER),
    "power": ((Real,), NUMBER),
    "margin": ((Real,), NUMBER),
    "pilot": ((bool,), "True or False"),
    "search": ((str,), TEXT),
    "scale_rate": ((str,), TEXT),
    "trials": ((Integral,), WHOLE),
    "tuning_seeds": ((Integral,), WHOLE),
    "seeds": ((Integral,), WHOLE),
    "updates": ((Integral,), WHOLE),
    "length": ((Integral,), WHOLE),
    "workers": ((Integral,), WHOLE),
    "port": ((Integral,), WHOLE),
    "on": ((str,), 'where: "here" or "ray"'),
    "address": ((str,), 'the address of a cluster: "auto", "HOST:PORT" or "ray://HOST:PORT"'),
    "checkpoints": ((str, Path), "a folder that all nodes share, or an address such as s3://bucket/folder"),
    "epochs": ((Real,), NUMBER),
    "max_seconds": ((Real,), NUMBER),
    "began": ((Real,), NUMBER),
    "at_step": ((Real,), NUMBER),
    "target": ((Real,), NUMBER),
    "area": ((bool,), "True or False"),
    "higher_is_better": ((bool,), "True or False"),
    "watch": ((bool,), "True or False"),
    "keep": ((bool,), "True or False"),
    "retry_failed": ((bool,), "True or False"),
    "allow_code": ((bool,), "True or False"),
    "table": ((str,), TEXT),
    "peak": ((Real,), NUMBER),
    "repair": ((bool,), "True or False"),
    "abandoned": ((bool,), "True or False"),
    "dry_run": ((bool,), "True or False"),
    "pages": ((bool,), "True or False"),
}


def check_kinds(**given: Any) -> None:
    """Raise StudyError for the first argument, by its name, that is of another kind than `KINDS` has; None is none."""
    for name, value in given.items():
        check_kind(name, value, *KINDS[name])


def check_kind(name: str, value: object, kinds: tuple[type, ...], words: str) -> None:
    """Raise StudyError for an argument of none of these kinds; None is none. words: what it is."""
    if value is not None and not _is_of(value, kinds):
        raise StudyError(f"{name} is {words}, but got {shortened(repr(value), 100)}; give one, or leave it out")


def check_function(name: str, value: object, what: str) -> None:
    """Raise StudyError for an argument that cannot be called; None is none. what: with what it is called."""
    if value is not None and not callable(value):
        got = shortened(repr(value), 100)
        raise StudyError(f"{name} is a function that is called with {what}, but got {got}; give one, or leave it out")


def _is_of(value: Any, kinds: tuple[type, ...]) -> bool:
    """Whether a value is of one of these kinds: no truth for a number, none that is not finite, no zero in a path."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return False
    if isinstance(value, Real):
        return math.isfinite(value)
    return "\0" not in str(value)


def check_required(**given: Any) -> None:
    """As `check_kinds`, of arguments that may not be None either."""
    for name, value in given.items():
        if value is None:
            raise StudyError(f"{name} is {KINDS[name][1]}, but got None; give one, or leave it out")
    check_kinds(**given)


def checked_seeds(seeds: int, usual: int | str) -> int:
    """A number of seeds that shows their noise. usual: what it is unless given. Raises StudyError."""
    check_required(seeds=seeds)
    if seeds < 2:
        raise StudyError(
            f"seeds must be at least 2, but got {seeds}; one cannot show its noise, leave it out for {usual}"
        )
    return int(seeds)


def check_task(task: object) -> "str | Task | OwnLoop":
    """The task as a name, a `Task` or a loop of the user's own. Raises StudyError for another value, or a study."""
    from ..loops import OwnLoop
    from ..tasks import Task  # loads no torch yet

    if isinstance(task, Path):
        return str(task)
    if isinstance(task, str):
        refuse_study(task)
    if not isinstance(task, str | Task | OwnLoop):
        got = shortened(repr(task), 100)
        more = "; a loop of your own needs @lrlab.trial over it" if callable(task) else ""
        raise StudyError(
            f'a task is a name such as "digits/mlp", a file, or a lrlab.Task, but got {got}; give one{more}'
        )
    return task


def check_schedules(schedules: object) -> list[str | ArmPlan]:
    """The schedules as a list. Raises StudyError where they are none."""
    if isinstance(schedules, str | ArmPlan) or not isinstance(schedules, Iterable):
        got = shortened(repr(schedules), 100)
        raise StudyError(f'schedules are a list, such as ["constant", "cosine"], but got {got}; put it in brackets')
    return list(cast("Iterable[str | ArmPlan]", schedules))


def check_settings(settings: object) -> dict[str, list[SettingValue]] | None:
    """The values to try of each setting, as lists; None for none. Raises StudyError; values are judged later."""
    if settings is None or settings == {}:
        return None
    if not isinstance(settings, Mapping):
        got = shortened(repr(settings), 100)
        raise StudyError(f'settings are lists by name, as in {{"weight_decay": [0.0001, 0.001]}}, but got {got}')
    named = cast("Mapping[str, Any]", settings)
    for name, value in named.items():
        if not isinstance(value, str | Real | Iterable):
            got = shortened(repr(value), 100)
            raise StudyError(
                f"the setting {name} is a list of values, such as [0.0001, 0.001], but got {got}; give one"
            )
    lists: dict[str, list[SettingValue]] = {
        name: [cast("SettingValue", value)] if isinstance(value, str | Real) else list(value)
        for name, value in named.items()
    }
    empty = next((name for name, values in lists.items() if not values), None)
    if empty is not None:
        raise StudyError(f"the setting {empty} has no value to try; give one, or leave it out")
    return lists


def check_peaks(peaks: object) -> list[float] | None:
    """The peaks as a list, None as it is. Raises StudyError where they are none; their values are judged later."""
    if peaks is None:
        return None
    if isinstance(peaks, str | bytes) or not isinstance(peaks, Iterable):
        got = shortened(repr(peaks), 100)
        raise StudyError(f"peaks are a list of rates, such as [0.03, 0.1], but got {got}; put it in brackets")
    return list(cast("Sequence[float]", peaks))
