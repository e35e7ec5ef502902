"""From the records of a study to its answers."""

from collections.abc import Callable, Mapping, Sequence
from math import isclose

import numpy as np
from numpy.typing import NDArray

from ..spec import Claim, RateCurve, Record, Study, StudyResults, metric_of, records_by_label
from ..stats import Draws
from ._compare import learners
from ._examples import Kept, as_array, none_kept, with_crossed
from ._family import Family, find_best, make_claims
from ._margin import loss_margin, margin_of, with_margin
from ._phases import Outcome
from ._rivals import with_rivals
from ._rows import ArmScores, make_row, row_order, score_arms
from ._study_family import family_of_scores, scores_by_seed, with_looks


def results(study: Study, outcome: Outcome, rates: Callable[[str], bytes], right: Kept = none_kept) -> StudyResults:
    """The table, the claims and the curves. rates: the stored rates of a trial by its key, in numpy's file format.

    right: of trials by their keys, which test examples each had right, in the same format; None where that is not kept.
    The random numbers of the intervals come from the study's key, without its margin: the same records give the same
    answers, to the digit.
    """
    by_label = records_by_label(study, outcome.confirmed)
    metric = metric_of(outcome.confirmed)
    scored, key = score_arms(by_label, metric), with_margin(study, None).key
    draws = Draws(key)
    worded = any(len(choice.tried) > 1 for choice in outcome.choices)
    rows = [
        make_row(by_label[choice.label], choice, scored[choice.label], draws, worded=worded)
        for choice in outcome.choices
    ]
    rows.sort(key=lambda row: row_order(row, metric.higher_is_better))
    leader = next(choice for choice in outcome.choices if choice.label == outcome.leader)
    margin = margin_of(study.confirm, metric, leader, outcome.tuned, outcome.confirmed)
    of_loss = loss_margin(leader)
    failed = {row.label: row.failed for row in rows}
    family = family_of_scores(study, leader, by_label, scored, margin, failed)
    claims = make_claims(family)
    best = find_best(family, rows, claims)

    def at_rival(label: str, records: Sequence[Record]) -> Family:
        others = by_label | {label: list(records)}
        again = family._replace(values=scores_by_seed(score_arms(others, metric)), may_win=learners(others))
        return with_looks(study, again, others)

    return StudyResults(
        study=study,
        metric=metric,
        leader=outcome.leader,
        choices=outcome.choices,
        rows=tuple(rows),
        claims=with_crossed(with_rivals(claims, outcome.rivals, at_rival), by_label, right),
        tuned=outcome.tuned,
        confirmed=outcome.confirmed,
        curves=rate_curves(by_label, lambda key: as_array(rates(key))),
        best=best,
        margin=margin,
        loss_claims=_claims_by_loss(study, family, scored, outcome, of_loss.value if of_loss else None),
        rungs=outcome.rungs,
        rivals=tuple(record for peaks in outcome.rivals.values() for group in peaks.values() for record in group),
    )


def rate_curves(
    by_label: Mapping[str, Sequence[Record]], rates: Callable[[str], NDArray[np.float64]]
) -> tuple[RateCurve, ...]:
    """The rates of the first record of each schedule or arm that has one. rates: (T,) of a trial, by its key.

    A schedule whose rates nothing recorded, as a loop of the user's own may, has no curve.
    """
    first = {label: rates(group[0].trial.key) for label, group in by_label.items() if group}
    return tuple(RateCurve.thinned(label, rate_T) for label, rate_T in first.items() if np.isfinite(rate_T).any())


def _claims_by_loss(
    study: Study, family: Family, scored: Mapping[str, ArmScores], outcome: Outcome, margin: float | None
) -> tuple[Claim, ...]:
    """The same questions about the test loss; none where it was not measured, or is the metric."""
    if not all(arm.losses for arm in scored.values()) or _is_the_loss(outcome.confirmed):
        return ()
    losses = {label: dict(zip(arm.seeds, arm.losses, strict=True)) for label, arm in scored.items()}
    by_loss = family._replace(values=losses, higher_is_better=False, margin=margin, kind="loss")
    return make_claims(with_looks(study, by_loss, records_by_label(study, outcome.confirmed)))


def _is_the_loss(records: Sequence[Record]) -> bool:
    """Whether the metric is the loss itself, as it is where a task brings no other."""
    return metric_of(records).name in ("loss", "loss_per_token") and all(
        isclose(record.test.score, record.test.loss)
        for record in records
        if record.test.score is not None and record.test.loss is not None
    )
