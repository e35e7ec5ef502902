"""Which classes of the user's own stand in a noun: its key hangs on what their code does."""

from ..schedules import CatalogueEntry, is_own, parts_of
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
