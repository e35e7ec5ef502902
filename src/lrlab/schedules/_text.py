"""Schedules as the command line and study files write them: "cosine", "step(gamma=0.5)", "warmup+cosine"."""

import re
from dataclasses import MISSING
from typing import Any, get_type_hints

from ..errors import ScheduleError, UnknownName
from ._base import Schedule, build, find
from ._warmup import Warmup

FORMS = 'write "cosine", "step(gamma=0.5, every=5 epochs)" or "warmup+cosine"'
LONGEST = 1000  # characters; keeps messages, and the search for what was perhaps meant, short
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
PART = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:\((.*)\))?\s*", re.DOTALL)


def parse(text: str) -> Schedule:
    """The schedule a text names; the inverse of `str(schedule)`. Raises ScheduleError or UnknownName.

    A name, then its fields in parentheses where they differ from the defaults; `-` and `_` are alike in names, quotes
    around a value are optional, and `+` puts a warm-up before another schedule.

    >>> parse("warmup(span=5%) + one-cycle(rise=5 epochs)")
    Warmup(then=OneCycle(start=0.04, final=4e-06, rise='5 epochs', anneal='cosine'), span='5%', first='1/(W+1)')
    """
    if not isinstance(text, str) or not text.strip():
        raise ScheduleError(f"a schedule needs a name, but read {text!r}; {FORMS}")
    if len(text) > LONGEST:
        raise ScheduleError(f"a schedule's text has at most {LONGEST} characters, but read {len(text)}; {FORMS}")
    *before, last = [_part(part) for part in _split(text, "+")]
    cls, fields = last
    if cls is Warmup:
        raise ScheduleError(f'warmup needs a schedule after it, but read {text!r}; write "{text.strip()}+cosine"')
    schedule = build(cls.name, fields)
    for cls, fields in reversed(before):
        if cls is not Warmup:
            raise ScheduleError(
                f'only warmup may stand before a "+", but read {cls.name} in {text!r}; '
                f'write "{schedule}" or "warmup+{schedule}"'
            )
        schedule = build(cls.name, fields | {"then": schedule})
    return schedule


def _part(text: str) -> tuple[type[Schedule], dict[str, Any]]:
    """One schedule's class and fields, as far as the text gives them."""
    match = PART.fullmatch(text)
    if match is None:
        raise ScheduleError(f"a schedule is a name and its fields in parentheses, but read {text!r}; {FORMS}")
    cls = find(match[1])
    fields: dict[str, Any] = {}
    for item in _split(match[2], ",") if match[2] and match[2].strip() else ():
        field, value = _field(cls, item)
        if field in fields:
            raise ScheduleError(f"{cls.name}: `{field}` is given twice, in {text!r}; leave one of them out")
        fields[field] = value
    return cls, fields


def _field(cls: type[Schedule], item: str) -> tuple[str, float | str]:
    """A field's name and its value: a number where the field is one, else the text as it stands."""
    field, equals, value = (piece.strip() for piece in item.partition("="))
    known = get_type_hints(cls)
    writable = {name: default for name, default in cls.parameters().items() if default is not MISSING}
    if not equals or not field or not value:
        forms = ", ".join(f"{name}={default}" for name, default in writable.items()) or "it has none"
        raise ScheduleError(f"{cls.name}: fields are given by name, but read {item.strip()!r}; write as in: {forms}")
    if field not in writable:
        raise UnknownName(f"field of schedule {cls.name}", field, writable)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    if known[field] is not float:
        return field, value
    if NUMBER.fullmatch(value) is None:
        raise ScheduleError(f"{cls.name}: `{field}` must be a number, but read {value!r}; write 0.5 or 1e-3")
    return field, float(value)


def _split(text: str, separator: str) -> list[str]:
    """The text cut at each separator that stands outside parentheses and quotes; refuses those that do not match."""
    pieces, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "()":
            depth += 1 if character == "(" else -1
        if depth < 0:
            break
        if character == separator and not depth and not quote:
            pieces.append("")
        else:
            pieces[-1] += character
    if depth or quote:
        what = f"the quote {quote}" if quote else 'a "("' if depth > 0 else 'a ")"'
        raise ScheduleError(f"{what} has no partner in {text!r}; {FORMS}")
    return pieces
