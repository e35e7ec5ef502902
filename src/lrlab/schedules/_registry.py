"""A catalogue of classes by name: schedules and rules are kept by the same class, the user's own beside lrlab's."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING
from typing import Any, Generic, TypeVar

from ..errors import LabError, ScheduleError, UnknownName
from ._entry import CatalogueEntry
from ._own_class import check_kind, check_own_class, is_own, place_of
from ._plugins import load_entry_points, own_line
from ._reader import NAME

DEEPEST = 10  # schedules inside schedules


Entry = TypeVar("Entry", bound=CatalogueEntry)
EntryClass = TypeVar("EntryClass", bound=type[CatalogueEntry])


class Registry(Mapping[str, type[Entry]], Generic[Entry]):
    """The classes of one kind by name: a mapping to read, filled by `add`.

    `find`, `build` and `from_dict` know the names that installed plug-ins add, too. Registries stand `beside` one
    another: no name is in two of them, and what is inside an entry is of the first.
    """

    def __init__(
        self, kind: str, base: type[Entry], *, example: str = "{name}", beside: "Registry[Any] | None" = None
    ) -> None:
        """kind: the word messages use. base: of which classes. example: the text of an entry that writes none.

        beside: a registry whose names are not to be used again.
        """
        self.kind, self.base, self._example = kind, base, example
        self._classes: dict[str, type[Entry]] = {}
        self._kinds: list[Registry[Any]] = [] if beside is None else beside._kinds
        self._kinds.append(self)

    def __getitem__(self, name: str) -> type[Entry]:
        return self._classes[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order of the alphabet."""
        return tuple(sorted(self._classes))

    def add(self, name: str, cls: type[Entry]) -> None:
        """Put a class in the catalogue. The same class again, as of a notebook's cell run twice, takes its own place.

        Raises ScheduleError for a name that is another class's, or a class that cannot be in a catalogue.
        """
        plain = plain_name(name)
        if NAME.fullmatch(plain) is None or not plain.isascii():
            raise ScheduleError(f"a {self.kind} is named by one word, but got {name!r}; write letters, digits and _")
        check_kind(plain, self.base, cls)
        holder = next((registry for registry in self._kinds if plain in registry), None)
        if holder is not None and place_of(holder[plain]) != place_of(cls):
            taken = holder[plain]
            raise ScheduleError(
                f"{holder.kind} {plain!r} is already {taken.__qualname__} of {taken.__module__}; take another name"
            )
        if is_own(cls):
            check_own_class(plain, self.base, cls)
        for registry in self._kinds:
            registry.remove(plain)
        cls.name = plain
        cls.written = cls.written or self._example.format(name=plain)
        self._classes[plain] = cls

    def remove(self, name: str) -> None:
        """Take a class out of the catalogue; nothing where it is in none."""
        self._classes.pop(name, None)

    def look_up(self, name: str) -> type[Entry] | None:
        """The class of that name, `-` and `_` alike; None where neither lrlab nor an installed plug-in has it."""
        plain = plain_name(name)
        if not any(plain in registry for registry in self._kinds):
            load_entry_points()
        return self._classes.get(plain)

    def find(self, name: str) -> type[Entry]:
        """The class of that name, `-` and `_` alike. Raises UnknownName."""
        cls = self.look_up(name)
        if cls is None:
            raise UnknownName(self.kind, name, self)
        return cls

    def build(self, name: str, arguments: Mapping[str, Any]) -> Entry:
        """The entry of that name with these fields. Raises UnknownName or ScheduleError."""
        cls = self.find(name)
        check_fields(f"{self.kind} {cls.name}", cls.parameters(), arguments, cls.written)
        try:
            return cls(**arguments)
        except LabError:
            raise
        except Exception as error:  # of a class of the user's own; lrlab's raise LabErrors
            raise ScheduleError(f"{cls.name}: {own_line(error)}; give it other fields, or mend its class") from error

    def from_dict(self, data: object, depth: int = 0) -> Entry:
        """The inverse of `to_dict`; fields left out take their defaults. depth: how many others it is inside of."""
        if not isinstance(data, Mapping) or not isinstance(data.get("name"), str):
            raise ScheduleError(
                f'a {self.kind} is given as {{"name": ...}} and its fields, such as {{"name": "cosine"}}, '
                f"but got {data!r}"
            )
        if depth > DEEPEST:
            raise too_deep(data["name"])
        given = {field: value for field, value in data.items() if field != "name"}
        return self.build(data["name"], {field: self._read_value(value, depth + 1) for field, value in given.items()})

    def _read_value(self, value: object, depth: int) -> object:
        """A field's value as JSON gives it, made a value again."""
        if isinstance(value, list | tuple):
            return tuple(self._read_value(member, depth) for member in value)
        return self._kinds[0].from_dict(value, depth) if isinstance(value, Mapping) else value


def add_to(registry: Registry[Any], name: str) -> Callable[[EntryClass], EntryClass]:
    """A decorator that puts a class in a registry."""

    def add(cls: EntryClass) -> EntryClass:
        registry.add(name, cls)
        return cls

    return add


def plain_name(name: str) -> str:
    """A name as the registries have it: `-` and `_` are alike, and so are capitals."""
    return name.strip().replace("-", "_").lower()


def check_fields(owner: str, known: Mapping[str, Any], given: Mapping[str, Any], written: str) -> None:
    """Refuse fields that are not known, and fields without a default that are not given.

    owner: the kind and the name, such as "schedule cosine"; known: the fields' defaults, MISSING where there is none;
    given: the fields by name; written: an example of the text. Raises UnknownName or ScheduleError.
    """
    for field in given:
        if field not in known:
            raise UnknownName(f"field of {owner}", str(field), known)
    missing = [field for field, default in known.items() if default is MISSING and field not in given]
    if missing:
        raise ScheduleError(f"{owner.split()[-1]}: needs {', '.join(missing)}; write as in: {written}")


def too_deep(name: str) -> ScheduleError:
    """What to say of schedules that stand too deep in one another."""
    return ScheduleError(
        f"{name}: schedules may stand inside one another at most {DEEPEST} deep; put parts side by side, as in "
        f"sequence(of=[constant, linear, constant], at=[30%, 60%])"
    )
