"""Trials of a stack that share a training: they differ in their average of weights alone, which no training sees.

A stack has a column for each training. Rows are positions among its trials; of a training's trials each is looked at
under its own evaluation weights, in turn.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..spec import Trial, training_key


class Look(NamedTuple):
    """One look at every column. shown: the trial whose evaluation weights stand in each column.

    rows: of each column the trials that are measured by it; none where looks before have measured all.
    """

    shown: list[int]
    rows: list[list[int]]


class Trainings:
    """Which trials are trained as one. numbers: of each trial its training, counted in the order of the trials.

    share: whether any are. A trial that occurs twice is trained twice.
    """

    def __init__(self, trials: Sequence[Trial], share: bool = True) -> None:
        seen, known = Counter[str](), dict[tuple[str, int], int]()
        self.numbers: list[int] = []
        for row, trial in enumerate(trials):
            key = (training_key(trial), seen[trial.key]) if share else ("", row)
            seen[trial.key] += 1
            self.numbers.append(known.setdefault(key, len(known)))

    def leads(self, rows: Sequence[int]) -> list[int]:
        """The first of these trials in each column."""
        firsts: dict[int, int] = {}
        for row in rows:
            firsts.setdefault(self.numbers[row], row)
        return [firsts[number] for number in sorted(firsts)]

    def columns(self, rows: Sequence[int]) -> list[int]:
        """The column of each of these trials."""
        order = {number: column for column, number in enumerate(sorted({self.numbers[row] for row in rows}))}
        return [order[self.numbers[row]] for row in rows]

    def looks(self, rows: Sequence[int], is_averaged: Callable[[int], bool]) -> list[Look]:
        """The looks after which each of these trials is measured; those that are not averaged yet need one for all.

        is_averaged: whether a trial has evaluation weights of its own by now.
        """
        parts: list[list[list[int]]] = []
        for number in sorted({self.numbers[row] for row in rows}):
            own = [row for row in rows if self.numbers[row] == number]
            plain = [row for row in own if not is_averaged(row)]
            parts.append([plain] * bool(plain) + [[row] for row in own if is_averaged(row)])
        looks = list[Look]()
        for place in range(max(map(len, parts), default=0)):
            taken = [part[place] if place < len(part) else [] for part in parts]
            looks.append(Look([(new or part[0])[0] for new, part in zip(taken, parts, strict=True)], taken))
        return looks
