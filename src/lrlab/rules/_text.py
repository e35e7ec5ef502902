"""Rules as the command line and study files write them, and what may stand in their place: an ordinary schedule."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from ..errors import ScheduleError, UnknownName
from ..schedules import (
    AVERAGES,
    NAME,
    SCHEDULES,
    CatalogueEntry,
    Schedule,
    UnpairedError,
    plain_name,
    read_arguments,
    split_name,
    split_outside,
)
from ..schedules import from_dict as schedule_from_dict
from ..schedules import parse as parse_schedule
from ._base import RULES, Rule

Plan: TypeAlias = Schedule | Rule  # what a trial's rates follow
FORMS = 'write "plateau(patience=2)+constant" or "by_cutoff(cutoff=0.01)+warmup+linear"'
INSIDE = re.compile(r"[A-Za-z_]\w*\s*\(")  # a schedule in the place of a rule's fields
LONGEST = 10_000  # characters, as for schedules


def parse(text: str) -> Plan:
    """The rule or the schedule a text names: a rule where it begins with a rule's name. Raises LabErrors.

    >>> print(parse("cosine"), parse("By-Oscillation + linear"))
    cosine by_oscillation+linear
    """
    try:
        return _parse_plan(text)
    except UnknownName as error:
        name = plain_name(error.name)
        if error.kind != "schedule" or name not in AVERAGES:
            raise
        raise ScheduleError(
            f"{name} is an average of weights, not a schedule, but read {text!r}; leave it out, or give the text "
            f"to `compare` as it is, in which an average stands last, as in constant+{name}"
        ) from None


def _parse_plan(text: str) -> Plan:
    name = _first_name(text)
    if name is None:
        return parse_schedule(text)
    return parse_rule(text) if issubclass(_find_class(name), Rule) else _parse_driven(text)


def parse_rule(text: str) -> Rule:
    """The rule a text names; the inverse of `str(rule)`. Raises ScheduleError or UnknownName.

    The rule's name, its fields in parentheses where they differ from the defaults, a `+`, and the schedule it drives.

    >>> parse_rule("by-cutoff(cutoff=0.01) + constant")
    ByCutoff(then=Constant(), cutoff=0.01, shrink=0.2)
    """
    name = _first_name(text)
    if name is None:
        raise ScheduleError(f"a rule begins with its name, but read {text!r}; {FORMS}")
    if len(text) > LONGEST:
        raise ScheduleError(f"a rule's text has at most {LONGEST} characters, but read {len(text)}; {FORMS}")
    cls, malformed = (
        RULES.find(name),
        ScheduleError(
            f"a rule is a name, its fields in parentheses and the schedule after it, but read {text!r}; {FORMS}"
        ),
    )
    try:
        rule_text, *driven = split_outside(text, "+", most=1)
        head = split_name(rule_text)
        if head is None or NAME.fullmatch(head.name) is None or INSIDE.search(head.inside):
            raise malformed
        fields = read_arguments("rule", cls, head.inside)
    except UnpairedError:
        raise malformed from None
    if not "".join(driven).strip():
        raise ScheduleError(f"{cls.name} needs a schedule after it, but read {text!r}; write as in {cls.written}")
    return RULES.build(cls.name, {"then": _parse_driven(driven[0])} | fields)


def from_dict(data: Mapping[str, Any]) -> Plan:
    """The inverse of `to_dict`, of a rule or of a schedule; fields left out take their defaults.

    >>> print(from_dict({"name": "plateau", "patience": 2, "then": {"name": "constant"}}))
    plateau(patience=2)+constant
    """
    name = data.get("name") if isinstance(data, Mapping) else None
    if not isinstance(name, str):
        return schedule_from_dict(data)
    cls = _find_class(name)
    _refuse_rules(_names_in([value for field, value in data.items() if field != "name"]))
    return RULES.from_dict(data) if issubclass(cls, Rule) else schedule_from_dict(data)


def _first_name(text: object) -> str | None:
    """The name that a text begins with; None where it begins with none."""
    match = NAME.match(text.lstrip()) if isinstance(text, str) else None
    return match and match[0]


def _find_class(name: str) -> type[CatalogueEntry]:
    """The schedule or rule of that name. Raises UnknownName, which knows them all."""
    cls = SCHEDULES.look_up(name) or RULES.look_up(name)
    if cls is None:
        raise UnknownName("schedule", name, [*SCHEDULES, *RULES])
    return cls


def _parse_driven(text: str) -> Schedule:
    """The schedule a text names; a rule's name in it is told its place."""
    _refuse_rules(NAME.findall(text))
    return parse_schedule(text)


def _refuse_rules(names: Iterable[object]) -> None:
    """Refuse names of rules where only schedules can be."""
    for name in names:
        if isinstance(name, str) and plain_name(name) in RULES:
            raise ScheduleError(f"a rule comes first and drives a schedule, but read {name} inside one; {FORMS}")


def _names_in(data: object) -> Iterator[object]:
    """Every name in a schedule as JSON gives it."""
    if isinstance(data, Mapping):
        yield data.get("name")
    if isinstance(data, Mapping | list | tuple):
        for part in data.values() if isinstance(data, Mapping) else data:
            yield from _names_in(part)
