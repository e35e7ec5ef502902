"""A study file in YAML: every mistake at once, each with file:line and the way out."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import LabError, StudyError, did_you_mean
from ._study import Study
from ._trial import Optimizer

Place = tuple[str | int, ...]
Check = Callable[[str], object]
Kind = TypeVar("Kind", bound=BaseModel)


def load_study(path: Path | str, checks: Mapping[str, Check] | None = None) -> Study:
    """Read a study file. `checks` raise LabErrors for top-level words this floor cannot judge, the task's name.

    Raises StudyError, listing every mistake as `file:line: field: what is wrong; the way out`.
    """
    path = Path(path)
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"cannot read the study file {path}: {getattr(error, 'strerror', None) or error}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StudyError(f"{path}:{line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise StudyError(f"{path}:1: not YAML: {error}") from None
    if not isinstance(root, yaml.MappingNode):
        raise StudyError(f"{path}:1: a study file is a mapping of fields such as name, task, schedules and budget")
    lines: dict[Place, int] = {}
    mistakes: list[tuple[int, str]] = []
    data = _read(root, (), lines, mistakes)
    study = None
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        mistakes += [_mistake(item, lines) for item in error.errors()]
    for field, check in (checks or {}).items():
        if isinstance(data.get(field), str):  # a field of another kind was refused above
            try:
                check(data[field])
            except LabError as error:
                mistakes.append((lines[(field,)], f"{field}: {error}"))
    if mistakes or study is None:
        unique = sorted(set(mistakes))
        raise StudyError("\n".join(f"{path}:{line}: {text}" for line, text in unique))
    return study


def make_study(fields: Mapping[str, Any]) -> Study:
    """A study of these fields. Raises StudyError, listing every mistake as `field: what is wrong; the way out`."""
    return _made(Study, fields)


def make_optimizer(fields: Mapping[str, Any]) -> Optimizer:
    """An optimizer of these fields. Raises StudyError as `make_study` does."""
    return _made(Optimizer, fields)


def _made(kind: type[Kind], fields: Mapping[str, Any]) -> Kind:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise StudyError("\n".join(f"{_field(item)}: {_text(item)}" for item in error.errors())) from None


def dump_study(study: Study) -> str:
    """The study as a YAML file that `load_study` reads back to an equal study."""
    data = study.to_dict() | {"schedules": [str(schedule) for schedule in study.schedules]}
    data["arms"] = [
        arm.to_dict() | {"candidates": [one.to_dict() | {"schedule": str(one.schedule)} for one in arm.candidates]}
        for arm in study.arms
    ]
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)


def _read(node: yaml.Node, place: Place, lines: dict[Place, int], mistakes: list[tuple[int, str]]) -> Any:
    """The node as plain data; notes each place's line, and fields given twice (YAML keeps the last in silence)."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in data:
                mistakes.append(
                    (key_node.start_mark.line + 1, f"{'.'.join(map(str, (*place, key)))}: given twice; keep one")
                )
            data[key] = _read(value_node, (*place, key), lines, mistakes)
            lines[(*place, key)] = key_node.start_mark.line + 1
        return data
    if isinstance(node, yaml.SequenceNode):
        return [_read(child, (*place, index), lines, mistakes) for index, child in enumerate(node.value)]
    return yaml.SafeLoader("").construct_object(node)


def _mistake(item: Any, lines: dict[Place, int]) -> tuple[int, str]:
    """One pydantic error as (line, "field: text"); the line is that of the nearest place the file has."""
    place = tuple(item["loc"])
    known = next(place[:size] for size in range(len(place), -1, -1) if place[:size] in lines)
    return lines[known], f"{_field(item)}: {_text(item)}"


def _field(item: Any) -> str:
    return ".".join(str(part) for part in item["loc"]) or "study"


def _text(item: Any) -> str:
    """What is wrong and the way out, of one pydantic error."""
    place = tuple(item["loc"])
    text = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        return f"no such field; {did_you_mean(str(place[-1]), _fields_at(place[:-1]))}"
    if item["type"] == "missing":
        return "must be given"
    return text if item["type"] == "value_error" else f"{text[0].lower()}{text[1:]}, but got {item['input']!r}"


def _fields_at(place: Place) -> list[str]:
    """The fields a study may have at a place."""
    model: Any = Study
    for part in place:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        model = next(kind for kind in _kinds(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)


def _kinds(annotation: Any) -> Iterator[Any]:
    """An annotation and all it is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)
