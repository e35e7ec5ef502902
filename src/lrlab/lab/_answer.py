"""From the records of a study to its answers."""

import io
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..spec import Choice, Claim, Metric, RateCurve, Record, Results, Row, Study
from ..stats import bootstrap_interval, judge, paired
from ._compare import claim_of, generator
from ._phases import Outcome


def results(study: Study, outcome: Outcome, rates: Callable[[str], bytes]) -> Results:
    """The table, the claims and the curves. rates: the stored rates of a trial by its key, in numpy's file format.

    The random numbers of the intervals come from the study's key: the same records give the same answers, to the digit.
    """
    by_label = grouped(study, outcome.confirmed)
    metric = outcome.confirmed[0].metric
    rows = [_row(study, by_label[choice.label], choice) for choice in outcome.choices]
    sign = -1 if metric.higher_is_better else 1
    return Results(
        study=study,
        metric=metric,
        leader=outcome.leader,
        choices=outcome.choices,
        rows=tuple(sorted(rows, key=lambda row: (sign * row.score, row.loss))),
        claims=_claims(study, by_label, outcome.leader, metric),
        tuned=outcome.tuned,
        confirmed=outcome.confirmed,
        curves=rate_curves(by_label, lambda key: as_array(rates(key))),
    )


def grouped(study: Study, records: Sequence[Record]) -> dict[str, list[Record]]:
    """The records of each schedule or arm of a study, in the study's order."""
    found: dict[str, list[Record]] = {label: [] for label in study.labels}
    for record in records:
        found[study.label_of(record.trial)].append(record)
    return found


def rate_curves(
    by_label: Mapping[str, Sequence[Record]], rates: Callable[[str], NDArray[np.float64]]
) -> tuple[RateCurve, ...]:
    """The rates of the first record of each schedule or arm that has one. rates: (T,) of a trial, by its key."""
    return tuple(RateCurve.thinned(label, rates(group[0].trial.key)) for label, group in by_label.items() if group)


def as_array(npy: bytes) -> NDArray[np.float64]:
    """An array from numpy's file format."""
    return np.load(io.BytesIO(npy), allow_pickle=False)


def questions(study: Study, leader: str) -> tuple[tuple[str, str], ...]:
    """The pairs of labels that are compared. They depend on the plan and the tuning phase, never on a test score."""
    if study.confirm.questions == "pairs":
        return tuple((a, b) for i, a in enumerate(study.labels) for b in study.labels[i + 1 :])
    against_leader = [(leader, label) for label in study.labels if label != leader]
    base = study.reference
    return (
        *against_leader,
        *((label, base) for label in study.labels if label not in (leader, base) and leader != base),
    )


def _row(study: Study, records: list[Record], choice: Choice) -> Row:
    scores = [record.test.score for record in records]
    interval = bootstrap_interval(scores, rng=generator(study.key, choice.label))
    macros = [found.macro for record in records if (found := record.test.classification) is not None]
    return Row(
        label=choice.label,
        peak=choice.peak,
        at_edge=choice.at_edge,
        score=interval.point,
        low=interval.low,
        high=interval.high,
        precision=float(np.mean([macro.precision for macro in macros])) if macros else None,
        recall=float(np.mean([macro.recall for macro in macros])) if macros else None,
        f1=float(np.mean([macro.f1 for macro in macros])) if macros else None,
        loss=float(np.mean([record.test.loss for record in records])),
        seconds=float(np.mean([record.train_seconds + record.evaluate_seconds for record in records])),
        seeds=len(records),
        diverged=sum(record.outcome == "diverged" for record in records),
    )


def _claims(study: Study, by_label: dict[str, list[Record]], leader: str, metric: Metric) -> tuple[Claim, ...]:
    asked = questions(study, leader)
    scores = {label: [record.test.score for record in records] for label, records in by_label.items()}
    verdicts = judge([paired(scores[a], scores[b], rng=generator(study.key, a, b)) for a, b in asked])
    return tuple(
        claim_of(a, b, verdict, metric.higher_is_better) for (a, b), verdict in zip(asked, verdicts, strict=True)
    )
