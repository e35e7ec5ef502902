"""Random numbers from a key and some words: the same data give the same answers, to the digit."""

from collections.abc import Sequence

import numpy as np


def generator(key: str, *words: str) -> np.random.Generator:
    """Random numbers from a hexadecimal key and some words."""
    return np.random.default_rng([int(key, 16), *(int.from_bytes(word.encode(), "big") for word in words)])


class Draws:
    """Random numbers for intervals, by a hexadecimal key and some words.

    Values seen before get those of their first words, so that equal values, and negated ones, have equal intervals
    whatever they are called.
    """

    def __init__(self, key: str) -> None:
        self._key, self._first = key, dict[tuple[str, tuple[float, ...]], tuple[str, ...]]()

    def of(self, values: Sequence[float], *words: str, kind: str = "") -> np.random.Generator:
        """A generator for the interval of these values. kind: values of two kinds are never taken for equal."""
        images = sorted(values), sorted(0.0 - value for value in values)
        return generator(self._key, *self._first.setdefault((kind, tuple(min(images))), words))
