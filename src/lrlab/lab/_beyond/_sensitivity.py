"""How much a score depends on the peak, of the records of the tuning phase."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from ...spec import Choice, PeakPoint, Record, RoomBeside, Sensitivity, Trial, metric_of, metric_of_groups
from ...stats import PeakSide, fill_with_worst, peak_room, t_interval

Scores = Mapping[str, float]  # final validation scores by trial key


def final_scores(by_label: Mapping[str, Sequence[Record]]) -> dict[str, float]:
    """The final validation score of each trial by its key; of a diverged one the worst of them all.

    Trials that have none, and no other either to be the worst, are left out; all are where none finished.
    """
    if all(each.diverged for group in by_label.values() for each in group):
        return {}
    kept = {label: [each for each in group if final_score(each) is not None] for label, group in by_label.items()}
    lost = {label: [each for each in group if each.diverged] for label, group in by_label.items()}
    every = {label: [*(each for each in group if not each.diverged), *lost[label]] for label, group in kept.items()}
    values = {label: [final_score(each) for each in group] for label, group in every.items()}
    gone = {label: [each.diverged for each in group] for label, group in every.items()}
    metric = metric_of_groups(by_label)
    filled = fill_with_worst(values, gone, metric is None or metric.higher_is_better)
    return {
        each.trial.key: value
        for label, group in every.items()
        for each, value in zip(group, filled[label], strict=True)
        if value is not None
    }


def final_score(record: Record) -> float | None:
    """Its final validation score, where it has one."""
    return record.validation.score if record.validation is not None else None


def sensitivity_of(
    choice: Choice, tuned: Sequence[Record], chosen: Trial, scores: Scores, margin: float
) -> Sensitivity | None:
    """The score by peak of a schedule or arm; None where fewer than two peaks were tried at its chosen settings.

    tuned: its records of the tuning phase. chosen: a trial as it was confirmed. scores: of `final_scores`.
    """
    by_peak: dict[float, list[Record]] = {}
    for record in tuned:
        if _other_settings(record.trial) == _other_settings(chosen) and record.trial.key in scores:
            by_peak.setdefault(record.trial.peak, []).append(record)
    if choice.peak not in by_peak or len(by_peak) < 2:
        return None
    best = {record.trial.seed: scores[record.trial.key] for record in by_peak[choice.peak]}
    sign = 1 if metric_of(tuned).higher_is_better else -1
    points = tuple(_point_of(peak, by_peak[peak], best, scores, sign) for peak in sorted(by_peak))
    stopped = [peak for peak, epoch in zip(choice.peaks, choice.stopped, strict=False) if epoch]
    room = _room_fields(points, choice.peak, stopped, margin)
    return Sensitivity(label=choice.label, peak=choice.peak, points=points, **room)


def _other_settings(trial: Trial) -> tuple[object, ...]:
    """All that makes a setting but the peak."""
    return trial.schedule, trial.average, trial.optimizer, trial.settings, trial.batch_size


def _point_of(
    peak: float, records: Sequence[Record], best: Mapping[int, float], scores: Scores, sign: int
) -> PeakPoint:
    values = {record.trial.seed: scores[record.trial.key] for record in records}
    falls = [sign * (best[seed] - value) for seed, value in values.items() if seed in best]
    score, low, high = _mean_and_ends(list(values.values()))
    fall, fall_low, fall_high = _mean_and_ends(falls)
    return PeakPoint(
        peak=peak,
        seeds=len(records),
        diverged=sum(record.diverged for record in records),
        collapsed=sum(record.collapsed for record in records),
        score=score,
        low=low,
        high=high,
        fall=fall,
        fall_low=fall_low,
        fall_high=fall_high,
    )


def _mean_and_ends(values: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    """Mean and interval, as far as there are values for them."""
    if len(values) < 2:
        return (values[0] if values else None), None, None
    return t_interval(values)[:3]


def _room_fields(points: Sequence[PeakPoint], chosen: float, stopped: Sequence[float], margin: float) -> dict[str, Any]:
    """The room beside the chosen peak; none where it failed itself. Where a seed learned nothing, a peak is out.

    What lies at and beyond a peak that halving stopped is not known.
    """
    low = max((peak for peak in stopped if peak < chosen), default=0.0)
    high = min((peak for peak in stopped if peak > chosen), default=inf)
    known = [point for point in points if point.fall is not None and low < point.peak < high]
    at = next((point for point in known if point.peak == chosen), None)
    if at is None or not at.learned:
        return {}
    falls = [point.fall if point.learned and point.fall is not None else inf for point in known]
    room = peak_room([point.peak for point in known], falls, chosen, margin)
    return {
        "below": _as_noun(room.lower),
        "above": _as_noun(room.higher),
        "factor": room.factor,
        "at_least": room.at_least,
    }


def _as_noun(side: PeakSide) -> RoomBeside:
    return RoomBeside(held=side.held, about=side.about, fell=side.fell)
