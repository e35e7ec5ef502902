"""Which pairs of arms are asked about, and how many questions p-values are adjusted for."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..errors import RunsError, UnknownName
from ..trackers import RunTable
from ._arms import ArmRuns
from ._options import JudgeOptions
from ._values import read_curves

TOGETHER = 0.5  # the correlation from which on two metrics of a run are not taken for independent


class AskedPairs(NamedTuple):
    """The pairs, in order; the leader or ""; the metric it was picked by, or ""; the size of the family."""

    pairs: tuple[tuple[str, str], ...]
    leader: str
    chosen_by: str
    family: int
    notes: tuple[str, ...] = ()


class _Leader(NamedTuple):
    """label: who leads. chosen_by: in words, "" for the values judged. widens: whether chance in these picked it."""

    label: str
    chosen_by: str
    widens: bool
    notes: tuple[str, ...]


def ask(table: RunTable, arms: Sequence[ArmRuns], higher_is_better: bool, options: JudgeOptions) -> AskedPairs:
    """The questions. higher_is_better: of what is judged. Raises UnknownName for arms that are not there."""
    labels = [arm.label for arm in arms]
    for kind, name in (("baseline", options.baseline), ("leader", options.leader)):
        if name and name not in labels:
            raise UnknownName(f"arm as {kind}", name, labels)
    if options.asked == "pairs":
        pairs = tuple(combinations(labels, 2))
        return AskedPairs(pairs, "", "", len(pairs))
    base = options.baseline
    if options.asked == "baseline":
        pairs = tuple((label, base) for label in labels if label != base)
        return AskedPairs(pairs, "", "", len(pairs))
    leader = _find_leader(table, arms, higher_is_better, options)
    pairs = tuple((leader.label, label) for label in labels if label != leader.label)
    if base and leader.label != base:
        pairs += tuple((label, base) for label in labels if label not in (leader.label, base))
    family = len(labels) * (len(labels) - 1) // 2 if leader.widens else len(pairs)
    return AskedPairs(pairs, leader.label, leader.chosen_by, family, leader.notes)


def _find_leader(table: RunTable, arms: Sequence[ArmRuns], higher_is_better: bool, options: JudgeOptions) -> _Leader:
    if options.leader:
        return _Leader(options.leader, "you, beforehand", False, ())
    if options.leader_by:
        return _pick_by_other(table, arms, options.leader_by)
    scores = {arm.label: (arm.learned, (1 if higher_is_better else -1) * float(np.mean(arm.values))) for arm in arms}
    leader = max(scores, key=lambda label: scores[label])
    count = len(arms)
    note = (
        f"{leader} leads on the very values that are judged, so each of the {count * (count - 1) // 2} pairs of arms "
        f"might have been asked about, and p-values are adjusted for all of them; a leader picked by another metric "
        f"(--leader-by), or one arm to compare the others with (--baseline), asks fewer questions"
    )
    return _Leader(leader, "", True, (note,) if count > 2 else ())


def _pick_by_other(table: RunTable, arms: Sequence[ArmRuns], metric: str) -> _Leader:
    """The arm with the best mean of another metric; fewer runs without a value come first.

    Raises RunsError where its name does not say its direction, or no run has a value.
    """
    if metric not in table.higher_is_better:
        raise RunsError(
            f"the name {metric} does not say whether higher is better, so it can pick no leader; name that column for "
            f"what it is, as in validation_loss, or name the leader: --leader ARM"
        )
    sign = 1 if table.higher_is_better[metric] else -1
    finals: dict[str, dict[str, float]] = {arm.label: {} for arm in arms}
    for curve in read_curves(table, metric):
        finals[curve.arm][curve.seed] = sign * float(curve.values[-1])
    if not any(np.isfinite(value) for runs in finals.values() for value in runs.values()):
        raise RunsError(f"no run has a value of {metric}, so it picks no leader; name another metric, or a baseline")

    def rank(arm: ArmRuns) -> tuple[bool, int, float]:
        own = {seed: value for seed, value in finals[arm.label].items() if arm.known[seed] is not None}
        there = [value for value in own.values() if np.isfinite(value)]
        return arm.learned, len(there) - len(finals[arm.label]), float(np.mean(there)) if there else -np.inf

    leader = max(arms, key=rank).label
    together = _correlation_within(arms, finals)
    if abs(together) <= TOGETHER or len(arms) < 3:
        return _Leader(leader, metric, False, ())
    note = (
        f"{metric} goes with what is judged from run to run (correlation {together:.2f}), so the leader it picks is in "
        f"part picked by the same luck, and p-values are adjusted for all pairs; other runs for the choice would spare "
        f"that"
    )
    return _Leader(leader, metric, True, (note,))


def _correlation_within(arms: Sequence[ArmRuns], finals: dict[str, dict[str, float]]) -> float:
    """The correlation of another metric with the values judged, over runs, each less the mean of its arm."""
    judged, other = list[float](), list[float]()
    for arm in arms:
        both = [
            (value, finals[arm.label][seed])
            for seed, value in arm.known.items()
            if value is not None and np.isfinite(finals[arm.label][seed])
        ]
        if both:
            away = np.array(both) - np.mean(both, axis=0)
            judged += away[:, 0].tolist()
            other += away[:, 1].tolist()
    if len(judged) < 3 or np.ptp(judged) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(judged, other)[0, 1])
