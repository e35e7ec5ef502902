"""Classes of the user's own: which they are, and what they must be to stand in a catalogue beside lrlab's."""

import sys
from typing import Any, Literal, get_args, get_origin

from ..errors import ScheduleError
from ._entry import CatalogueEntry, types_of_field, types_of_fields

PLAIN = (float, int, str, bool, type(None))


def is_own(cls: type) -> bool:
    """Whether a class is the user's own, and not one of lrlab's."""
    return cls.__module__.partition(".")[0] != "lrlab"


def place_of(cls: type) -> tuple[str, str]:
    """Where a class is written: the file of its module, or the module where that has none, and its name there."""
    module = sys.modules.get(cls.__module__)
    return getattr(module, "__file__", None) or cls.__module__, cls.__qualname__


def check_kind(name: str, base: type[CatalogueEntry], cls: object) -> None:
    """Refuse what is not a class of a kind. Raises ScheduleError."""
    if not isinstance(cls, type) or not issubclass(cls, base):
        raise ScheduleError(f"{name}: a {base.__name__} is registered, but got {cls!r}; write class X({base.__name__})")


def check_own_class(name: str, base: type[CatalogueEntry], cls: type[CatalogueEntry]) -> None:
    """Refuse a class that text and JSON could not make again. base: the kind it is of. Raises ScheduleError."""
    if "__dataclass_fields__" not in vars(cls):
        raise ScheduleError(
            f"{name}: {cls.__name__} must be a frozen dataclass; write @dataclass(frozen=True, kw_only=True) above the "
            f'class, and @register("{name}") above that'
        )
    if cls.__abstractmethods__:
        lacking = ", ".join(sorted(cls.__abstractmethods__))
        raise ScheduleError(f"{name}: {cls.__name__} lacks {lacking}; write what {base.__name__} says of each")
    try:
        types = types_of_fields(cls)
    except (NameError, TypeError) as error:
        raise ScheduleError(
            f"{name}: the types of {cls.__name__}'s fields cannot be read ({error}); import what they name at the top "
            f"of the file"
        ) from None
    for field, kind in types.items():
        if not _is_writable(kind):
            raise ScheduleError(
                f"{name}: `{field}` must be a number, a word, True or False, a schedule, or a tuple of these, which a "
                f"text can give, but its type is {kind}; write one of them"
            )


def _is_writable(hint: Any) -> bool:
    """Whether a text can give a value of this type."""
    if len(types_of_field(hint)) > 1:
        return all(map(_is_writable, types_of_field(hint)))
    if get_origin(hint) is tuple:
        return all(member is ... or _is_writable(member) for member in get_args(hint))
    entry = isinstance(hint, type) and issubclass(hint, CatalogueEntry)
    return hint in PLAIN or get_origin(hint) is Literal or entry
