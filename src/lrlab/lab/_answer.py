"""From the records of a study to its answers."""

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import Choice, Claim, Metric, RateCurve, Record, Row, Study, StudyResults, records_by_label
from ..stats import Draws, generator, judge, mean_interval, paired
from ._choices import way_of
from ._compare import claim_of, learned, learners, worst_for_diverged
from ._phases import Outcome


def results(study: Study, outcome: Outcome, rates: Callable[[str], bytes]) -> StudyResults:
    """The table, the claims and the curves. rates: the stored rates of a trial by its key, in numpy's file format.

    The random numbers of the intervals come from the study's key: the same records give the same answers, to the digit.
    """
    by_label = records_by_label(study, outcome.confirmed)
    metric = outcome.confirmed[0].metric
    scored = _score_arms(by_label, metric)
    draws = Draws(study.key)
    rows = [_make_row(by_label[choice.label], choice, scored[choice.label], draws) for choice in outcome.choices]
    sign = -1 if metric.higher_is_better else 1
    return StudyResults(
        study=study,
        metric=metric,
        leader=outcome.leader,
        choices=outcome.choices,
        rows=tuple(sorted(rows, key=lambda row: _sort_key(row, sign))),
        claims=_make_claims(study, by_label, outcome.leader, {label: arm.scores for label, arm in scored.items()}),
        tuned=outcome.tuned,
        confirmed=outcome.confirmed,
        curves=rate_curves(by_label, lambda key: as_array(rates(key))),
    )


def rate_curves(
    by_label: Mapping[str, Sequence[Record]], rates: Callable[[str], NDArray[np.float64]]
) -> tuple[RateCurve, ...]:
    """The rates of the first record of each schedule or arm that has one. rates: (T,) of a trial, by its key.

    A schedule whose rates nothing recorded, as a loop of the user's own may, has no curve.
    """
    first = {label: rates(group[0].trial.key) for label, group in by_label.items() if group}
    return tuple(RateCurve.thinned(label, rate_T) for label, rate_T in first.items() if np.isfinite(rate_T).any())


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


class _ArmScores(NamedTuple):
    """The test values of an arm, seed by seed; those of a diverged seed are the worst of the table. macros: by name.

    scores: 0 where no seed of any arm has one. losses: none where one seed has none.
    """

    scores: list[float]
    losses: list[float]
    macros: dict[str, list[float]]


def _score_arms(by_label: dict[str, list[Record]], metric: Metric) -> dict[str, _ArmScores]:
    def values(of: Callable[[Record], Any], higher_is_better: bool) -> dict[str, list[Any]]:
        measured = {label: [of(record) for record in group] for label, group in by_label.items()}
        return worst_for_diverged(measured, by_label, higher_is_better)

    def macro(record: Record, name: str) -> float:
        report = record.test.classification
        assert report is not None  # of each, or it is not asked for
        return getattr(report.macro, name)

    counted = all(record.test.classification is not None for group in by_label.values() for record in group)
    names = ("precision", "recall", "f1") if counted else ()
    macros = {name: values(partial(macro, name=name), True) for name in names}
    scores = values(lambda record: record.test.score, metric.higher_is_better)
    losses = values(lambda record: record.test.loss, False)
    return {
        label: _ArmScores(
            [score or 0.0 for score in scores[label]],
            _all_known(losses[label]),
            {name: by_arm[label] for name, by_arm in macros.items()},
        )
        for label in by_label
    }


def _all_known(values: Sequence[float | None]) -> list[float]:
    """The values, or none where one of them was not measured."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else []


def _make_row(records: list[Record], choice: Choice, arm: _ArmScores, draws: Draws) -> Row:
    diverged = sum(record.diverged for record in records)
    collapsed = sum(record.collapsed for record in records)
    measured: dict[str, Any] = dict.fromkeys(("score", "low", "high", "precision", "recall", "f1", "loss"))
    if diverged < len(records):
        interval = mean_interval(arm.scores, rng=draws.of(arm.scores, choice.label))
        measured |= {"score": interval.point, "low": interval.low, "high": interval.high}
        measured |= {name: float(np.mean(values)) for name, values in arm.macros.items()}
        measured["loss"] = float(np.mean(arm.losses)) if arm.losses else None
    return Row(
        label=choice.label,
        peak=choice.peak,
        at_edge=choice.at_edge,
        **measured,
        seconds=float(np.mean([record.train_seconds + record.evaluate_seconds for record in records])),
        seeds=len(records),
        diverged=diverged,
        collapsed=collapsed,
        way=(choice.way or way_of(records)) if not learned(records) else "",
        setting=choice.tried[choice.chosen] if choice.chosen is not None and len(choice.tried) > 1 else "",
    )


def _sort_key(row: Row, sign: int) -> tuple[bool, bool, float, float]:
    """Best first: what is at chance comes after all that is not, what diverged on every seed last."""
    return row.score is None, not row.learned, sign * (row.score or 0.0), row.loss or 0.0


def _make_claims(
    study: Study, by_label: dict[str, list[Record]], leader: str, scores: Mapping[str, Sequence[float]]
) -> tuple[Claim, ...]:
    asked, draws, may_win = questions(study, leader), Draws(study.key), learners(by_label)
    higher_is_better = by_label[leader][0].metric.higher_is_better
    differences = (np.subtract(scores[a], scores[b]).tolist() for a, b in asked)
    answers = [
        paired(scores[a], scores[b], rng=draws.of(between, a, b))
        for (a, b), between in zip(asked, differences, strict=True)
    ]
    verdicts = judge(answers, shared=True, rng=generator(study.key, "family", ""))
    return tuple(
        claim_of(a, b, verdict, higher_is_better, may_win) for (a, b), verdict in zip(asked, verdicts, strict=True)
    )
