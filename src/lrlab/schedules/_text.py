"""Schedules as the command line and study files write them: "cosine", "step(gamma=0.5)", "warmup+cosine"."""

from typing import Any, NamedTuple, get_args, get_origin

from ..errors import ScheduleError, UnknownName
from ._base import SCHEDULES, Schedule
from ._entry import CatalogueEntry, types_of_field, types_of_fields
from ._reader import (
    NAME,
    FieldText,
    UnpairedError,
    read_number,
    split_fields,
    split_list,
    split_name,
    split_outside,
    strip_quotes,
)
from ._registry import DEEPEST, too_deep
from ._warmup import Warmup

FORMS = 'write "cosine", "step(gamma=0.5, every=5 epochs)" or "warmup+cosine"'
LONGEST = 10_000  # characters; keeps messages, and the search for what was perhaps meant, short


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
    try:
        return _read_schedule(text, 1)
    except UnpairedError as error:
        raise ScheduleError(f"{error}; {FORMS}") from None


def read_arguments(kind: str, cls: type[CatalogueEntry], inside: str, depth: int = 1) -> dict[str, Any]:
    """The fields that a text gives in parentheses, each read by its declared type.

    kind: the word for such classes, "schedule" or "rule". cls: whose fields they are. inside: the text between the
    parentheses. depth: how many schedules stand around it. Raises ScheduleError, UnknownName or UnpairedError.
    """
    types = types_of_fields(cls)
    writable = [name for name in cls.parameters() if name not in cls.after_plus]
    arguments: dict[str, Any] = {}
    for item in split_fields(inside):
        name = item.name.replace("-", "_")
        if not item.complete:
            raise _not_by_name(cls, item, writable)
        if name not in writable:
            raise UnknownName(f"field of {kind} {cls.name}", name, writable)
        if name in arguments:
            raise ScheduleError(f"{cls.name}: `{name}` is given twice, in {inside!r}; leave one of them out")
        arguments[name] = _read_value(_FieldPlace(cls, name, depth), item.value, types[name])
    return arguments


class _FieldPlace(NamedTuple):
    """Which field of which class is read, and how many schedules stand around it."""

    cls: type[CatalogueEntry]
    field: str
    depth: int

    def refuse(self, what: str, text: str, way: str) -> ScheduleError:
        """What to say of a value of another kind."""
        return ScheduleError(f"{self.cls.name}: `{self.field}` must be {what}, but read {text!r}; write {way}")


def _read_schedule(text: str, depth: int) -> Schedule:
    """The schedule a text names, `depth` schedules deep in another."""
    parts = [part.strip() for part in split_outside(text, "+")]
    *before, last = [_read_part(part, depth) for part in parts]
    cls, fields = last
    if cls is Warmup:
        others = [part for part, (kind, _) in zip(parts, before, strict=False) if kind is not Warmup]
        then = others[-1] if others else "cosine"
        raise ScheduleError(f'warmup needs a schedule after it, but read {text!r}; write "{parts[-1]}+{then}"')
    schedule = SCHEDULES.build(cls.name, fields)
    bare = schedule
    for cls, fields in reversed(before):
        if cls is not Warmup:
            raise ScheduleError(
                f'only warmup may stand before a "+", but read {cls.name} in {text!r}; '
                f'write "{bare}" or "warmup+{bare}"'
            )
        schedule = SCHEDULES.build(cls.name, fields | {"then": schedule})
    return schedule


def _read_part(text: str, depth: int) -> tuple[type[Schedule], dict[str, Any]]:
    """One schedule's class and fields, as far as the text gives them."""
    head = split_name(text)
    if head is None or NAME.fullmatch(head.name) is None:
        raise ScheduleError(f"a schedule is a name and its fields in parentheses, but read {text!r}; {FORMS}")
    cls = SCHEDULES.find(head.name)
    if depth > DEEPEST:
        raise too_deep(cls.name)
    return cls, read_arguments("schedule", cls, head.inside, depth)


def _not_by_name(cls: type[CatalogueEntry], item: FieldText, writable: list[str]) -> ScheduleError:
    forms = ", ".join(_form_of_field(cls, name) for name in writable) or "it has none"
    return ScheduleError(f"{cls.name}: fields are given by name, but read {item.text!r}; write as in: {forms}")


def _form_of_field(cls: type[CatalogueEntry], field: str) -> str:
    """How a field is written: at its default, or as in the example."""
    default = cls.parameters()[field]
    if field in cls.example_values:
        return f"{field}={cls.example_values[field]}"
    if isinstance(default, tuple):
        return f"{field}=[{', '.join(map(str, default))}]"
    if isinstance(default, str | float | int):
        return f"{field}={default}"
    head = split_name(split_outside(cls.written, "+")[0])
    examples = {item.name: item.text for item in split_fields(head.inside if head else "")}
    return examples.get(field, f"{field}=...")


def _read_value(place: _FieldPlace, text: str, hint: Any) -> object:
    """A field's value by its type: a list, a schedule, a number, or a word as it stands."""
    types = types_of_field(hint)
    if type(None) in types and text.lower() == "none":
        return None
    lists = [kind for kind in types if get_origin(kind) is tuple]
    if lists:
        members = split_list(text)
        if members is None:
            form = _form_of_field(place.cls, place.field)
            raise ScheduleError(
                f"{place.cls.name}: `{place.field}` must be a list, but read {text!r}; write as in: {form}"
            )
        return tuple(_read_value(place, member, get_args(lists[0])[0]) for member in members)
    if Schedule in types:
        return _read_schedule(text, place.depth + 1)
    return _read_plain_value(place, strip_quotes(text), types)


def _read_plain_value(place: _FieldPlace, text: str, types: tuple[Any, ...]) -> object:
    """A number, True or False, or a word."""
    if bool in types:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        if types == (bool,):
            raise place.refuse("True or False", text, "true or false")
    number, numeric = read_number(text), {float, int}.intersection(types)
    if number is not None and numeric:
        return int(number) if float not in types and number.is_integer() else number
    if {float, int, type(None)}.issuperset(types):
        raise place.refuse("a number", text, "0.5 or 1e-3" if float in types else "2")
    return text
