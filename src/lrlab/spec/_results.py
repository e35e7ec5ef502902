"""Claims, and the results of a study: all that a report is drawn from."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ._chance import Way
from ._noun import Noun
from ._record import Metric, Record
from ._study import Study

MOST_POINTS = 1000


class Choice(Noun):
    """The peak chosen for a schedule on validation data, or the candidate chosen for an arm.

    at_edge: the best lay on the edge of all peaks tried, so a better one may lie beyond.
    scores, losses: mean validation score and loss by peak, in the order of `peaks`, over the seeds that finished there
    (all, where none did); none where nothing was tuned, None where nothing was measured. diverged, collapsed: how many
    seeds did.
    schedule: of an arm, the schedule of the chosen candidate, and tried: all candidates, in the order of `peaks`.
    chosen: the position of what was chosen. way: where better peaks lie, if all that was tried is at chance.
    """

    label: str
    peak: float
    at_edge: bool
    peaks: tuple[float, ...]
    scores: tuple[float | None, ...]
    losses: tuple[float | None, ...]
    schedule: str = ""
    tried: tuple[str, ...] = ()
    chosen: int | None = None
    diverged: tuple[int, ...] = ()
    collapsed: tuple[int, ...] = ()
    way: Way = ""


class Claim(Noun):
    """The answer to one question: is `a` better than `b`? Differences are a - b of the test score, paired by seed.

    A seed that diverged counts as the worst score of all.
    verdict: the label that is better, or "" for "not separated"; smallest_visible is the smallest true difference this
    design would have seen in four of five repetitions (None: with so few seeds it could not have claimed anything).
    correlation: of a and b over the seeds; None where either is constant.
    superiority: the share of seeds in which a is better than b, ties half.
    """

    a: str
    b: str
    verdict: str
    difference: float
    low: float
    high: float
    p: float
    adjusted_p: float
    seeds: int
    correlation: float | None
    superiority: float
    smallest_visible: float | None


class RateCurve(Noun):
    """The rate used by each update, thinned to at most 1000 points; both ends, peaks and drops kept."""

    label: str
    updates: tuple[int, ...]
    rates: tuple[float, ...]

    @classmethod
    def thinned(cls, label: str, rate_T: NDArray[np.float64]) -> Self:
        """Both ends, and of each stretch between them its lowest and highest update: even spacing loses spikes.

        Updates whose rate is not known (NaN), as a loop of the user's own may leave them, are left out.
        """
        known = np.flatnonzero(np.isfinite(rate_T))
        rate_T, total = rate_T[known], len(known)
        keep_P = np.arange(total)
        if total > MOST_POINTS:
            edges = np.linspace(0, total, MOST_POINTS // 2).astype(np.int64)
            stretches = [(start, rate_T[start:end]) for start, end in pairwise(edges)]
            extremes = [start + place(part) for start, part in stretches for place in (np.argmin, np.argmax)]
            keep_P = np.unique([0, *extremes, total - 1])
        return cls(label=label, updates=tuple(known[keep_P].tolist()), rates=tuple(rate_T[keep_P].tolist()))


class Row(Noun):
    """One schedule's line of the table, over the confirm seeds. low and high bound the mean score (BCa, 95 %).

    precision, recall and f1 are means over seeds of the macro averages; None where the task has no classes.
    A diverged seed counts as the worst value of the table; where all diverged there are no scores and no loss.
    collapsed: how many finished near chance. way: where better peaks lie, of an arm at chance.
    setting: the candidate that was chosen for an arm of several, in words.
    """

    label: str
    peak: float
    at_edge: bool
    score: float | None
    low: float | None
    high: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    loss: float | None
    seconds: float
    seeds: int
    diverged: int
    collapsed: int = 0
    way: Way = ""
    setting: str = ""

    @property
    def learned(self) -> bool:
        """Whether half of the seeds or more learned something; else the arm is at chance."""
        return 2 * (self.diverged + self.collapsed) <= self.seeds


class StudyResults(Noun):
    """The answers of a study and what they rest on. `rows` are ordered best first.

    tuned and confirmed are the records of the two phases. leader: the schedule best on validation data, before any test
    data was looked at.
    """

    study: Study
    metric: Metric
    leader: str
    choices: tuple[Choice, ...]
    rows: tuple[Row, ...]
    claims: tuple[Claim, ...]
    tuned: tuple[Record, ...]
    confirmed: tuple[Record, ...]
    curves: tuple[RateCurve, ...]


def records_by_label(study: Study, records: Iterable[Record]) -> dict[str, list[Record]]:
    """The records of each schedule or arm, in the study's order."""
    groups: dict[str, list[Record]] = {label: [] for label in study.labels}
    for record in records:
        groups[study.label_of(record.trial)].append(record)
    return groups
