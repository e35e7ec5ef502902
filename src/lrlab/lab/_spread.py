"""How far paired differences spread: from the user, from a study that was run, from runs made anywhere."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import hypot, isfinite
from statistics import median
from typing import NamedTuple

from ..errors import StudyError
from ..spec import Record, StudyResults, counted, spoken
from ..stats import spread
from ._compare import learners

LEAST = 3  # seeds that two arms must share


class Spread(NamedTuple):
    """The standard deviation of paired differences: the median over pairs of arms, the smallest, the largest.

    unit: what differences are of: "points of accuracy", or "". source: where it is from, in words.
    """

    usual: float
    low: float
    high: float
    unit: str
    source: str


def given_spread(sd: float, unit: str = "") -> Spread:
    """What the user says it is. Raises StudyError where it is no number above 0."""
    if not (isfinite(sd) and sd > 0):
        raise StudyError(
            f"a spread is a number above 0, but got {sd}; give the standard deviation of the differences, seed by seed"
        )
    return Spread(sd, sd, sd, unit, "as given")


def spread_of_study(findings: StudyResults) -> Spread | None:
    """The spread of a study that was run, of the arms that learned something; None where too little is there."""
    study, metric = findings.study, findings.metric
    by_label = findings.by_label
    factor = 100 if metric.in_percent else 1
    values = {label: _scores_by_seed(by_label[label], factor) for label in learners(by_label)}
    unit = metric.of_differences
    name = f"the study {study.name}" + (f" (trials of {spoken(study.budget)})" if study.budget else "")
    return spread_of_values(values, unit, name)


def _scores_by_seed(records: Sequence[Record], factor: int) -> dict[str, float]:
    """The test scores of trials that finished."""
    found = {str(record.trial.seed): record.test.score for record in records if not record.diverged}
    return {seed: factor * score for seed, score in found.items() if score is not None}


def spread_of_values(values: Mapping[str, Mapping[str, float]], unit: str, source: str) -> Spread | None:
    """The spread of values by arm and seed; None where no two arms share 3 seeds, and none has 3 values of its own.

    Where no seeds are shared, it is of differences paired by chance.
    """
    paired, apart = list[float](), list[float]()
    for a, b in combinations(sorted(values), 2):
        shared = sorted(values[a].keys() & values[b].keys())
        if len(shared) >= LEAST:
            paired.append(_spread_of([values[a][seed] - values[b][seed] for seed in shared]))
        elif min(len(values[a]), len(values[b])) >= LEAST:
            apart.append(hypot(*(_spread_of(list(values[arm].values())) for arm in (a, b))))
    found = [sd for sd in paired or apart if sd > 0]
    if not found:
        return None
    words = f"{counted(len(found), 'pair')} of arms of {source}{'' if paired else ' that share no seeds'}"
    return Spread(median(found), min(found), max(found), unit, words)


def _spread_of(values: list[float]) -> float:
    import numpy as np

    return spread(np.array(values))
