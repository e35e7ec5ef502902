"""Fields of an optimizer that it does not read: trials with them would have another key, and be the same."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import ScheduleError
from ..schedules import plain_name
from ._optimizer_text import check_read
from ._optimizers import OPTIMIZERS
from ._trial import Optimizer

Place = tuple[str | int, ...]


def unread_words(name: object, fields: Mapping[str, object]) -> str:
    """What is wrong with the first of these fields that the optimizer of this name does not read; "" where none is.

    A field that is as it is anyway passes, so that all fields of an `Optimizer` do. Other mistakes are for others.

    >>> unread_words("adafactor", {"momentum": 0.3})[:32]
    'adafactor does not read momentum'
    """
    plain = plain_name(name) if isinstance(name, str) else ""
    usual = Optimizer(name=plain).every_field() if plain in OPTIMIZERS else {}
    for field, value in fields.items():
        if field != "name" and field in usual and value != usual[field]:
            try:
                check_read(plain, field)
            except ScheduleError as error:
                return str(error)
    return ""


def unread_places(data: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Where a study as it is written gives an optimizer a field that it does not read, and what to say."""
    if not isinstance(data, Mapping | list | tuple):
        return
    for key, value in data.items() if isinstance(data, Mapping) else enumerate(data):
        if key == "optimizer" and isinstance(value, Mapping):
            if words := unread_words(value.get("name"), value):
                yield (*place, key), words
        else:
            yield from unread_places(value, (*place, key))
