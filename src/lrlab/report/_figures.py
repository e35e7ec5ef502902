"""The numbers of the page's figures: results in, arrays out. Suffix S: seeds; E: epochs; P: peaks; C: classes."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..measures import CurveName
from ..spec import (
    Claim,
    Evaluation,
    JudgedPair,
    Metric,
    Record,
    StudyResults,
    counted,
    epoch_columns,
    records_by_label,
    stack_counts,
)
from ..stats import Averages, band, classification
from ._curves import CurveArrays, curve_arrays

Numbers = NDArray[np.float64]


class EpochBand(NamedTuple):
    """A learning curve over the confirm seeds, at the epochs that have one.

    epochs: numbered from 1, or the steps of runs made elsewhere; mean, low, high. All of shape (E,), the ends NaN where
    only one seed is left.
    """

    label: str
    epochs: NDArray[np.int64] | Numbers
    mean: Numbers
    low: Numbers
    high: Numbers


class PeakScores(NamedTuple):
    """Validation score against peak in the tuning phase.

    peaks, scores: shape (P,), ascending, the mean over seeds. trials: (peak, score) of each finished trial; diverged:
    of each diverged one that has a score, shape (n, 2). gone: how many diverged. chosen: (peak, score).
    """

    label: str
    peaks: Numbers
    scores: Numbers
    trials: Numbers
    diverged: Numbers
    gone: int
    chosen: tuple[float, float]


class Advantage(NamedTuple):
    """A claim turned so that the better one stands first where one is claimed.

    advantage, low, high: of first over second, positive where first is better, whichever way the metric runs. within:
    the margin, where both lie within it.
    """

    first: str
    second: str
    advantage: float
    low: float
    high: float
    claimed: bool
    within: float | None = None

    @property
    def word(self) -> str:
        """What stands between first and second."""
        if self.claimed:
            return "beats"
        return "against" if self.within is None else "is within the margin of"


class ArmClassScores(NamedTuple):
    """An arm's precision, recall and F1 of each class, from counts summed over the confirm seeds; shape (C,)."""

    label: str
    precision: Numbers
    recall: Numbers
    f1: Numbers
    support: NDArray[np.int64]
    macro: Averages
    weighted: Averages


class Totals(NamedTuple):
    """What the study cost. seconds: optimization, validation and test of all trials.

    updates: those of a training that trials share are counted once.
    """

    tuned: int
    confirmed: int
    rivals: int
    diverged: int
    collapsed: int
    updates: int
    train_seconds: float
    evaluate_seconds: float


def used_rates(results: StudyResults) -> tuple[CurveArrays, ...]:
    """The rates as they were used at the chosen peaks."""
    return tuple(curve_arrays(curve) for curve in results.curves)


def epoch_bands(results: StudyResults, curve: CurveName) -> tuple[EpochBand, ...]:
    """The band of each schedule, over the confirm seeds."""
    return bands(results.by_label, curve)


def bands(records: Mapping[str, Sequence[Record]], curve: CurveName) -> tuple[EpochBand, ...]:
    """One band per label; epochs without any value are left out, so that a line runs through those that have one."""
    every_band = list[EpochBand]()
    for label, group in records.items():
        value_SE = epoch_columns([record.epochs for record in group], curve)
        there_E = ~np.isnan(value_SE).all(axis=0)
        every_band.append(EpochBand(label, np.flatnonzero(there_E) + 1, *band(value_SE[:, there_E])))
    return tuple(every_band)


def _number(score: float | None) -> float:
    """A score that was not measured is no number, which a figure leaves out."""
    return nan if score is None else score


def _scores_of(validation: Evaluation | None) -> tuple[float, ...]:
    """The score if there is one: of a loop of the user's own that diverged there is none."""
    return () if validation is None or validation.score is None else (validation.score,)


def peak_scores(results: StudyResults) -> tuple[PeakScores, ...]:
    """The scores by peak of each schedule, in the study's order."""
    choices = {choice.label: choice for choice in results.choices}
    tuned = records_by_label(results.study, results.tuned)
    scores = []
    for label in results.study.labels:
        choice, records = choices[label], tuned[label]
        order_P = np.argsort(choice.peaks)
        points = {
            outcome: np.array(
                [(r.trial.peak, score) for r in records if r.outcome == outcome for score in _scores_of(r.validation)],
                dtype=np.float64,
            ).reshape(-1, 2)
            for outcome in ("finished", "diverged")
        }
        scores.append(
            PeakScores(
                label,
                np.array(choice.peaks)[order_P],
                np.array(choice.scores, dtype=np.float64)[order_P],
                points["finished"],
                points["diverged"],
                sum(record.diverged for record in records),
                (choice.peak, _number(choice.scores[choice.peaks.index(choice.peak)])),
            )
        )
    return tuple(scores)


def tuned_scores(results: StudyResults) -> tuple[PeakScores, ...]:
    """The scores by peak where peaks alone were tuned: of arms and searches, a table shows the candidates."""
    return peak_scores(results) if results.study.schedules and not results.study.tune.search else ()


def advantage_of(claim: Claim | JudgedPair, metric: Metric) -> Advantage:
    """The claim with the better schedule first, or in the order asked where none is claimed."""
    a_first, sign = claim.verdict != claim.b, advantage_sign(claim, metric)
    low, high = sorted((sign * claim.low, sign * claim.high))
    first, second = (claim.a, claim.b) if a_first else (claim.b, claim.a)
    return Advantage(first, second, sign * claim.difference, low, high, bool(claim.verdict), claim.within)


def advantage_sign(claim: Claim | JudgedPair, metric: Metric) -> int:
    """What differences a - b are multiplied by to be the advantage of the first."""
    return 1 if (claim.verdict != claim.b) == metric.higher_is_better else -1


def class_scores(results: StudyResults) -> tuple[ArmClassScores, ...]:
    """The scores by class of each schedule, in the table's order; none where the task has no classes."""
    confirmed = results.by_label
    scores_by_row = [scores_by_class(row.label, confirmed[row.label]) for row in results.rows]
    return tuple(scores for scores in scores_by_row if scores is not None)


def scores_by_class(label: str, records: Sequence[Record]) -> ArmClassScores | None:
    """Scores by class, of counts summed over the records that finished; None where one of them counts no classes."""
    count_NCC = stack_counts(record.test.confusion for record in records if not record.diverged)
    if count_NCC is None:
        return None
    report = classification(count_NCC.sum(axis=0))
    return ArmClassScores(
        label, report.precision, report.recall, report.f1, report.support, report.macro, report.weighted
    )


def fresh_seeds(results: StudyResults) -> str:
    """How many seeds the test scores are means of, in words."""
    fewest, most = (end(row.seeds for row in results.rows) for end in (min, max))
    return counted(most, "seed") if fewest == most else f"{fewest} to {most} seeds"


def totals(results: StudyResults) -> Totals:
    """Trials, updates and seconds of all phases together."""
    records = results.tuned + results.confirmed + results.rivals
    return Totals(
        tuned=len(results.tuned),
        confirmed=len(results.confirmed),
        rivals=len(results.rivals),
        diverged=sum(record.diverged for record in records),
        collapsed=sum(record.collapsed for record in records),
        updates=round(sum(record.updates / (1 + record.provenance.shared_with) for record in records)),
        train_seconds=sum(record.train_seconds for record in records),
        evaluate_seconds=sum(record.evaluate_seconds for record in records),
    )
