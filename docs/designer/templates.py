"""The lines of plain torch for each schedule, taken from the export with places where the page puts its numbers."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any, Literal, get_args, get_origin

from lrlab.export._curves import curve  # the pieces of a script, before they are joined
from lrlab.schedules import SCHEDULES, Horizon, Schedule, Span, parts_of, types_of_field, types_of_fields

RUN = "\N{SECTION SIGN}"  # stands for the name of the number of updates
PROBE = Horizon(updates=1009, updates_per_epoch=97)
NUMBERS = (0.1234, 0.2345, 0.3456, 0.4567)  # told apart from every other number of a script
SPECIAL = {"cosine": {"power": 1.0}}  # values at which the lines are others
FIXED: dict[str, dict[str, Any]] = {
    "cosine_cycles": {"cycles": 7},
    "hard_restarts": {"cycles": 7},
    "noam": {"width": 321},
    "tanh": {"lower": -1.234, "upper": 2.345},
    "sgdr": {"growth": 1.234},
    "slanted_triangular": {"ratio": 12.34},
}


def templates() -> dict[str, dict[str, Any]]:
    """By schedule, then by its words as JSON: constants (letter, where its value is from, meaning) and lines."""
    simple = [cls for cls in SCHEDULES.values() if not _holds_others(cls)]
    return {cls.name: dict(_variants(cls)) for cls in simple}


def _holds_others(cls: type[Schedule]) -> bool:
    hints = types_of_fields(cls)
    return any(Schedule in (*types_of_field(hint), *get_args(hint)) for hint in hints.values())


def _variants(cls: type[Schedule]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A template for each choice of words."""
    choices = {name: list(_choices(cls, name)) for name in cls.parameters() if name != "momenta"}
    for chosen in product(*choices.values()):
        words = [word for _, word in chosen if word is not None]
        fields = {name: value for name, (value, _) in zip(choices, chosen, strict=True)}
        yield json.dumps(words, separators=(",", ":")), _template(cls(**fields))


def _choices(cls: type[Schedule], name: str) -> Iterator[tuple[Any, str | None]]:
    """Values of a field that make lines of their own, each with the word that the page finds them by; None: no word."""
    kinds, default = types_of_field(types_of_fields(cls)[name]), cls.parameters()[name]
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    yield from ((word, word) for word in words if word != "peak/epochs")  # the page works that out first
    if words and float not in kinds:
        return
    special = SPECIAL.get(cls.name, {}).get(name)
    value = _probe_value(cls, name, kinds, default)
    if name == "phases":
        yield from ((2, "2"), (3, "3"))
    elif special is not None:
        yield from ((special, "="), (value, "*"))
    else:
        yield value, "*" if words and "peak/epochs" not in words else None


def _probe_value(cls: type[Schedule], name: str, kinds: tuple[Any, ...], default: Any) -> Any:
    fixed = FIXED.get(cls.name, {})
    if name in fixed:
        return fixed[name]
    if default == () or isinstance(default, tuple):
        return (
            tuple(f"{137 * (n + 1)} updates" for n in range(len(default))) if name == "at" else NUMBERS[: len(default)]
        )
    if kinds == (str,):
        return "211 updates"
    return NUMBERS[list(cls.parameters()).index(name) % len(NUMBERS)]


def _template(schedule: Schedule) -> dict[str, Any]:
    assert len(list(parts_of(schedule))) == 1
    constants, lines, helpers = curve(schedule, PROBE, RUN)
    assert not helpers
    return {"constants": [_constant(schedule, *constant) for constant in constants], "lines": list(lines)}


def _constant(schedule: Schedule, letter: str, value: object, meaning: str) -> list[str]:
    """A letter, the kind of its value, the field that it is from, and what it means."""
    for name in schedule.parameters():
        own = getattr(schedule, name)
        if isinstance(own, str) and own.endswith("updates") and value == Span.parse(own).length(PROBE):
            return [letter, "length" if schedule.name == "one_cycle" else "span", name, meaning]
        if isinstance(own, tuple) and own and name == "at":
            places = [Span.parse(span).updates(PROBE) for span in own]
            kind = "spans" if value == places else "knots" if value == [0, *places] else ""
            if kind:
                return [letter, kind, name, meaning.replace(", ".join(own), "{spans}")]
        if value == own or (isinstance(own, tuple) and value == list(own)):
            return [letter, "field", name, meaning]
    if value == PROBE.updates_per_epoch:
        return [letter, "epoch", "", meaning]
    return [letter, {"P": "period", "LAST": "last"}[letter], "", meaning]
