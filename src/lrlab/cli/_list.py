"""`lrlab list schedules|rules|averages|optimizers|tasks|studies|runs`."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import UnknownName
from ._options import DEFAULT_STORE, JsonOption, PluginOption, StoreOption, load_plugins


def list_names(
    kind: Annotated[str, typer.Argument(help="schedules, rules, averages, optimizers, tasks, studies or runs.")],
    store: StoreOption = DEFAULT_STORE,
    plugin: PluginOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what there is, a line each; of runs, those in the store, newest first."""
    from ..schedules import load_entry_points
    from ._output import print_json

    load_entry_points()
    load_plugins(plugin)
    if kind.lower() == "runs":
        _print_runs(store, as_json)
        return
    kinds: dict[str, Callable[[], dict[str, str]]] = {
        "schedules": _list_schedules,
        "rules": _list_rules,
        "averages": _list_averages,
        "optimizers": _list_optimizers,
        "tasks": _list_tasks,
        "studies": _list_studies,
    }
    if kind.lower() not in kinds:
        raise UnknownName("list", kind, [*kinds, "runs"])
    lines = kinds[kind.lower()]()
    if as_json:
        print_json(lines)
        return
    width = max(len(name) for name in lines)
    for name, text in lines.items():
        print(f"{name:{width}}  {text}")


def _first_lines(things: Mapping[str, object]) -> dict[str, str]:
    return {name: (inspect.getdoc(thing) or "").partition("\n")[0] for name, thing in sorted(things.items())}


def _list_schedules() -> dict[str, str]:
    from ..schedules import SCHEDULES

    return _with_defaults(SCHEDULES)


def _list_rules() -> dict[str, str]:
    from ..rules import RULES

    return _with_defaults(RULES)


def _list_averages() -> dict[str, str]:
    from ..schedules import AVERAGES

    return _with_defaults(AVERAGES)


def _list_optimizers() -> dict[str, str]:
    """Of each its usual peaks, what it has another default of, and its source."""
    from ..spec import OPTIMIZERS

    shown = {}
    for name, kind in OPTIMIZERS.items():
        usual = "".join(f", {field}={value}" for field, value in kind.usual.items())
        shown[name] = f"peaks {', '.join(f'{peak:g}' for peak in kind.peaks)}{usual}; {kind.source}"
    return shown


def _with_defaults(kinds: Mapping[str, Any]) -> dict[str, str]:
    """The first line of each, and the fields that have a default."""
    shown = {}
    for name, line in _first_lines(kinds).items():
        fields = kinds[name].parameters().items()
        given = ", ".join(f"{field}={default}" for field, default in fields if default is not MISSING)
        shown[name] = f"{line}  {given}".rstrip()
    return shown


def _list_tasks() -> dict[str, str]:
    from ..tasks import TASKS

    own = {"FILE.py:OBJECT": "A task of your own: a lrlab.Task, or a function that returns one."}
    return _first_lines(TASKS) | own


def _list_studies() -> dict[str, str]:
    from ..lab import STUDIES
    from ..publications import PUBLICATIONS

    return _first_lines({**STUDIES, **PUBLICATIONS})


def _print_runs(store: Path, as_json: bool) -> None:
    from .. import api
    from ..report import date_words
    from ._output import print_json, say

    runs = api.runs(store)
    if as_json:
        told = [run._asdict() for run in runs]
        print_json(told)
        return
    for run in runs:
        say(f"{date_words(run.date)}  {run.key}  {run.study}  {run.state}", style="bold")
        for line in filter(None, (run.request, run.headline)):
            say(f"  {line}")
        say(f"  {run.page or f'no page yet; lrlab report {run.key} writes it'}", whole=True)
