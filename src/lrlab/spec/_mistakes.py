"""Mistakes in the fields of a noun, as pydantic tells them, in words with the way out."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ..errors import did_you_mean, shortened
from ._lists import MOST_SEEDS

MOST_LINES, LONGEST_LINE, LONGEST_VALUE = 30, 1000, 100  # of mistakes; characters of one, and of a value in it
COUNTED = ("seeds", "final_seeds")  # lists for which a whole number may stand
OF_NUMBERS = ("peaks", "looks", "snapshots")  # lists of numbers, of which one may have been written alone
WAYS = {
    "number_wanted": "write one such as 10, 0.01 or 1e-2, without quotes",
    "float_parsing": "write one such as 0.01 or 1e-2",
    "string_type": "put it in quotes",
    "literal_error": "put text in quotes",
    "bool_type": "write true or false",
    "tuple_type": "write a list, as in [a, b]",
    "dict_type": "write names and what they are, as in {name: value}",
    "model_type": "write its fields, as in {field: value}",
}


def words_of_mistakes(error: ValidationError, kind: type[BaseModel]) -> str:
    """Every mistake as `field: what is wrong; the way out`, a line each. kind: of the noun that was made."""
    return join_mistakes([f"{field_name(item)}: {mistake_text(item, kind)}" for item in error.errors()])


def join_mistakes(mistakes: Sequence[str]) -> str:
    """A line each, of readable length; the first ones of very many."""
    lines = [shortened(text, LONGEST_LINE) for text in mistakes[:MOST_LINES]]
    more = len(mistakes) - len(lines)
    return "\n".join([*lines, f"and {more} more"] if more else lines)


def field_name(item: Any) -> str:
    """Where a mistake is, with dots; the noun as a whole is called study."""
    return ".".join(str(part) for part in place_of(item)) or "study"


def place_of(item: Any) -> tuple[str | int, ...]:
    """Where a mistake is, field by field: as it says itself where it is one of the noun as a whole."""
    return tuple(item["loc"]) or tuple(item.get("ctx", {}).get("place", ()))


def mistake_text(item: Any, kind: type[BaseModel], written: str | None = None) -> str:
    """What is wrong and the way out, of one pydantic error of this kind of noun. written: what stands in the file."""
    place = tuple(item["loc"])
    text = item["msg"].removeprefix("Value error, ").replace("valid tuple", "valid list")
    if item["type"] == "extra_forbidden":
        return f"no such field; {did_you_mean(str(place[-1]), _fields_at(kind, place[:-1]))}"
    if item["type"] == "missing":
        return "must be given"
    if item["type"] in ("value_error", "misplaced"):
        return text
    if item["type"] == "literal_error" and isinstance(item["input"], str):
        words = f"{text[0].lower()}{text[1:]}, but got {shortened(repr(item['input']), LONGEST_VALUE)}"
        known = re.findall(r"'([^']*)'", item.get("ctx", {}).get("expected", ""))
        meant = did_you_mean(item["input"], known)
        return f"{words}; {meant}" if meant.startswith("did you mean") else words
    got = shortened(written or repr(item["input"]), LONGEST_VALUE)
    way = "give it a value, or leave it out" if item["input"] is None else _way_at(place, item["input"], item["type"])
    return f"{text[0].lower()}{text[1:]}, but got {got}{way and f'; {way}'}"


def _way_at(place: Sequence[str | int], value: Any, kind: str) -> str:
    """The way out of a kind of mistake in the field at a place."""
    field = place[-1] if place else ""
    if kind != "tuple_type" or field not in (*COUNTED, *OF_NUMBERS):
        return _way_of(value, kind)
    number = _number_in(value)
    if field in OF_NUMBERS:
        return WAYS[kind] if number is None else f"write [{number.removesuffix('.0') if field != 'peaks' else number}]"
    if number is not None and float(number).is_integer() and 1 <= float(number) <= MOST_SEEDS:
        return f"write {int(float(number))}" + " without quotes" * isinstance(value, str)
    return f"write how many, 1 to {MOST_SEEDS}, or a list, as in [11, 12]"


def _number_in(value: Any) -> str | None:
    """A number as it was given, also as text; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    return text if re.fullmatch(r"[+-]?[0-9]+\.?[0-9]*(e[+-]?[0-9]+)?", text) else None


def _way_of(value: Any, kind: str) -> str:
    """The way out of a kind of mistake; the number itself where what was written can only mean that."""
    if isinstance(value, float) and value.is_integer() and kind in ("int_type", "int_from_float"):
        return f"write {int(value)}"
    percent = re.fullmatch(r"\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*%\s*", value) if isinstance(value, str) else None
    if percent and kind in ("number_wanted", "float_parsing", "float_type"):
        return f"write {float(percent[1]) / 100:.12g}"
    return WAYS.get(kind, "")


def _fields_at(kind: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """The fields a noun of this kind may have at a place."""
    model: Any = kind
    for part in place:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[part].annotation
        model = next(part for part in _parts_of(annotation) if isinstance(part, type) and issubclass(part, BaseModel))
    return list(model.model_fields)


def _parts_of(annotation: Any) -> Iterator[Any]:
    """An annotation and all it is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts_of(part)
