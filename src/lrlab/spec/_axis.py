"""What a search draws a field from, as users write it: "0.01..0.3 log", "0%..20%", "16..128 step 16", "sgd|adam"."""

import math
import re
from typing import NamedTuple

from ..errors import StudyError, shortened

FORMS = 'write a range such as 0.01..0.3, 0%..20% or "16..128 step 16", or choices such as sgd|adam'
NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
RANGE = re.compile(
    rf"(?P<low>{NUMBER})\s*(?P<first>%|[A-Za-z]+)?\s*\.\.\s*(?P<high>{NUMBER})\s*(?P<unit>%|(?!log\b|linear\b|step\b)[A-Za-z]+)?"
    rf"(?P<words>(?:\s+(?:log|linear))*)(?:\s+step\s+(?P<step>{NUMBER}))?"
)
FINEST = 2  # decimal places beyond that of the width of a range, or of a value drawn by ratio: more make texts long
LONGEST = 200  # characters of a range
MOST_CHOICES = 100
AxisValue = float | int | str | bool


class Axis(NamedTuple):
    """One dimension of a search: a range from low to high, in a unit or in none, or a few choices.

    log: drawn evenly by ratio. step: between values; None: any. whole: only whole numbers. choices: none for a range.
    """

    text: str
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    log: bool = False
    step: float | None = None
    whole: bool = False
    choices: tuple[AxisValue, ...] = ()

    @property
    def ends(self) -> tuple[AxisValue, ...]:
        """The values that stand for all: both ends of a range, or every choice."""
        return self.choices or (self.value_of(self.low), self.value_of(self.high))

    @property
    def most(self) -> float:
        """How many different values there are; infinitely many of a range of real numbers."""
        if self.choices:
            return len(self.choices)
        step = self.step or (1 if self.whole else 0)
        return math.floor((self.high - self.low) / step + 1e-9) + 1 if step else math.inf

    def value_of(self, number: float) -> AxisValue:
        """The value of the field that a number in the range stands for: rounded to a hundredth or less of the range.

        >>> read_axis("0%..20%").value_of(7.654321), read_axis("0.001..1 log").value_of(0.0123456)
        ('7.7%', 0.0123)
        """
        if self.whole:
            return round(number)
        value = self._round_inside(number)
        return f"{value:.12g}%" if self.unit == "%" else f"{value:.12g} {self.unit}" if self.unit else value

    def number_at(self, share: float) -> float:
        """The number so far along a range, from 0 to 1.

        >>> round(read_axis("0.01..1 log").number_at(0.5), 9), read_axis("1..5 step 2").number_at(0.4)
        (0.1, 3.0)
        """
        if self.log:
            return math.exp(math.log(self.low) + share * math.log(self.high / self.low))
        number = self.low + share * (self.high - self.low)
        return number if self.step is None else self.low + self.step * round((number - self.low) / self.step)

    @property
    def middle(self) -> AxisValue:
        """The value in the middle, by ratio where it is drawn so."""
        return self.choices[len(self.choices) // 2] if self.choices else self.value_of(self.number_at(0.5))

    def is_near_end(self, value: AxisValue) -> bool:
        """Whether a value of a range without unit lies in its outermost twentieth, so that better may lie beyond."""
        if self.choices or isinstance(value, str):
            return False
        low, high, place = (math.log(each) if self.log else each for each in (self.low, self.high, float(value)))
        return not 0.05 <= (place - low) / (high - low) <= 0.95

    def _round_inside(self, number: float) -> float:
        """Rounded, unless that would leave the range, or its steps."""
        if number in (self.low, self.high):
            return number
        scale = min(self.high - self.low, abs(number)) if self.log else self.high - self.low
        places = 12 if self.step else FINEST - math.floor(math.log10(scale))
        value = round(number) if self.unit == "updates" else round(number, places)
        return min(max(value, self.low), self.high)


def read_axis(text: str) -> Axis:
    """A range or choices, as they are written. Raises StudyError, with what would be right.

    >>> read_axis("1e-4..0.1 log").log, read_axis("sgd|adam").choices
    (True, ('sgd', 'adam'))
    """
    if len(text) > LONGEST:
        raise StudyError(f"a range has at most {LONGEST} characters, but got {len(text)}; {FORMS}")
    if "|" in text:
        return _read_choices(text)
    match = RANGE.fullmatch(text.strip())
    if match is None:
        raise StudyError(f"a range is LOW..HIGH, but got {shortened(repr(text), 100)}; {FORMS}")
    unit, first = match["unit"] or "", match["first"]
    if first is not None and _plural(first) != _plural(unit):
        end = f"{match['high']}{'' if first == '%' else ' '}{first}"
        raise StudyError(f"both ends of a range have one unit, but got {text!r}; write the end as {end}")
    words = match["words"].split()
    step = None if match["step"] is None else float(match["step"])
    axis = Axis(text.strip(), float(match["low"]), float(match["high"]), _plural(unit), "log" in words, step)
    _check_axis(axis)
    return axis


def _plural(unit: str) -> str:
    """A unit as spans have it: epoch and epochs are alike."""
    return f"{unit.lower()}s" if unit.lower() in ("epoch", "update") else unit.lower()


def _check_axis(axis: Axis) -> None:
    """Raise StudyError for a range that is none."""
    low, high = f"{axis.low:g}", f"{axis.high:g}"
    if not (math.isfinite(axis.low) and math.isfinite(axis.high)):
        raise StudyError(f"the ends of a range are finite, but got {axis.text}; write smaller ones")
    if axis.low == axis.high:
        raise StudyError(f"{axis.text} is a search space of one point; write {low} where it is fixed, or widen it")
    if axis.low > axis.high:
        raise StudyError(f"a range goes from low to high, but got {axis.text}; write {high}..{low}")
    if axis.log and axis.low <= 0:
        way = f"begin it at {axis.high / 1000:g}, or leave out log" if axis.high > 0 else "leave out log"
        raise StudyError(f"a range by ratio (log) begins above 0, but got {axis.text}; {way}")
    if axis.step is not None and (axis.log or not 0 < axis.step <= axis.high - axis.low):
        raise StudyError(
            f"a step is above 0 and at most as long as its range, which has no log then, but got {axis.text}; "
            f"write {low}..{high} step {(axis.high - axis.low) / 4:g}"
        )


def _read_choices(text: str) -> Axis:
    parts = [part.strip() for part in text.split("|")]
    if not all(parts) or len(set(parts)) < len(parts) or len(parts) > MOST_CHOICES:
        raise StudyError(
            f"choices are 2 to {MOST_CHOICES} that differ, with | between them, but got {shortened(repr(text), 100)}; "
            "write sgd|adam"
        )
    return Axis(text.strip(), choices=tuple(_read_choice(part) for part in parts))


def _read_choice(text: str) -> AxisValue:
    """A choice as a number, as true or false, or as a word."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"[+-]?[0-9]+", text):
        return int(text)
    return float(text) if re.fullmatch(NUMBER, text) else text
