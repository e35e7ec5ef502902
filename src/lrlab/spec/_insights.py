"""Insights: what a study's records tell beyond its answer. Only validation data are looked at."""

from ._noun import Noun
from ._results import Margin


class PeakPoint(Noun):
    """How a peak did in the tuning phase. score: the mean final validation score over its seeds; low, high: Student's.

    A seed that diverged has the worst score of the phase. fall: by how much the chosen peak is better, on the seeds
    both were tried on; fall_low, fall_high: its interval. None: one seed or none, or nothing measured.
    """

    peak: float
    seeds: int
    diverged: int
    collapsed: int
    score: float | None = None
    low: float | None = None
    high: float | None = None
    fall: float | None = None
    fall_low: float | None = None
    fall_high: float | None = None

    @property
    def learned(self) -> bool:
        """Whether every seed learned something."""
        return not (self.diverged or self.collapsed)


class RoomBeside(Noun):
    """How far a peak may be off on one side, as factors of at least 1.

    held: to the last peak tried that kept within the margin. about: to where the fall exceeds it, by a line through the
    peaks tried. fell: to the first peak that did not keep within; None: the grid ended before. Where the score is a
    hill, the room lies between `about` and `fell`.
    """

    held: float
    about: float
    fell: float | None


class Sensitivity(Noun):
    """Validation score by peak of a schedule or arm, at its other settings as they were chosen. points: by peak.

    below, above: the room below and above the chosen peak; None where that cannot be said. factor: the smaller of
    both; at_least: the grid ended before the score fell on that side.
    """

    label: str
    peak: float
    points: tuple[PeakPoint, ...]
    below: RoomBeside | None = None
    above: RoomBeside | None = None
    factor: float | None = None
    at_least: bool = False


class Arrival(Noun):
    """When a schedule or arm reached the target, by seed; None: it never did, diverged, or ended at chance.

    updates: of the first validation that shows it. seconds: of optimization until then. middle: of the updates, and
    middle_seconds: medians over all seeds, None where half of them or more never did. shares, seconds_shares: of the
    performance profile, at the factors of `Target`; score, seconds_score: its mean height, 0 to 1.
    """

    label: str
    updates: tuple[int | None, ...]
    seconds: tuple[float | None, ...]
    middle: float | None
    middle_seconds: float | None
    shares: tuple[float, ...]
    seconds_shares: tuple[float, ...]
    score: float
    seconds_score: float

    @property
    def reached(self) -> int:
        """On how many seeds the target was reached."""
        return sum(update is not None for update in self.updates)


class Target(Noun):
    """A validation score, and who reached it when. why: in words, where it comes from. seeds: those all arms have.

    factors: of the performance profiles, from 1 to 4 times the fastest of a seed.
    """

    value: float
    why: str
    seeds: tuple[int, ...]
    factors: tuple[float, ...]
    arrivals: tuple[Arrival, ...]


class AnytimeCurve(Noun):
    """Mean validation score by updates over the seeds all arms have; low, high: Student's interval, each on its own.

    From where a seed diverged on it counts as the worst score of the table.
    """

    label: str
    updates: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


class RankPoint(Noun):
    """The order of all arms at one moment. share: of the budget, that was asked for.

    epoch, update: of the nearest validation. labels: best first. tau: Kendall's, with the order at the end; None where
    all are tied.
    """

    share: float
    epoch: int
    update: int
    labels: tuple[str, ...]
    tau: float | None


class TuningCurve(Noun):
    """What the best of k settings tried reaches, on validation data. tries: the k; settings: how many were tried.

    score: the median over searches of k settings. low, high: a band that holds for all k at once; None: nothing can be
    said that way, or the settings depend on the results of others, so that no band holds at all.
    """

    label: str
    settings: int
    seeds: int
    tries: tuple[int, ...]
    score: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


class Expense(Noun):
    """What a schedule or arm cost in a phase. examples: gradient evaluations, one for each example of each update.

    None where only the user's loop knows its batches.
    """

    label: str
    phase: str
    trials: int
    updates: int
    examples: int | None
    train_seconds: float
    evaluate_seconds: float


class Insights(Noun):
    """What the records of a study tell beyond its answer. missing: in words, what they cannot tell, and why.

    margin: a fall of the score that would not matter, for the sensitivities. drawn: how the settings of the tuning
    curves came to be: "grid", "candidates", or "" where there are none.
    """

    margin: Margin
    sensitivities: tuple[Sensitivity, ...]
    target: Target | None
    curves: tuple[AnytimeCurve, ...]
    ranks: tuple[RankPoint, ...]
    tuning: tuple[TuningCurve, ...]
    drawn: str
    expenses: tuple[Expense, ...]
    missing: tuple[str, ...]
