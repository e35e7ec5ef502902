"""Fields of plans and records in words, for tables that people read: nothing stands there as Python writes it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..spec import OPTIMIZERS, Optimizer, Provenance
from ._numbers import plain
from ._words import TextTable

Fields = Mapping[str, Any]
NOTHING = ("none", "0")
ORIGINS = {  # fields of a record's provenance, as a reader finds them
    "lrlab": "lrlab",
    "python": "Python",
    "torch": "PyTorch",
    "numpy": "NumPy",
    "machine": "machine",
    "device": "device",
    "threads": "threads of a process",
    "engine": "engine, or layout of a stack",
    "stack": "trials in a stack",
    "ratio": "faster than one by one, times",
    "left_at": "left its stack at update",
    "shared_with": "trials of other averages, same training",
}


def value_words(value: object) -> str:
    """A value as a table says it.

    >>> value_words(None), value_words(True), value_words(0.0), value_words([1, 0.5]), value_words("")
    ('none', 'yes', '0', '1, 0.5', 'none')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(value_words, value)) or "none"
    return "none" if value is None else str(value) or "none"


def flat_fields(fields: Fields, before: str = "") -> Iterator[tuple[str, str]]:
    """Fields and those within them, each with its path and its words; an empty mapping is left out.

    >>> list(flat_fields({"tune": {"seeds": [0, 1], "budget": None}, "search": {}}))
    [('tune.seeds', '0, 1'), ('tune.budget', 'none')]
    """
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from flat_fields(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value_words(value)


def shown_optimizer_fields(optimizer: Optimizer) -> dict[str, Any]:
    """Its name, the fields that it reads, and all others that are not as usual.

    >>> shown_optimizer_fields(Optimizer(name="signum", clip=1.0))
    {'name': 'signum', 'momentum': 0.9, 'weight_decay': 0.0, 'clip': 1.0}
    """
    read = ("name", *OPTIMIZERS[optimizer.name].fields)
    fields = optimizer.every_field().items()
    return {name: value for name, value in fields if name in read or value != optimizer.usual(name)}


def provenance_table(origins: Sequence[Provenance]) -> TextTable:
    """Where records come from, a line for each field; several values where they come from several machines."""
    several = {name: {_origin_words(getattr(each, name)) for each in origins} for name in ORIGINS}
    told = {name: sorted(values, key=_by_number) for name, values in several.items() if values - {*NOTHING}}
    return TextTable(("what", "value"), tuple((ORIGINS[name], ", ".join(values)) for name, values in told.items()))


def _origin_words(value: object) -> str:
    return plain(value, 3) if isinstance(value, float) else value_words(value)


def _by_number(words: str) -> tuple[float, str]:
    try:
        return float(words.replace(",", "")), words
    except ValueError:
        return float("inf"), words
