"""The numbers of a judgement as they are shown: their scale, each arm against the one that others are compared with."""

from typing import NamedTuple

import numpy as np

from ..measures import are_shares, score_measure
from ..spec import JudgedArm, JudgedPair, Judgement, Metric
from ._figures import Advantage, EpochBand, Numbers, advantage_of
from ._numbers import ScoreScale, fitting_scale

HAIR = 1e-5  # of a score, which is no spread
STEPS = "steps"  # how the words begin that say a value is a number of steps


class HeldAgainst(NamedTuple):
    """An arm compared with the reference. difference: arm - reference, with the ends of its interval.

    word: "better" or "worse" than the reference, "equal" within the margin, or "undecided".
    """

    pair: JudgedPair
    difference: float
    low: float
    high: float
    word: str


def judged_metric(judgement: Judgement) -> Metric:
    """The metric that values are of: steps to a target count as steps, and fewer are better."""
    if judgement.what.startswith(STEPS):
        return Metric(name=judgement.what, higher_is_better=False, share=False)
    return judgement.metric


def judged_scale(judgement: Judgement) -> ScoreScale:
    """The scale of the values that are judged."""
    metric = judged_metric(judgement)
    values = [value for arm in judgement.arms for value in arm.values if value is not None]
    measure = score_measure(metric, are_shares(metric, values))
    intervals = [interval for arm in judgement.arms if (interval := interval_of(arm))]
    steps = judgement.what.startswith(STEPS)
    if steps or len(intervals) < len(judgement.arms):  # values of arms that have none are a hair worse than all
        intervals = [(score, low, high) for score, low, high in intervals if high - low > HAIR * abs(score)]
    scale = fitting_scale(measure, intervals)
    if not steps:
        return scale
    whole = not intervals and all(value.is_integer() for value in values)
    return scale._replace(counted=STEPS, decimals=0 if whole else scale.decimals)


def arm_of(judgement: Judgement, label: str) -> JudgedArm:
    """The arm of that label."""
    return next(arm for arm in judgement.arms if arm.label == label)


def interval_of(arm: JudgedArm) -> tuple[float, float, float] | None:
    """The score and the ends of its interval; None where no run has a value."""
    if arm.score is None or arm.low is None or arm.high is None:
        return None
    return arm.score, arm.low, arm.high


def curve_bands(judgement: Judgement) -> tuple[list[EpochBand], int]:
    """The curves by step, and what their values are shown times."""
    bands = [
        EpochBand(curve.label, *map(_as_numbers, (curve.steps, curve.means, curve.lows, curve.highs)))
        for curve in judgement.curves
        if curve.steps
    ]
    shares = are_shares(judgement.metric, (mean for curve in judgement.curves for mean in curve.means))
    return bands, 100 if shares else 1


def metric_heading(metric: Metric, factor: int) -> str:
    """The metric on an axis of values that are shown times so much."""
    unit = "%" if factor == 100 else "" if metric.in_percent else metric.shown_unit
    return f"{metric.title} ({unit})" if unit else metric.title


def reference_of(judgement: Judgement) -> str:
    """The label that every other arm is compared with: the leader, or the baseline; "" where all pairs are asked."""
    if judgement.questions == "pairs":
        return ""
    return judgement.leader if judgement.questions == "leader" else judgement.baseline


def held_against(judgement: Judgement) -> dict[str, HeldAgainst]:
    """Each arm that was asked about against the reference, by its label, best first."""
    reference, held = reference_of(judgement), {}
    for pair in judgement.pairs:
        if not reference or reference not in (pair.a, pair.b):
            continue
        label, sign = (pair.a, 1) if pair.b == reference else (pair.b, -1)
        low, high = sorted((sign * pair.low, sign * pair.high))
        word = (
            ("equal" if pair.within else "undecided")
            if not pair.verdict
            else "better"
            if pair.verdict == label
            else "worse"
        )
        held[label] = HeldAgainst(pair, sign * pair.difference, low, high, word)
    return {arm.label: held[arm.label] for arm in judgement.arms if arm.label in held}


def turned_pair(pair: JudgedPair, judgement: Judgement) -> Advantage:
    """The pair with the better one first, or where that is undecided the one ahead in what was seen."""
    turned = advantage_of(pair, judged_metric(judgement))
    if turned.claimed or turned.advantage >= 0:
        return turned
    return Advantage(turned.second, turned.first, -turned.advantage, -turned.high, -turned.low, claimed=False)


def _as_numbers(values: tuple[float, ...]) -> Numbers:
    return np.array(values, dtype=np.float64)
