"""Names of the tasks on digits: digits/MODEL(option=value, ...). Text only: torch is not loaded."""

from typing import Any, Literal, NamedTuple

from ..errors import TaskError, UnknownName
from ..schedules import split_name
from ._names import read_options, read_width, write_name
from ._splits import SPLITS

DIGITS = "digits/"
COUNTS = {"convnet": (8, 16), "mlp": (32,)}  # channels or units of the hidden layers, by model
DIGITS_FORM = 'write "digits/convnet", "digits/mlp(width=2)" or "digits/convnet(split=fresh)"'


class DigitsTask(NamedTuple):
    """What a name asks for; `str` gives the canonical name.

    split: "fixed", or "fresh": drawn anew by each seed. width: factor on the model's hidden layers.

    >>> print(parse_digits("Digits/ConvNet(width=1/2, split=fixed)"))
    digits/convnet(width=0.5)
    """

    model: str
    split: Literal["fixed", "fresh"] = "fixed"
    width: float = 1.0

    def __str__(self) -> str:
        values = {"split": self.split, "width": self.width}
        given = {name: value for name, value in values.items() if value != self._field_defaults[name]}
        return write_name(f"{DIGITS}{self.model}", given)


def parse_digits(text: str) -> DigitsTask | None:
    """The task on digits that a text names; None where it names no such task.

    Raises UnknownName for a model or an option that does not exist, TaskError for a value that cannot be.
    """
    named = split_name(text)
    head = "" if named is None else named.name.strip().lower().replace("_", "-").replace(" ", "")
    if named is None or not head.startswith(DIGITS):
        return None
    model = head.removeprefix(DIGITS)
    if model not in COUNTS:
        raise UnknownName("task", text, [f"{DIGITS}{known}" for known in COUNTS])
    readers = {"split": _read_split, "width": read_width}
    wanted = DigitsTask(model, **read_options(named.inside, text, readers, DIGITS_FORM))
    _check_counts(wanted)
    return wanted


def _read_split(option: str, text: str) -> Any:
    word = text.strip().lower()
    if word not in SPLITS:
        raise TaskError(f"`{option}` must be fixed or fresh, but got {text!r}; write {option}=fresh")
    return word


def _check_counts(wanted: DigitsTask) -> None:
    """Raise TaskError where a width makes parts of a channel."""
    for count in COUNTS[wanted.model]:
        if not (count * wanted.width).is_integer() or count * wanted.width < 1:
            raise TaskError(
                f"width {wanted.width:g} makes {count * wanted.width:g} of the {count} channels of "
                f"{DIGITS}{wanted.model}, and no layer has a part of one; write width=1/2 or width=2"
            )
