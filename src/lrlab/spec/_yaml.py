"""A study file in YAML: every mistake at once, each with file:line and the way out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import LabError, StudyError, did_you_mean, shortened
from ._plain import Place, Reading, read_yaml, reads_as_text
from ._study import Study
from ._trial import Optimizer

MOST_LINES, LONGEST_LINE, LONGEST_VALUE = 30, 1000, 100  # of mistakes; characters of one, and of a value in it
WAYS = {
    "number_wanted": "write one such as 10, 0.01 or 1e-2, without quotes",
    "float_parsing": "write one such as 0.01 or 1e-2",
    "string_type": "put it in quotes",
    "literal_error": "put text in quotes",
    "bool_type": "write true or false",
    "tuple_type": "write a list, as in [a, b]",
    "model_type": "write its fields, as in {field: value}",
}
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
    for field, check in (checks or {}).items():
        if isinstance(reading.data.get(field), str):  # a field of another kind was refused above
            try:
                check(reading.data[field])
            except LabError as error:
                mistakes.append((reading.lines[(field,)], f"{field}: {error}"))
    if mistakes or study is None:
        unique = sorted(set(mistakes))
        raise StudyError(_join_mistakes([f"{path}:{line}: {text}" for line, text in unique]))
    return study


def make_study(fields: Mapping[str, Any]) -> Study:
    """A study of these fields. Raises StudyError, listing every mistake as `field: what is wrong; the way out`."""
    return _validate_fields(Study, fields)


def make_optimizer(fields: Mapping[str, Any]) -> Optimizer:
    """An optimizer of these fields. Raises StudyError as `make_study` does."""
    return _validate_fields(Optimizer, fields)


def _validate_fields(kind: type[ModelKind], fields: Mapping[str, Any]) -> ModelKind:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        mistakes = [f"{_field_name(item)}: {_mistake_text(item)}" for item in error.errors()]
        raise StudyError(_join_mistakes(mistakes)) from None


def dump_study(study: Study) -> str:
    """The study as a YAML file that `load_study` reads back to an equal study."""
    data = study.to_dict() | {"schedules": [str(schedule) for schedule in study.schedules]}
    data["arms"] = [
        arm.to_dict() | {"candidates": [each.to_dict() | {"schedule": str(each.schedule)} for each in arm.candidates]}
        for arm in study.arms
    ]
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


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
    place = tuple(item["loc"])
    known = next(place[:size] for size in range(len(place), -1, -1) if place[:size] in reading.lines)
    written = reading.written.get(place)
    quoted = isinstance(item["input"], str)  # numbers and words such as yes are shown as they are written
    way = "; put it in quotes, for YAML cuts lists at commas" if _is_cut(written or "") else ""
    return reading.lines[known], f"{_field_name(item)}: {_mistake_text(item, None if quoted else written)}{way}"


def _is_cut(text: str) -> bool:
    return text.count("(") > text.count(")")


def _was_refused(item: Any, reading: Reading) -> bool:
    """Whether an error only follows from a value that was refused while the file was read."""
    place = tuple(item["loc"])
    return any(spoilt[: len(place)] == place for spoilt in reading.spoilt)


def _join_mistakes(mistakes: Sequence[str]) -> str:
    """A line each, of readable length; the first ones of very many."""
    lines = [shortened(text, LONGEST_LINE) for text in mistakes[:MOST_LINES]]
    more = len(mistakes) - len(lines)
    return "\n".join([*lines, f"and {more} more"] if more else lines)


def _field_name(item: Any) -> str:
    return ".".join(str(part) for part in item["loc"]) or "study"


def _mistake_text(item: Any, written: str | None = None) -> str:
    """What is wrong and the way out, of one pydantic error. written: what stands in the file."""
    place = tuple(item["loc"])
    text = item["msg"].removeprefix("Value error, ").replace("valid tuple", "valid list")
    if item["type"] == "extra_forbidden":
        return f"no such field; {did_you_mean(str(place[-1]), _fields_at(place[:-1]))}"
    if item["type"] == "missing":
        return "must be given"
    if item["type"] == "value_error":
        return text
    if item["type"] == "literal_error" and isinstance(item["input"], str):
        return f"{text[0].lower()}{text[1:]}, but got {shortened(repr(item['input']), LONGEST_VALUE)}"
    got = shortened(written or repr(item["input"]), LONGEST_VALUE)
    way = "give it a value, or leave it out" if item["input"] is None else WAYS.get(item["type"], "")
    return f"{text[0].lower()}{text[1:]}, but got {got}{way and f'; {way}'}"


def _fields_at(place: Place) -> list[str]:
    """The fields a study may have at a place."""
    model: Any = Study
    for part in place:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        model = next(kind for kind in _parts_of(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)


def _parts_of(annotation: Any) -> Iterator[Any]:
    """An annotation and all it is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts_of(part)
