"""One comparison of two arms: its random numbers, and its words."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

import numpy as np

from ..spec import Claim, Record
from ..stats import Verdict

HAIR = 1e-6
Value = TypeVar("Value", float, float | None)


def generator(key: str, *words: str) -> np.random.Generator:
    """Random numbers from a study's key and some words: the same records give the same answers, to the digit."""
    return np.random.default_rng([int(key, 16), *(int.from_bytes(word.encode(), "big") for word in words)])


class Draws:
    """Random numbers for intervals, by a study's key and some words; values seen before get those of their first words.

    So equal values, and negated ones, have equal intervals whatever they are called.
    """

    def __init__(self, key: str) -> None:
        self._key, self._first = key, dict[tuple[str, tuple[float, ...]], tuple[str, ...]]()

    def of(self, values: Sequence[float], *words: str, kind: str = "") -> np.random.Generator:
        """A generator for the interval of these values. kind: values of two kinds are never taken for equal."""
        images = sorted(values), sorted(0.0 - value for value in values)
        return generator(self._key, *self._first.setdefault((kind, tuple(min(images))), words))


def worst_for_diverged(
    values: Mapping[str, Sequence[Value]], records: Mapping[str, Sequence[Record]], higher_is_better: bool
) -> dict[str, list[Value]]:
    """The values by label and record, those of diverged trials replaced by the worst that is there.

    Where a label has nothing but diverged trials, by one a hair worse, a millionth of the span: what finished is then
    better on every seed. None: no value; where no trial has one, it stays.
    """
    known = [value for of_label in values.values() for value in of_label if value is not None]
    if not known:
        return {label: list(of_label) for label, of_label in values.items()}
    low, high = min(known), max(known)
    whole = any(group and all(record.diverged for record in group) for group in records.values())
    hair = HAIR * (high - low or abs(high) or 1.0) if whole else 0.0
    worst = low - hair if higher_is_better else high + hair
    return {
        label: [worst if record.diverged else value for value, record in zip(of_label, records[label], strict=True)]
        for label, of_label in values.items()
    }


def learned(records: Sequence[Record]) -> bool:
    """Whether half of these trials or more learned something; else they are at chance."""
    return 2 * sum(record.learned for record in records) >= len(records)


def learners(records: Mapping[str, Sequence[Record]]) -> set[str]:
    """The labels that are not at chance."""
    return {label for label, group in records.items() if learned(group)}


def claim_of(a: str, b: str, verdict: Verdict, higher_is_better: bool, may_win: Collection[str]) -> Claim:
    """What a verdict on a - b says of the two labels.

    verdict: on their scores. higher_is_better: the direction of these. may_win: the labels that did not end at chance.
    """
    difference = verdict.difference
    larger, smaller = (a, b) if higher_is_better else (b, a)
    better = {"a": larger, "b": smaller, "none": ""}[verdict.claim]
    return Claim(
        a=a,
        b=b,
        verdict=better if better in may_win else "",
        difference=difference.difference,
        low=difference.low,
        high=difference.high,
        p=difference.p,
        adjusted_p=verdict.adjusted_p,
        seeds=difference.n,
        correlation=None if math.isnan(difference.rho) else difference.rho,
        superiority=difference.superiority if higher_is_better else 1 - difference.superiority,
        smallest_visible=verdict.smallest_visible if math.isfinite(verdict.smallest_visible) else None,
    )
