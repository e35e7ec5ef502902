"""Rules as the command line and study files write them, and what may stand in their place: an ordinary schedule."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING
from typing import Any, TypeAlias, get_type_hints

from ..errors import ScheduleError, UnknownName
from ..schedules import SCHEDULES, Schedule, plain_name
from ..schedules import from_dict as schedule_from_dict
from ..schedules import parse as parse_schedule
from ._base import RULES, Rule, build, find

Plan: TypeAlias = Schedule | Rule  # what a trial's rates follow
FORMS = 'write "plateau(patience=2)+constant" or "by_cutoff(cutoff=0.01)+warmup+linear"'
LONGEST = 10_000  # characters, as for schedules
NAME = re.compile(r"\s*([A-Za-z][\w-]*)\s*")
HEAD = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:\(([^()]*)\))?\s*(?:\+(.*))?", re.DOTALL)
WORD = re.compile(r"[A-Za-z][\w-]*")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def parse(text: str) -> Plan:
    """The rule or the schedule a text names: a rule where it begins with a rule's name. Raises LabErrors.

    >>> print(parse("cosine"), parse("By-Oscillation + linear"))
    cosine by_oscillation+linear
    """
    first = NAME.match(text) if isinstance(text, str) else None
    if first is None:
        return parse_schedule(text)
    name = plain_name(first[1])
    if name in RULES:
        return parse_rule(text)
    if name not in SCHEDULES:
        raise UnknownName("schedule", first[1], [*SCHEDULES, *RULES])
    return _schedule(text)


def parse_rule(text: str) -> Rule:
    """The rule a text names; the inverse of `str(rule)`. Raises ScheduleError or UnknownName.

    The rule's name, its fields in parentheses where they differ from the defaults, a `+`, and the schedule it drives.

    >>> parse_rule("by-cutoff(cutoff=0.01) + constant")
    ByCutoff(then=Constant(), cutoff=0.01, shrink=0.2)
    """
    first = NAME.match(text) if isinstance(text, str) else None
    if first is None:
        raise ScheduleError(f"a rule begins with its name, but read {text!r}; {FORMS}")
    if len(text) > LONGEST:
        raise ScheduleError(f"a rule's text has at most {LONGEST} characters, but read {len(text)}; {FORMS}")
    cls, match = find(first[1]), HEAD.fullmatch(text)
    if match is None:
        raise ScheduleError(
            f"a rule is a name, its fields in parentheses and the schedule after it, but read {text!r}; {FORMS}"
        )
    fields = _fields(cls, match[2] or "")
    if not (match[3] or "").strip():
        raise ScheduleError(f"{cls.name} needs a schedule after it, but read {text!r}; write as in {cls.written}")
    return build(cls.name, {"then": _schedule(match[3])} | fields)


def from_dict(data: Mapping[str, Any]) -> Plan:
    """The inverse of `to_dict`, of a rule or of a schedule; fields left out take their defaults.

    >>> print(from_dict({"name": "plateau", "patience": 2, "then": {"name": "constant"}}))
    plateau(patience=2)+constant
    """
    name = data.get("name") if isinstance(data, Mapping) else None
    if not isinstance(name, str):
        return schedule_from_dict(data)
    if plain_name(name) not in (*SCHEDULES, *RULES):
        raise UnknownName("schedule", name, [*SCHEDULES, *RULES])
    arguments = {field: value for field, value in data.items() if field != "name"}
    _refuse_rules(_names(list(arguments.values())))
    if plain_name(name) in SCHEDULES:
        return schedule_from_dict(data)
    if isinstance(arguments.get("then"), Mapping):
        arguments["then"] = schedule_from_dict(arguments["then"])
    return build(name, arguments)


def _schedule(text: str) -> Schedule:
    """The schedule a text names; a rule's name in it is told its place."""
    _refuse_rules(WORD.findall(text))
    return parse_schedule(text)


def _refuse_rules(names: Iterable[object]) -> None:
    """Refuse names of rules where only schedules can be."""
    for name in names:
        if isinstance(name, str) and plain_name(name) in RULES:
            raise ScheduleError(f"a rule comes first and drives a schedule, but read {name} inside one; {FORMS}")


def _names(data: object) -> Iterator[object]:
    """Every name in a schedule as JSON gives it."""
    if isinstance(data, Mapping):
        yield data.get("name")
    if isinstance(data, Mapping | list | tuple):
        for part in data.values() if isinstance(data, Mapping) else data:
            yield from _names(part)


def _fields(cls: type[Rule], text: str) -> dict[str, Any]:
    """The fields a text gives, each as the kind of value it is declared to be."""
    fields: dict[str, Any] = {}
    for item in text.split(",") if text.strip() else ():
        field, value = _field(cls, item)
        if field in fields:
            raise ScheduleError(f"{cls.name}: `{field}` is given twice, in {text!r}; leave one of them out")
        fields[field] = value
    return fields


def _field(cls: type[Rule], item: str) -> tuple[str, float | str]:
    """A field's name and its value: a number where the field is one, else the text as it stands."""
    field, equals, value = (piece.strip() for piece in item.partition("="))
    field = field.replace("-", "_")
    writable = {name: default for name, default in cls.parameters().items() if name != "then"}
    if not equals or not field or not value:
        forms = ", ".join(f"{name}={0.01 if default is MISSING else default}" for name, default in writable.items())
        raise ScheduleError(
            f"{cls.name}: fields are given by name, but read {item.strip()!r}; write as in: {forms or 'it has none'}"
        )
    if field not in writable:
        raise UnknownName(f"field of rule {cls.name}", field, writable)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    if get_type_hints(cls)[field] not in (int, float):
        return field, value
    if NUMBER.fullmatch(value) is None:
        raise ScheduleError(f"{cls.name}: `{field}` must be a number, but read {value!r}; write 0.5, 1e-3 or 2")
    return field, float(value)
