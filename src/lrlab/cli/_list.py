"""`lrlab list schedules|tasks|studies`."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Annotated

import typer

from ..errors import UnknownName
from ._options import JsonOption


def list_names(
    kind: Annotated[str, typer.Argument(help="schedules, tasks or studies.")],
    as_json: JsonOption = False,
) -> None:
    """List what there is, a line each."""
    kinds: dict[str, Callable[[], dict[str, str]]] = {"schedules": _schedules, "tasks": _tasks, "studies": _studies}
    if kind.lower() not in kinds:
        raise UnknownName("list", kind, kinds)
    lines = kinds[kind.lower()]()
    if as_json:
        print(json.dumps(lines, indent=2))
        return
    width = max(len(name) for name in lines)
    for name, text in lines.items():
        print(f"{name:{width}}  {text}")


def _first_lines(things: Mapping[str, object]) -> dict[str, str]:
    return {name: (inspect.getdoc(thing) or "").partition("\n")[0] for name, thing in sorted(things.items())}


def _schedules() -> dict[str, str]:
    from ..schedules import SCHEDULES

    shown = {}
    for name, line in _first_lines(SCHEDULES).items():
        fields = SCHEDULES[name].parameters().items()
        shown[name] = (
            f"{line}  {', '.join(f'{field}={default}' for field, default in fields if default is not MISSING)}".rstrip()
        )
    return shown


def _tasks() -> dict[str, str]:
    from ..tasks import TASKS

    own = {"FILE.py:OBJECT": "A task of your own: a lrlab.Task, or a function that returns one."}
    return _first_lines(TASKS) | own


def _studies() -> dict[str, str]:
    from ..studies import STUDIES

    return _first_lines(STUDIES)
