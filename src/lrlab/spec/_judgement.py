"""Judgement: the answers about runs that were made anywhere, and all that a report of them is drawn from."""

from typing import Any, Literal

from pydantic import SerializerFunctionWrapHandler, model_serializer

from ._noun import Noun, Shown, omit_defaults
from ._record import Metric
from ._results import BestSet, Margin


class JudgedArm(Noun):
    """One arm of runs made anywhere.

    score: the mean of what is judged over its runs; low, high: its 95 % interval, as `stats.mean_interval` has it;
    sd: its standard deviation. A run without a value (diverged, or a target never reached) counts as the worst that is
    there; where no run has one, score, low and high are None.
    seeds: of its runs, in order; values: of each; None: without a value. failed: how many of them diverged or learned
    nothing; where these are more than half, the arm is called better than no other.
    """

    label: Shown
    score: float | None
    low: float | None
    high: float | None
    sd: float | None
    seeds: tuple[str, ...]
    values: tuple[float | None, ...]
    failed: int = 0

    @property
    def learned(self) -> bool:
        """Whether half of its runs or more did learn something."""
        return 2 * self.failed <= len(self.values)

    @property
    def missing(self) -> int:
        """How many runs are without a value."""
        return sum(value is None for value in self.values)


class JudgedPair(Noun):
    """The answer to one question: is `a` better than `b`? Differences are a - b, in the unit of the scores.

    verdict: the label that is better, or "". within: where it is "", the margin in which both lie; None: undecided.
    equal_p: of lying within the margin, adjusted; None: not asked, or not paired.
    paired: whether seeds that both have were compared, seed by seed; else the arms' runs as two samples.
    runs_a, runs_b: how many took part; equal where paired.
    p: of the sign-flip test where paired, else of the permutation test or Welch's, the larger; adjusted_p: over the
    family, as `Judgement.adjusted_by` has it.
    low, high: 95 %, of the sign-flip test where paired, else the wider of BCa and Welch's.
    welch_p: of Welch's test, as a check of what is not paired; else None.
    correlation: of a and b over the seeds; None where not paired, or either is constant.
    superiority: the share of pairs in which a is better, ties half.
    smallest_visible: the smallest true difference that this many runs see in four of five repetitions; None: none.
    needed: about how many runs of each arm decide the question in four of five repetitions, if the true difference is
    the one seen: as a difference, or where pairs share seeds and it is below the margin, as within it. None: more than
    anyone would make, or there is nothing to decide, or the arm ahead did not learn.
    """

    a: Shown
    b: Shown
    verdict: Shown
    paired: bool
    difference: float
    low: float
    high: float
    p: float
    adjusted_p: float
    runs_a: int
    runs_b: int
    welch_p: float | None
    correlation: float | None
    superiority: float
    smallest_visible: float | None
    needed: int | None
    within: float | None = None
    equal_p: float | None = None

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones at their default, so that older judgements stay the same text."""
        return omit_defaults(self, write(self), "within", "equal_p")


class JudgedCurve(Noun):
    """The mean of an arm's runs by step, thinned to a few hundred points, and a band that holds 95 % for the mean."""

    label: Shown
    steps: tuple[float, ...]
    means: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]


class Judgement(Noun):
    """The answers about runs made anywhere.

    metric: what was judged, its unit and direction. what: the value that each run counts with, in words: "final value",
    "value at step 500", "steps to 0.9", "area under the curve".
    questions: "leader": the leader against each other arm, and each against the baseline, as the lab asks; "baseline":
    each arm against it; "pairs": all. baseline, leader: labels, or "". chosen_by: the metric that the leader was picked
    by, "" where it is the one judged, which widens the family. family: how many questions p-values are adjusted for;
    adjusted_by: "flips" of whole seeds, which all pairs share, or "holm". margin: within which arms count as equal, and
    best: which may be the best, where all arms have the same seeds; None: not asked, not known.
    arms: best first. pairs: the answers. paired: whether all pairs are; pairing: why, or why not, and what it would
    bring, in a sentence. notes: what else is worth a sentence: what was guessed, what is missing. sources: the files.
    """

    metric: Metric
    what: Shown
    questions: Literal["leader", "baseline", "pairs"]
    baseline: Shown
    leader: Shown
    chosen_by: Shown
    family: int
    arms: tuple[JudgedArm, ...]
    pairs: tuple[JudgedPair, ...]
    paired: bool
    pairing: Shown
    notes: tuple[Shown, ...]
    curves: tuple[JudgedCurve, ...]
    sources: tuple[Shown, ...]
    adjusted_by: Literal["holm", "flips"] = "holm"
    margin: Margin | None = None
    best: BestSet | None = None

    @model_serializer(mode="wrap")
    def _omit_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields without later ones at their default, so that older judgements stay the same text."""
        return omit_defaults(self, write(self), "adjusted_by", "margin", "best")
