"""What a study's records tell beyond its answer; nothing is trained for it."""

from collections.abc import Mapping, Sequence
from math import isfinite

import numpy as np

from ...errors import StudyError
from ...measures import are_shares
from ...spec import (
    Choice,
    Expense,
    Insights,
    Margin,
    Record,
    Sensitivity,
    StudyResults,
    Target,
    TuningCurve,
    records_by_label,
)
from ...stats import spread
from ._arrivals import WatchedCurves, anytime_curves, rank_points, target_of, watched_curves
from ._sensitivity import Scores, final_score, final_scores, sensitivity_of
from ._tuning_curves import tuning_curve_of, way_of_drawing

ByLabel = Mapping[str, Sequence[Record]]
HALF_A_POINT = 0.005


def insights_of(results: StudyResults, target: float | None = None) -> Insights:
    """How much the peak matters, who is where when, what tuning brings and costs: all on validation data.

    target: a validation score to reach, in the unit of the metric (0.9 for 90 %); the baseline's mean final one unless
    given. What the records cannot tell is left out, and `missing` says why.

    Raises StudyError for a target that no trial can reach.
    """
    study = results.study
    tuned, confirmed = records_by_label(study, results.tuned), _at_chosen(results)
    margin, tuned_scores = results.margin or _usual_margin(results, confirmed), final_scores(tuned)
    curves = watched_curves(confirmed)
    sensitivities = _sensitivities_of(results, tuned, confirmed, tuned_scores, margin.value)
    tuning = [tuning_curve_of(each, study, tuned[each.label], tuned_scores) for each in results.choices]
    aimed = _checked_target(results, target) if target is not None else _usual_target(results, curves)
    there = len(curves.epochs) > 0
    reached = target_of(curves, *aimed) if there and aimed is not None else None
    return Insights(
        margin=margin,
        sensitivities=sensitivities,
        target=reached,
        curves=anytime_curves(curves) if there else (),
        ranks=rank_points(curves) if there else (),
        tuning=tuple(curve for curve in tuning if curve is not None),
        drawn=way_of_drawing(study) if any(tuning) else "",
        expenses=_expenses_of(results),
        missing=tuple(_missing_words(results, sensitivities, tuning, curves, reached)),
    )


def _at_chosen(results: StudyResults) -> dict[str, list[Record]]:
    """The records of the confirm phase at the settings that were chosen."""
    chosen = {choice.label: choice.peak for choice in results.choices}
    groups = results.by_label
    return {label: [each for each in group if each.trial.peak == chosen[label]] for label, group in groups.items()}


def _usual_margin(results: StudyResults, confirmed: ByLabel) -> Margin:
    """Half a point of a share; of other metrics what seeds of one arm differ by."""
    if are_shares(results.metric, [results.highest_score]):
        return Margin(value=HALF_A_POINT, why="half a point, as nothing else was asked for")
    scores = [[final_score(each) for each in group if each.learned] for group in confirmed.values()]
    known = [np.array([score for score in group if score is not None]) for group in scores]
    spreads = [spread(score_S) for score_S in known if len(score_S) > 1]
    usual = float(np.mean(np.square(spreads))) ** 0.5 if spreads else 0.0
    return Margin(value=usual or HALF_A_POINT, why="the spread of one arm's seeds, as nothing else was asked for")


def _sensitivities_of(
    results: StudyResults, tuned: ByLabel, confirmed: ByLabel, scores: Scores, margin: float
) -> tuple[Sensitivity, ...]:
    choices: dict[str, Choice] = {choice.label: choice for choice in results.choices}
    found = [
        sensitivity_of(choices[label], tuned[label], group[0].trial, scores, margin)
        for label, group in confirmed.items()
        if group
    ]
    return tuple(each for each in found if each is not None)


def _usual_target(results: StudyResults, curves: WatchedCurves) -> tuple[float, str] | None:
    """The baseline's mean final validation score; None where it learned nothing."""
    label = results.study.reference
    scores = [final_score(record) for record in curves.records.get(label, []) if record.learned]
    known = [score for score in scores if score is not None]
    return (float(np.mean(known)), f"the mean final validation score of {label}") if known else None


def _checked_target(results: StudyResults, target: float) -> tuple[float, str]:
    share = are_shares(results.metric, [results.highest_score])
    if not isfinite(target) or (share and not 0 < target <= 1):
        rule = f"a share of {results.metric.title}, above 0 and at most 1" if share else "a finite score"
        better = f"; write {target / 100:g}" if share and 1 < target <= 100 else "; write one that a trial can reach"
        raise StudyError(f"a target is {rule}, but got {target:g}{better}")
    return target, "as asked for"


def _expenses_of(results: StudyResults) -> tuple[Expense, ...]:
    """What each arm cost in each phase, rival peaks with what they were confirmed beside; empty phases are left out."""
    phases = {"tune": results.tuned, "confirm": (*results.confirmed, *results.rivals)}
    return tuple(
        Expense(
            label=label,
            phase=phase,
            trials=len(group),
            updates=sum(record.updates for record in group),
            examples=None
            if any(record.own_loop for record in group)
            else sum(record.updates * record.trial.update_size for record in group),
            train_seconds=sum(record.train_seconds for record in group),
            evaluate_seconds=sum(record.evaluate_seconds for record in group),
        )
        for phase, records in phases.items()
        for label, group in records_by_label(results.study, records).items()
        if group
    )


def _missing_words(
    results: StudyResults,
    sensitivities: Sequence[Sensitivity],
    tuning: Sequence[TuningCurve | None],
    curves: WatchedCurves,
    reached: Target | None,
) -> list[str]:
    """What cannot be told, and why."""
    labels, words = results.study.labels, list[str]()
    without = [label for label in labels if label not in {each.label for each in sensitivities}]
    if without:
        words.append(f"how much the peak matters ({', '.join(without)}): fewer than two peaks were tried and measured")
    if not all(tuning):
        halved = any(any(choice.stopped) for choice in results.choices)
        why = "halving stopped settings before their end" if halved else "nothing was tuned, or no score was measured"
        words.append(f"what tuning brings: {why}")
    if not curves.seeds:
        words.append("targets, curves and ranks: no confirm seed is shared by all of them")
    elif not len(curves.epochs):
        words.append("targets, curves and ranks: no validation score was measured on the way")
    elif reached is None:
        words.append(f"targets: {results.study.reference} learned nothing, so there is none; name one with --target")
    if len(curves.epochs) and not curves.in_step:
        words.append("ranks on the way: epochs of the chosen batch sizes differ in length")
    return words
