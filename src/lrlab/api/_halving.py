"""Halving, from a caller's words to the field of a study."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import StudyError
from ..lab import TuneFields
from ..spec import Halving

HalvingOption: TypeAlias = bool | str | Sequence[int | str] | Mapping[str, object] | Halving | None
OFF = (None, False)
AUTO, HYPERBAND = "auto", "hyperband"


def with_halving(tune: TuneFields | None, halving: HalvingOption) -> TuneFields | None:
    """The fields of a tuning phase, with halving where it was asked for. Raises StudyError for what it cannot be."""
    if halving in OFF:
        return tune
    halved = TuneFields() if tune is None else tune.copy()
    halved["halving"] = halving_of(halving)
    return halved


def halving_of(halving: HalvingOption) -> Halving:
    """Halving as a caller has it: True or "auto", "hyperband", rungs ("2,3", [2, 3], "25%,50%"), fields, or made.

    >>> halving_of("2,3").rungs, halving_of("hyperband").brackets
    (('2 epochs', '3 epochs'), 4)
    """
    if isinstance(halving, Halving):
        return halving
    if isinstance(halving, str):
        word = halving.strip().lower()
        if word == HYPERBAND:
            return hyperband_of(Halving())
        halving = True if word == AUTO else [_rung_of(part.strip()) for part in word.split(",")]
    if halving is True:
        return Halving()
    if isinstance(halving, Mapping | Sequence):
        fields: Any = dict(halving) if isinstance(halving, Mapping) else {"rungs": list(halving)}
        return Halving(**fields)
    raise StudyError(
        f'halving is "auto", "hyperband", or rungs as in "2,3" or "25%,50%", but got {halving!r}; give one of these'
    )


def hyperband_of(halving: Halving) -> Halving:
    """The same rungs with a race that begins at each, and one that stops none."""
    return halving.model_copy(update={"brackets": len(halving.rungs) + 1})


def _rung_of(text: str) -> int | str:
    return int(text) if text.isdecimal() else text
