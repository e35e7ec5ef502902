"""Schedules as the command line and study files write them: "cosine", "step(gamma=0.5)", "warmup+cosine"."""

import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..errors import ScheduleError, UnknownName
from ._base import DEEPEST, Schedule, build, find, too_deep
from ._warmup import Warmup

FORMS = 'write "cosine", "step(gamma=0.5, every=5 epochs)" or "warmup+cosine"'
LONGEST = 10_000  # characters; keeps messages, and the search for what was perhaps meant, short
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
PART = re.compile(r"\s*([A-Za-z][\w-]*)\s*(?:\((.*)\))?\s*", re.DOTALL)
PARTNERS = {"(": ")", "[": "]"}


def parse(text: str) -> Schedule:
    """The schedule a text names; the inverse of `str(schedule)`. Raises ScheduleError or UnknownName.

    A name, then its fields in parentheses where they differ from the defaults; `-` and `_` are alike in names, and
    quotes around a value are optional. A list stands in square brackets, a schedule inside another is written as it is
    alone, and `+` puts a warm-up before another schedule.

    >>> parse("warmup(span=5%) + multi-step(at=[5 epochs, 80%])")
    Warmup(then=MultiStep(at=('5 epochs', '80%'), gamma=0.1), span='5%', first='1/(W+1)', curve='linear', start=0.0, \
mode='included')
    >>> print(parse("sequence(of=[constant, scale(of=linear, by=0.5)], at=[50%])"))
    sequence(of=[constant, scale(of=linear, by=0.5)], at=[50%])
    """
    if not isinstance(text, str) or not text.strip():
        raise ScheduleError(f"a schedule needs a name, but read {text!r}; {FORMS}")
    if len(text) > LONGEST:
        raise ScheduleError(f"a schedule's text has at most {LONGEST} characters, but read {len(text)}; {FORMS}")
    return _schedule(text, 1)


def _schedule(text: str, depth: int) -> Schedule:
    """The schedule a text names, `depth` schedules deep in another."""
    *before, last = [_part(part, depth) for part in _split(text, "+")]
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


def _part(text: str, depth: int) -> tuple[type[Schedule], dict[str, Any]]:
    """One schedule's class and fields, as far as the text gives them."""
    match = PART.fullmatch(text)
    if match is None:
        raise ScheduleError(f"a schedule is a name and its fields in parentheses, but read {text!r}; {FORMS}")
    cls = find(match[1])
    if depth > DEEPEST:
        raise too_deep(cls.name)
    fields: dict[str, Any] = {}
    for item in _split(match[2], ",") if match[2] and match[2].strip() else ():
        field, value = _field(cls, item, depth)
        if field in fields:
            raise ScheduleError(f"{cls.name}: `{field}` is given twice, in {text!r}; leave one of them out")
        fields[field] = value
    return cls, fields


def _field(cls: type[Schedule], item: str, depth: int) -> tuple[str, object]:
    """A field's name and its value, read by the type of the field."""
    field, equals, value = (piece.strip() for piece in item.partition("="))
    kinds = {name: kind for name, kind in get_type_hints(cls).items() if name in cls.parameters()}
    if cls is Warmup:
        del kinds["then"]  # it stands after the "+"
    if not equals or not field or not value:
        forms = ", ".join(_form(cls, name) for name in kinds) or "it has none"
        raise ScheduleError(f"{cls.name}: fields are given by name, but read {item.strip()!r}; write as in: {forms}")
    if field not in kinds:
        raise UnknownName(f"field of schedule {cls.name}", field, kinds)
    return field, _value(cls, field, value, kinds[field], depth)


def _form(cls: type[Schedule], field: str) -> str:
    """How a field is written: at its default, or as in the example."""
    default = cls.parameters()[field]
    if isinstance(default, tuple):
        return f"{field}=[{', '.join(map(str, default))}]"
    return f"{field}={default}" if isinstance(default, str | float | int) else f"{field}=..., as in {cls.written}"


def _value(cls: type[Schedule], field: str, text: str, kind: Any, depth: int) -> object:
    """A field's value: a list, a schedule, a number, or a word as it stands."""
    if get_origin(kind) is tuple:
        if not (text.startswith("[") and text.endswith("]")):
            form = _form(cls, field)
            raise ScheduleError(f"{cls.name}: `{field}` must be a list, but read {text!r}; write as in: {form}")
        members = _split(text[1:-1], ",") if text[1:-1].strip() else []
        return tuple(_value(cls, field, member.strip(), get_args(kind)[0], depth) for member in members)
    if kind is Schedule:
        return _schedule(text, depth + 1)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    number = NUMBER.fullmatch(text)
    if kind in (float, int) and number is None:
        raise ScheduleError(f"{cls.name}: `{field}` must be a number, but read {text!r}; write 0.5 or 1e-3")
    words = kind is str or get_origin(kind) is Literal
    return text if number is None or words else float(text)


def _split(text: str, separator: str) -> list[str]:
    """The text cut at each separator that stands outside brackets and quotes; refuses those that do not match."""
    pieces, open_ones, quote = [""], [], ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in PARTNERS:
            open_ones.append(character)
        elif character in PARTNERS.values() and (not open_ones or PARTNERS[open_ones.pop()] != character):
            raise ScheduleError(f'a "{character}" has no partner in {text!r}; {FORMS}')
        if character == separator and not open_ones and not quote:
            pieces.append("")
        else:
            pieces[-1] += character
    if open_ones or quote:
        what = f"the quote {quote}" if quote else f'a "{open_ones[-1]}"'
        raise ScheduleError(f"{what} has no partner in {text!r}; {FORMS}")
    return pieces
