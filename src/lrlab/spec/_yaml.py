"""A study file in YAML: every mistake at once, each with file:line and the way out."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import LabError, StudyError
from ._candidate import Candidate
from ._mistakes import field_name, join_mistakes, mistake_text, place_of, words_of_mistakes
from ._plain import Reading, read_yaml, reads_as_text
from ._recipe import ArmPlan, Recipe
from ._study import Study
from ._trial import Optimizer
from ._unread import unread_places

Check = Callable[[str], object]
ModelKind = TypeVar("ModelKind", bound=BaseModel)


def load_study(path: Path | str, checks: Mapping[str, Check] | None = None) -> Study:
    """Read a study file. `checks` raise LabErrors for top-level words this floor cannot judge, the task's name.

    Raises StudyError, listing every mistake as `file:line: field: what is wrong; the way out`.
    """
    path = Path(path)
    reading = read_yaml(path)
    mistakes, study = reading.mistakes, None
    try:
        study = Study.model_validate(reading.data)
    except ValidationError as error:
        mistakes += [_line_of_mistake(item, reading) for item in error.errors() if not _was_refused(item, reading)]
    for place, words in unread_places(reading.data):
        mistakes.append((reading.lines[place], f"{'.'.join(map(str, place))}: {words}"))
    for field, check in (checks or {}).items():
        if isinstance(reading.data.get(field), str):  # a field of another kind was refused above
            try:
                check(reading.data[field])
            except LabError as error:
                mistakes.append((reading.lines[(field,)], f"{field}: {error}"))
    if mistakes or study is None:
        unique = sorted(set(mistakes))
        raise StudyError(join_mistakes([f"{path}:{line}: {text}" for line, text in unique]))
    return study


def make_study(fields: Mapping[str, Any]) -> Study:
    """A study of these fields. Raises StudyError, listing every mistake as `field: what is wrong; the way out`."""
    return validate_fields(Study, fields)


def make_optimizer(fields: Mapping[str, Any]) -> Optimizer:
    """An optimizer of these fields. Raises StudyError as `make_study` does."""
    return validate_fields(Optimizer, fields)


def validate_fields(kind: type[ModelKind], fields: Mapping[str, Any]) -> ModelKind:
    """A noun of these fields. Raises StudyError, listing every mistake."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise StudyError(words_of_mistakes(error, kind)) from None


def dump_study(study: Study) -> str:
    """The study as a YAML file that `load_study` reads back to an equal study."""
    data = study.to_dict() | {"schedules": [_written_arm(arm) for arm in study.schedules]}
    data["arms"] = [
        arm.to_dict() | {"candidates": [_written_candidate(each) for each in arm.candidates]} for arm in study.arms
    ]
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def _written_arm(arm: ArmPlan) -> str | dict[str, Any]:
    """An arm as its text; one with an optimizer of its own by its fields, since a text takes some from the study's."""
    if not isinstance(arm, Recipe) or arm.optimizer is None:
        return str(arm)
    average = {} if arm.average is None else {"average": str(arm.average)}
    return {"schedule": str(arm.schedule), **average, "optimizer": arm.optimizer.to_dict()}


def _written_candidate(candidate: Candidate) -> dict[str, Any]:
    average = {} if candidate.average is None else {"average": str(candidate.average)}
    return candidate.to_dict() | {"schedule": str(candidate.schedule)} | average


class _Dumper(yaml.SafeDumper):
    """Quotes text that would be read as something else: 1e-3 is text to YAML 1.1, and a number here."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=None if reads_as_text(text) else "'"
    ),
)


def _line_of_mistake(item: Any, reading: Reading) -> tuple[int, str]:
    """One pydantic error as (line, "field: text"); the line is that of the nearest place the file has."""
    place = place_of(item)
    if place[:2] == ("tune", "search") and place[:3] not in reading.lines and (place[0], *place[2:3]) in reading.lines:
        place = (place[0], *place[2:])  # a search whose fields stand beside its sampler
    known = next(place[:size] for size in range(len(place), -1, -1) if place[:size] in reading.lines)
    written = reading.written.get(place)
    quoted = isinstance(item["input"], str)  # numbers and words such as yes are shown as they are written
    way = "; put it in quotes, for YAML cuts lists at commas" if _is_cut(written or "") else ""
    text = _as_written(mistake_text(item, Study, None if quoted else written), place, reading)
    return reading.lines[known], f"{field_name(item)}: {text}{way}"


def _as_written(text: str, place: tuple[str | int, ...], reading: Reading) -> str:
    """A mistake with the word yes, no, on or off as it stands in the file, where it says True or False of that."""
    below = (word for at, word in reading.written.items() if at[: len(place)] == place)
    for word in sorted({word for word in below if word.lower() in ("yes", "no", "on", "off")}):
        text = re.sub(rf"but got (\(?){word.lower() in ('yes', 'on')}\b", rf"but got \g<1>{word}", text)
    return text


def _is_cut(text: str) -> bool:
    return text.count("(") > text.count(")")


def _was_refused(item: Any, reading: Reading) -> bool:
    """Whether an error only follows from a value that was refused while the file was read."""
    place = tuple(item["loc"])
    return any(spoilt[: len(place)] == place for spoilt in reading.spoilt)
