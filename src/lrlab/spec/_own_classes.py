"""Which classes of the user's own stand in a noun: its key hangs on what their code does."""

from collections.abc import Iterator, Mapping

from ..rules import RULES
from ..schedules import AVERAGES, SCHEDULES, CatalogueEntry, is_own, parts_of
from ._noun import Noun


def own_classes(value: object) -> tuple[str, ...]:
    """The names of the schedules, rules and averages in a noun whose classes are the user's own, each once."""
    if isinstance(value, CatalogueEntry):
        return tuple(dict.fromkeys(part.name for part in parts_of(value) if is_own(type(part))))
    if isinstance(value, Noun):
        parts = [getattr(value, name) for name in type(value).model_fields]
    else:
        parts = list(value) if isinstance(value, tuple) else []
    return tuple(dict.fromkeys(name for part in parts for name in own_classes(part)))


def own_classes_named(fields: object) -> tuple[str, ...]:
    """The names of the user's own classes, as far as they are registered, in the fields of a schedule, as of JSON."""
    return tuple(dict.fromkeys(name for name in _names_in(fields) if _is_own_name(name)))


def _names_in(fields: object) -> Iterator[str]:
    """The names of a schedule, and of those inside it."""
    if isinstance(fields, Mapping):
        name = fields.get("name")
        yield from [name] if isinstance(name, str) else []
    if isinstance(fields, Mapping | list):
        for part in fields.values() if isinstance(fields, Mapping) else fields:
            yield from _names_in(part)


def _is_own_name(name: str) -> bool:
    cls = SCHEDULES.look_up(name) or RULES.look_up(name) or AVERAGES.look_up(name)
    return cls is not None and is_own(cls)
