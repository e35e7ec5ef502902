"""Claims, and the results of a study: all that a report is drawn from."""

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from ._chance import Way
from ._halving import RungCheck
from ._noun import Noun, omit_defaults, omit_empty
from ._range_test import RangeTest
from ._record import Metric, Record
from ._study import Study
from ._transfer import Transfer

MOST_POINTS = 1000
QUARTERS = np.linspace(0, 1, 5)  # of a run, whose rates are told in numbers
Value = TypeVar("Value")


class Choice(Noun):
    """The peak chosen for a schedule on validation data, or the candidate chosen for an arm.

    at_edge: the best lay on the edge of all peaks tried, so a better one may lie beyond.
    scores, losses: mean validation score and loss by peak, in the order of `peaks`, over the seeds that finished there
    (all, where none did); none where nothing was tuned, None where nothing was measured. diverged, collapsed: how many
    seeds did.
    schedule: of an arm, the schedule of the chosen candidate, and tried: all candidates, in the order of `peaks`.
    chosen: the position of what was chosen. way: where better peaks lie, if all that was tried is at chance.
    seeds: how many each was tried on, where that differs; by: what the choice went by.
    stopped: the epoch at which halving stopped each, 0 of one that was trained to its end; none without halving.
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
    seeds: tuple[int, ...] = ()
    by: Literal["score", "loss"] = "score"
    stopped: tuple[int, ...] = ()

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones at their default, so that older results stay the same text."""
        return omit_defaults(self, write(self), "seeds", "by", "stopped")

    def seeds_of(self, place: int, usual: int) -> int:
        """On how many seeds what stands at this place was tried. usual: the tuning seeds of the study."""
        return self.seeds[place] if place < len(self.seeds) else usual


class Claim(Noun):
    """The answer to one question: is `a` better than `b`? Differences are a - b of the test score, paired by seed.

    A seed that diverged counts as the worst score of all.
    verdict: the label that is better, or "". within: where it is "", the margin in which both lie; None: undecided.
    smallest_visible is the smallest true difference this design would have seen in four of five repetitions (None: with
    so few seeds it could not have claimed anything).
    low, high: the interval of the sign-flip test, 95 %; t_low, t_high: Student's; crossed_low, crossed_high: over seeds
    and test examples, as if both had been drawn again; None where that is not known.
    adjusted_p: over all questions of the study. equal_p: of lying within the margin, adjusted; None: not asked.
    correlation: of a and b over the seeds; None where either is constant.
    superiority: the share of seeds in which a is better than b, ties half.
    failed_a, failed_b: how many seeds of each diverged, collapsed or fell far behind.
    not_at: where a verdict says who is better: peaks of the other arm, as good as the chosen one on validation data, at
    which it cannot be said, so that it holds at these settings only; None: no other peak was confirmed.
    look: with planned looks, the seeds at which it was decided or given up; None: open to the last, or no looks.
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
    within: float | None = None
    equal_p: float | None = None
    t_low: float | None = None
    t_high: float | None = None
    crossed_low: float | None = None
    crossed_high: float | None = None
    failed_a: int = 0
    failed_b: int = 0
    not_at: tuple[float, ...] | None = None
    look: int | None = None

    @property
    def decided(self) -> bool:
        """Whether the question is answered: one is better, or they are within the margin."""
        return bool(self.verdict) or self.within is not None


class Margin(Noun):
    """The largest difference of the metric that would not matter. why: in words, what it is taken from."""

    value: float
    why: str


def asked_margin(points: float, point: float | None, in_percent: bool) -> Margin:
    """The margin that was asked for: of shares in points, of all else in the metric's unit.

    point: one point, in the unit of the values; None: they are no shares. in_percent: whether shares are shown times
    100, so that a point is a 1.

    >>> asked_margin(2, 0.01, False)
    Margin(value=0.02, why='as asked, a point of shares being 0.01')
    """
    hidden = point is not None and point != 1 and not in_percent
    why = f"as asked, a point of shares being {point:g}" if hidden else "as asked"
    return Margin(value=points * (1 if point is None else point), why=why)


class BestSet(Noun):
    """among: the labels of which it cannot be said that another is better, best first; out: all others."""

    among: tuple[str, ...]
    out: tuple[str, ...]


class RateCurve(Noun):
    """The rate used by each update, thinned to at most 1000 points; both ends, quarters, peaks and drops kept."""

    label: str
    updates: tuple[int, ...]
    rates: tuple[float, ...]

    @classmethod
    def thinned(cls, label: str, rate_T: NDArray[np.float64]) -> Self:
        """Both ends, the quarters, and of each stretch its lowest and highest update: even spacing loses spikes.

        Updates whose rate is not known (NaN), as a loop of the user's own may leave them, are left out.
        """
        known = np.flatnonzero(np.isfinite(rate_T))
        rate_T, total = rate_T[known], len(known)
        keep_P = np.arange(total)
        if total > MOST_POINTS:
            quarters = np.searchsorted(known, np.round(QUARTERS * known[-1]))
            edges = np.linspace(0, total, (MOST_POINTS - len(quarters)) // 2).astype(np.int64)
            stretches = [(start, rate_T[start:end]) for start, end in pairwise(edges)]
            extremes = [start + place(part) for start, part in stretches for place in (np.argmin, np.argmax)]
            keep_P = np.unique([0, *extremes, *quarters, total - 1])
        return cls(label=label, updates=tuple(known[keep_P].tolist()), rates=tuple(rate_T[keep_P].tolist()))


class Row(Noun):
    """One schedule's line of the table, over the confirm seeds. low, high: the mean's interval, of the sign-flip test.

    precision, recall and f1 are means over seeds of the macro averages; None where the task has no classes.
    A diverged seed counts as the worst value of the table; where all diverged there are no scores and no loss.
    collapsed: how many finished near chance; fallen: how many others far below the rest of the arm. way: where better
    peaks lie, of an arm at chance.
    setting: the candidate that was chosen for an arm of several, in words.
    scores: means of the metrics beside the one that decides, by name; none unless all records have them.
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
    fallen: int = 0
    way: Way = ""
    setting: str = ""
    scores: dict[str, float] = Field(default_factory=dict)

    @model_serializer(mode="wrap")
    def _omit_no_scores(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without empty `scores`, as results from before them are."""
        return omit_empty(write(self), "scores")

    def __hash__(self) -> int:
        return hash((self.label, self.score, self.seeds))  # no mapping has one

    @property
    def failed(self) -> int:
        """How many seeds diverged, collapsed or fell far behind."""
        return self.diverged + self.collapsed + self.fallen

    @property
    def learned(self) -> bool:
        """Whether half of the seeds or more learned something; else the arm is at chance."""
        return 2 * (self.diverged + self.collapsed) <= self.seeds


class StudyResults(Noun):
    """The answers of a study and what they rest on. `rows` are ordered best first.

    tuned and confirmed are the records of the two phases. leader: the schedule best on validation data, before any test
    data was looked at. best: the set in which the best one lies; None where nothing can be said of that.
    margin: of the verdict "within"; None: there is none. loss_claims: the same questions about the test loss, a family
    of their own; none where the loss is the metric or was not measured. rungs: of halving, each with its check.
    rivals: the records of the confirm seeds at peaks that tuning could not tell from the chosen ones.
    transfer: how far the claims carry; None: not asked. ranges: range tests of its task, optimizers and batch size.
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
    best: BestSet | None = None
    margin: Margin | None = None
    loss_claims: tuple[Claim, ...] = ()
    rungs: tuple[RungCheck, ...] = ()
    rivals: tuple[Record, ...] = ()
    transfer: Transfer | None = None
    ranges: tuple[RangeTest, ...] = ()

    @cached_property
    def by_label(self) -> dict[str, list[Record]]:
        """The records of the confirm phase by schedule or arm, in the study's order."""
        return records_by_label(self.study, self.confirmed)

    @cached_property
    def own_loop(self) -> bool:
        """Whether some record of the confirm phase is of a training loop of the user's own."""
        return any(record.own_loop for record in self.confirmed)

    @cached_property
    def highest_score(self) -> float | None:
        """The highest test score of the confirm phase, which says whether scores can be shares of 1."""
        return max((record.test.score for record in self.confirmed if record.test.score is not None), default=None)


def each_once(values: Iterable[Value]) -> list[Value]:
    """The values without those that are the same object as one before: thousands of records share some parts."""
    return list({id(value): value for value in values}.values())


def records_by_label(study: Study, records: Iterable[Record]) -> dict[str, list[Record]]:
    """The records of each schedule or arm, in the study's order."""
    groups: dict[str, list[Record]] = {label: [] for label in study.labels}
    for record in records:
        groups[study.label_of(record.trial)].append(record)
    return groups
