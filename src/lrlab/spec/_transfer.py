"""Transfer: other widths and budgets at which a study's claims are asked again, and what came of it."""

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, get_args

from ..errors import StudyError, UnknownName, shortened
from ._noun import Noun

PlaceAxis = Literal["width", "budget"]
Carried = Literal["holds", "flips", "cannot tell"]
PLACE_AXES: tuple[PlaceAxis, ...] = get_args(PlaceAxis)
TRANSFER_FORM = 'write "width=1/2,2; budget=1/2,2"'
LARGEST_FACTOR = 1000.0
TIMES = {0.5: "half", 2.0: "twice"}


class TransferPlace(Noun):
    """Where an answer is carried to: the model's width, or the length of a trial, times a factor."""

    axis: PlaceAxis
    factor: float

    @property
    def words(self) -> str:
        """The place in words.

        >>> TransferPlace(axis="width", factor=0.5).words, TransferPlace(axis="budget", factor=3).words
        ('half the width', '3 times the budget')
        """
        return f"{TIMES.get(self.factor, f'{_factor_text(self.factor)} times')} the {self.axis}"

    @property
    def mark(self) -> str:
        """The place as a part of a study's name.

        >>> TransferPlace(axis="width", factor=0.5).mark
        'width-0.5'
        """
        return f"{self.axis}-{self.factor:g}"


class CarriedPair(Noun):
    """A claim of the study, better over worse, asked again at a place.

    there: the claim there, "same" or "other way", or neither. advantage, low, high: of `better` in the test score
    there, above 0 where the study is right, with its interval of the sign-flip test, 95 %. adjusted_p: over all pairs
    of the place. within: of a pair that lies within a margin there, the margin.
    """

    better: str
    worse: str
    there: Literal["same", "other way", ""]
    advantage: float
    low: float
    high: float
    adjusted_p: float
    within: float | None = None


class CarriedArm(Noun):
    """A schedule or arm at a place: its peak, tuned again there, and its mean test score with the interval.

    at_edge: the peak lies at the edge of those tried there. failed: seeds that diverged or collapsed.
    """

    label: str
    peak: float
    at_edge: bool
    score: float | None
    low: float | None
    high: float | None
    failed: int = 0


class CarriedPlace(Noun):
    """What came of a study's claims at a place.

    study, task, budget: those that were run there. seeds: fresh ones, on which arms were confirmed. arms: best first.
    answer: "holds" where every claim is made there too, "flips" where one is made the other way round, else "cannot
    tell". tau: Kendall's, between the order of the arms in the study and there; None for fewer than three.
    """

    place: TransferPlace
    study: str
    task: str
    budget: str
    seeds: int
    arms: tuple[CarriedArm, ...]
    pairs: tuple[CarriedPair, ...]
    answer: Carried
    tau: float | None = None


class Transfer(Noun):
    """How far a study's answer carries. labels: the arms that were run again. claims: pairs (better, worse) of them.

    notes: what was not run, and why.
    """

    labels: tuple[str, ...]
    claims: tuple[tuple[str, str], ...]
    places: tuple[CarriedPlace, ...] = ()
    notes: tuple[str, ...] = ()


def parse_places(asked: str | Mapping[str, Sequence[float]]) -> tuple[TransferPlace, ...]:
    """The places that are asked for, each axis on its own; factor 1 is the study itself and left out.

    asked: as on the command line, or factors by axis, `{"width": [0.5, 2]}`. Raises StudyError, UnknownName.

    >>> [place.words for place in parse_places("width=1/2,1,2; budget=3")]
    ['half the width', 'twice the width', '3 times the budget']
    """
    factors: dict[PlaceAxis, list[float]] = {}
    known: dict[str, PlaceAxis] = {axis: axis for axis in PLACE_AXES}
    for name, values in _parts_of(asked):
        axis = known.get(name.strip().lower())
        if axis is None:
            raise UnknownName("axis of a transfer", name, PLACE_AXES)
        if axis in factors:
            raise StudyError(f"{axis} is given twice in a transfer; give all its factors at once, as in {axis}=1/2,2")
        factors[axis] = [_read_factor(axis, value) for value in values]
    places = [
        TransferPlace(axis=axis, factor=value) for axis, values in factors.items() for value in dict.fromkeys(values)
    ]
    if places and not any(place.factor != 1 for place in places):
        raise StudyError(f"a transfer with factor 1 alone is the study itself, which is run anyway; {TRANSFER_FORM}")
    if not places:
        raise StudyError(f"a transfer names what changes, and by which factors, but got nothing; {TRANSFER_FORM}")
    return tuple(place for place in places if place.factor != 1)


def _parts_of(asked: str | Mapping[str, Sequence[float]]) -> list[tuple[str, list[object]]]:
    """Names with their factors as they were given."""
    if isinstance(asked, Mapping):
        return [
            (str(name), [value] if isinstance(value, str | int | float) else list(value))
            for name, value in asked.items()
        ]
    parts = []
    for part in filter(str.strip, asked.split(";")):
        name, equals, values = part.partition("=")
        if not (equals and name.strip() and values.strip()):
            raise StudyError(
                f"a transfer is written axis=factor,factor, but got {shortened(part.strip(), 100)!r}; {TRANSFER_FORM}"
            )
        parts.append((name.strip(), re.split(r"\s*,\s*", values.strip())))
    return parts


def _read_factor(axis: str, value: object) -> float:
    try:
        factor = float(Fraction(value.replace(" ", "")) if isinstance(value, str) else value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        factor = math.nan
    if isinstance(value, bool) or not 0 < factor <= LARGEST_FACTOR:
        raise StudyError(
            f"a factor of {axis} is a number or a fraction above 0, at most {LARGEST_FACTOR:g}, "
            f"but got {shortened(str(value), 100)!r}; write {axis}=1/2,2"
        )
    return factor


def _factor_text(factor: float) -> str:
    """A factor as one writes it: 1/4, 3, 1.5."""
    exact = Fraction(factor).limit_denominator(64)
    return str(exact) if factor < 1 and abs(float(exact) - factor) < 1e-9 else f"{factor:g}"
