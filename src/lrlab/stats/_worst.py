"""What a run without a value counts as."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

HAIR = 1e-6
Value = TypeVar("Value", float, float | None)


def fill_with_worst(
    values: Mapping[str, Sequence[Value]], lost: Mapping[str, Sequence[bool]], higher_is_better: bool
) -> dict[str, list[Value]]:
    """The values by label and run, those of lost runs replaced by the worst that is there.

    Where a label has nothing but lost runs, by one a hair worse, a millionth of the span: what finished is then better
    on every seed. None: no value; where no run has one, it stays. What a lost run has as its value, if anything, counts
    as there.

    >>> fill_with_worst({"a": [0.8, 0.1], "b": [0.5, 0.6]}, {"a": [False, True], "b": [False, False]}, True)
    {'a': [0.8, 0.1], 'b': [0.5, 0.6]}
    """
    known = [value for of_label in values.values() for value in of_label if value is not None]
    if not known:
        return {label: list(of_label) for label, of_label in values.items()}
    low, high = min(known), max(known)
    whole = any(group and all(group) for group in lost.values())
    hair = HAIR * (high - low or abs(high) or 1.0) if whole else 0.0
    worst = low - hair if higher_is_better else high + hair
    return {
        label: [worst if gone else value for value, gone in zip(of_label, lost[label], strict=True)]
        for label, of_label in values.items()
    }
