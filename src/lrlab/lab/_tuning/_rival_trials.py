"""Settings that tuning could not tell from the chosen ones: confirmed too, so that claims are about schedules.

Suffix N: seeds.
"""

from collections.abc import Generator, Mapping, Sequence
from math import sqrt

import numpy as np

from ...spec import Candidate, Record, Study, records_by_label
from ...stats import spread
from .._batch import RIVALS, Batch, Records
from ._choices import Criterion
from ._contenders import Contenders, Field
from ._phase_trials import confirm_trials_of

ERRORS = 2.0  # standard errors within which two settings are not told apart
FEWEST = 3  # paired seeds that a standard error is taken from; with fewer nothing is told apart


def rivals_of(field: Field, contenders: Contenders, best: Mapping[str, float]) -> dict[str, tuple[Candidate, ...]]:
    """The rivals of each label: contenders that are not clearly worse than the chosen place.

    Of the leader too: where another schedule beats it, this must not be for the peak that happened to be chosen.

    best: the chosen place of each label. Tuning data alone decide.
    """
    by = field.criterion
    found = {
        label: tuple(
            field.candidate(label, place)
            for place in places
            if place != best[label] and _is_equal(field.tuned[label][best[label]], field.tuned[label][place], by)
        )
        for label, places in contenders.places.items()
    }
    return {label: rivals for label, rivals in found.items() if rivals}


def _is_equal(chosen: Sequence[Record], other: Sequence[Record], by: Criterion) -> bool:
    """Whether the other is not clearly worse: no seed more diverged, the mean within two standard errors, paired."""
    if sum(record.diverged for record in other) > sum(record.diverged for record in chosen):
        return False
    theirs = {record.trial.seed: value for record in other if (value := _value(record, by)) is not None}
    pairs = [
        (value, theirs[record.trial.seed])
        for record in chosen
        if (value := _value(record, by)) is not None and record.trial.seed in theirs
    ]
    behind_N = np.array([ours - value for ours, value in pairs])
    return len(behind_N) < FEWEST or behind_N.mean() <= ERRORS * spread(behind_N) / sqrt(len(behind_N))


def _value(record: Record, by: Criterion) -> float | None:
    """A seed's value on validation data, higher is better; None where it diverged or was not measured."""
    if record.diverged or record.validation is None:
        return None
    value = record.validation.loss if by == "loss" else record.validation.score
    return value if value is None or (by == "score" and record.metric.higher_is_better) else -value


def confirm_rivals(
    study: Study, data: str, rivals: Mapping[str, Sequence[Candidate]], confirmed: Sequence[Record]
) -> Generator[Batch, Records, dict[str, dict[float, tuple[Record, ...]]]]:
    """The records of these rivals, by label and peak, on the confirm seeds on which their label was confirmed.

    confirmed: the records of what was chosen. Rivals of which seeds are missing are left out.
    """
    if not rivals:
        return {}
    by_label = records_by_label(study, confirmed)
    seeds = {label: [record.trial.seed for record in by_label[label]] for label in rivals}
    groups = [
        (label, confirm_trials_of(study, data, label, rival, seeds[label]))
        for label, several in rivals.items()
        for rival in several
        if seeds[label]
    ]
    records = yield Batch(RIVALS, tuple(trial for _, group in groups for trial in group))
    found: dict[str, dict[float, tuple[Record, ...]]] = {}
    for label, group in groups:
        if all(trial.key in records for trial in group):
            found.setdefault(label, {})[group[0].peak] = tuple(records[trial.key] for trial in group)
    return found
