"""The one reader of `name(field=value, ...)` texts. It cuts a text into its pieces; who reads them says what they mean.

The texts of schedules, of rules and of image tasks are read by it.
"""

import re
from typing import NamedTuple

PARTNERS = {"(": ")", "[": "]"}
NAME = re.compile(r"[A-Za-z][\w-]*")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class UnpairedError(ValueError):
    """A bracket or a quote without its partner; the message says which, and in which text."""


class NamedText(NamedTuple):
    """A name, and what stands in the parentheses after it: "" where there is nothing."""

    name: str
    inside: str


class FieldText(NamedTuple):
    """A field as it is written. name and value: both sides of the `=`, "" where there is nothing."""

    text: str
    name: str
    value: str

    @property
    def complete(self) -> bool:
        """Whether it is `name=value`."""
        return bool(self.name and self.value)


def split_outside(text: str, separator: str, most: int = -1) -> list[str]:
    """The text cut at each separator outside brackets and quotes; after so many cuts the rest stays as it is.

    Raises UnpairedError.

    >>> split_outside("warmup(first=1/(W+1)) + linear", "+")
    ['warmup(first=1/(W+1)) ', ' linear']
    """
    pieces, begin, open_ones, quote = list[str](), 0, list[str](), ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in PARTNERS:
            open_ones.append(character)
        elif character in PARTNERS.values() and (not open_ones or PARTNERS[open_ones.pop()] != character):
            raise UnpairedError(f'a "{character}" has no partner in {text!r}')
        elif character == separator and not open_ones and len(pieces) != most:
            pieces.append(text[begin:place])
            begin = place + 1
            if len(pieces) == most:
                break
    if open_ones or quote:
        what = f"the quote {quote}" if quote else f'a "{open_ones[-1]}"'
        raise UnpairedError(f"{what} has no partner in {text!r}")
    return [*pieces, text[begin:]]


def split_name(text: str) -> NamedText | None:
    """The name before the first "(", and what is inside; None where the text does not end with its ")".

    >>> split_name(" step ( gamma=0.5 ) ")
    NamedText(name='step', inside=' gamma=0.5 ')
    """
    name, bracket, inside = text.strip().partition("(")
    if bracket and not inside.endswith(")"):
        return None
    return NamedText(name.strip(), inside.removesuffix(")"))


def split_fields(inside: str) -> list[FieldText]:
    """The fields in the parentheses of a text, in order. Raises UnpairedError.

    >>> split_fields("at=[30%, 60%], gamma = 0.1")[1]
    FieldText(text='gamma = 0.1', name='gamma', value='0.1')
    """
    if not inside.strip():
        return []
    items = [(item.strip(), *item.partition("=")) for item in split_outside(inside, ",")]
    return [FieldText(text, name.strip(), value.strip()) for text, name, _, value in items]


def split_list(text: str) -> list[str] | None:
    """The members of a list in square brackets; None where the text is none. Raises UnpairedError.

    >>> split_list("[30%, 5 epochs]")
    ['30%', '5 epochs']
    """
    if not (text.startswith("[") and text.endswith("]")):
        return None
    members = split_outside(text[1:-1], ",") if text[1:-1].strip() else []
    return [member.strip() for member in members]


def strip_quotes(text: str) -> str:
    """The text without the quotes around it, where it has them."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text


def read_number(text: str) -> float | None:
    """The decimal number a text is; None where it is none.

    >>> read_number("1e-3"), read_number("nan")
    (0.001, None)
    """
    return float(text) if NUMBER.fullmatch(text) else None
