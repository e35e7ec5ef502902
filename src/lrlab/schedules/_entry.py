"""What is in a catalogue, a schedule or a rule: its text and its JSON follow from its fields."""

from abc import ABC
from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import UnionType
from typing import Any, ClassVar, Union, get_args, get_origin, get_type_hints


class CatalogueEntry(ABC):
    """What is in a catalogue: a frozen dataclass with a name, whose text and JSON follow from its fields.

    name: given by `register`. written: a text that names it, where the name alone is not one. example_values: of fields
    whose default shows nobody how to write them.
    """

    name: ClassVar[str]
    written: ClassVar[str] = ""
    example_values: ClassVar[Mapping[str, str]] = {}
    after_plus: ClassVar[tuple[str, ...]] = ()  # the field that a text gives after a "+", not in the parentheses
    __dataclass_fields__: ClassVar[dict[str, Any]]
    _field_types: ClassVar[dict[str, Any]]

    @classmethod
    def parameters(cls) -> dict[str, Any]:
        """The fields' names and defaults (MISSING where one must be given), in order."""
        return {field.name: field.default for field in fields(cls)}

    def to_dict(self) -> dict[str, Any]:
        """Every field by name, defaults included, as JSON takes it."""
        return {"name": self.name} | {field.name: _plain_value(getattr(self, field.name)) for field in fields(self)}

    def __str__(self) -> str:
        """The shortest text that leads back: fields at their default are left out."""
        defaults = self.parameters()
        own = [name for name in defaults if name not in self.after_plus]
        given = {name: getattr(self, name) for name in own if getattr(self, name) != defaults[name]}
        inside = f"({', '.join(f'{name}={_value_text(value)}' for name, value in given.items())})" if given else ""
        return "+".join([f"{self.name}{inside}", *(str(getattr(self, name)) for name in self.after_plus)])


def parts_of(entry: CatalogueEntry) -> Iterator[CatalogueEntry]:
    """The entry, and every one inside it.

    >>> from lrlab.schedules import parse
    >>> [part.name for part in parts_of(parse("warmup+scale(of=linear, by=2)"))]
    ['warmup', 'scale', 'linear']
    """
    yield entry
    for field in fields(entry):
        value = getattr(entry, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, CatalogueEntry):
                yield from parts_of(part)


def _plain_value(value: object) -> object:
    """A field's value as JSON takes it."""
    if isinstance(value, tuple):
        return [_plain_value(member) for member in value]
    return value.to_dict() if isinstance(value, CatalogueEntry) else value


def _value_text(value: object) -> str:
    """A field's value as a text gives it."""
    return f"[{', '.join(map(_value_text, value))}]" if isinstance(value, tuple) else str(value)


def types_of_fields(cls: type[CatalogueEntry]) -> dict[str, Any]:
    """The declared type of each field; worked out once, for a class sent to another process has lost what it names.

    Raises NameError or TypeError for a type that cannot be read.
    """
    if "_field_types" not in vars(cls):
        hints = get_type_hints(cls)
        cls._field_types = {name: hints[name] for name in cls.parameters()}
    return cls._field_types


def types_of_field(hint: Any) -> tuple[Any, ...]:
    """The types that a field may have: the members of a union, or the one type.

    >>> types_of_field(float | None)
    (<class 'float'>, <class 'NoneType'>)
    """
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
