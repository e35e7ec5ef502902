"""An optimizer as text, `adamw(weight_decay=0.1)`, as fields that `Optimizer` judges."""

from collections.abc import Collection
from typing import Any

from ..errors import ScheduleError, UnknownName
from ..schedules import (
    NAME,
    UnpairedError,
    plain_name,
    read_number,
    split_fields,
    split_name,
    split_outside,
    strip_quotes,
)
from ._optimizers import OPTIMIZERS

FORM = 'write "adamw" or "adamw(weight_decay=0.1)"'


def optimizer_fields_of(text: str, known: Collection[str]) -> dict[str, Any]:
    """The name and the fields of a text, as they are written. known: the fields there are.

    Raises ScheduleError or UnknownName.
    """
    refuse_more(text)
    try:
        head = split_name(text)
        fields = [] if head is None else split_fields(head.inside)
    except UnpairedError as error:
        raise ScheduleError(f"{error}; {FORM}") from None
    if head is None or NAME.fullmatch(head.name) is None:
        raise ScheduleError(f"an optimizer is a name and its fields in parentheses, but read {text!r}; {FORM}")
    name = plain_name(head.name)
    if name not in OPTIMIZERS:
        raise UnknownName("optimizer", head.name, OPTIMIZERS)
    told: dict[str, Any] = {}
    for item in fields:
        field = plain_name(item.name)
        if not item.complete:
            raise ScheduleError(f"{name}: fields are given by name, but read {item.text!r}; {FORM}")
        if field not in known or field == "name":
            raise UnknownName("field of an optimizer", item.name, [key for key in known if key != "name"])
        if field in told:
            raise ScheduleError(f"{name}: {field} is given twice, in {text!r}; leave one of them out")
        check_read(name, field)
        told[field] = _read_field(item.value)
    return {"name": name} | told


def refuse_more(text: str) -> None:
    """Raise ScheduleError for a text that has a schedule or an average beside the optimizer."""
    try:
        before, *after = split_outside(text, "@")
        more = split_outside(before, "+")[1:]
    except UnpairedError:
        return
    if not (after or more):
        return
    way = 'it alone is named here: write "adamw"' if after else 'an average stands before it, as in "cosine+ema@adamw"'
    raise ScheduleError(f"an optimizer has no other parts, but read {text!r}; {way}")


def check_read(name: str, field: str) -> None:
    """Raise ScheduleError for a field that other optimizers read and this one does not: it would change nothing."""
    readers = [other for other, kind in OPTIMIZERS.items() if field in kind.fields]
    if readers and name not in readers:
        raise ScheduleError(
            f"{name} does not read {field}, as {', '.join(readers[:3])} do; leave it out, or take one of its own: "
            f"{', '.join(OPTIMIZERS[name].fields)}"
        )


def _read_field(text: str) -> Any:
    """A field's value: a number, true, false or none, or the text itself, which the optimizer judges. Quotes go."""
    words: dict[str, Any] = {"true": True, "false": False, "none": None}
    text = strip_quotes(text)
    if text.lower() in words:
        return words[text.lower()]
    number = read_number(text)
    return text if number is None else number
