"""What the tuning phase chooses for a schedule or an arm, and why: validation data only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from ...errors import StudyError
from ...search import BestPeak, Grid, PeakResult
from ...spec import Arm, Choice, Record, Study, Way, metric_of
from .._compare import learned

Criterion = Literal["score", "loss"]


def criterion(study: Study, records: Iterable[Record]) -> Criterion:
    """What choices go by. Left to us, by the loss where the metric is a share and every record has one.

    A share of n examples comes in steps of 1 / n and ties; the loss says how sure the predictions were.
    """
    if study.tune.choose != "auto":
        return study.tune.choose
    finished = [record for record in records if not record.diverged]
    measured = all(record.validation is not None and record.validation.loss is not None for record in finished)
    return "loss" if finished and finished[0].metric.in_percent and measured else "score"


def mean_validation(records: Sequence[Record]) -> tuple[float | None, float | None]:
    """Mean final validation score and loss over the seeds that finished; over all where none did.

    None: not measured, as the loss where a loop of the user's own gives none, or both where all of its seeds diverged.
    Raises StudyError where a record has none.
    """
    finished = [record for record in records if not record.diverged] or records
    measured = [record.validation for record in finished if record.validation is not None]
    if len(measured) < len(finished):
        raise StudyError(f"{records[0].trial.task} has no validation data, and a choice looks at nothing else")
    return _mean_known([each.score for each in measured]), _mean_known([each.loss for each in measured])


def _mean_known(values: Sequence[float | None]) -> float | None:
    """The mean where all are known."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known and len(known) == len(values) else None


def peak_result(study: Study, records: Sequence[Record], by: Criterion | None = None) -> PeakResult:
    """What the choice of a peak looks at, higher is better; validation data only.

    by: the criterion; that of these records alone, unless given. Fewer diverged seeds come first: a diverged one is
    worse than any that finished, whatever the scores are.
    """
    score, loss = mean_validation(records)
    diverged = sum(record.diverged for record in records)
    if study.tune.choose == "loss" and loss is None and diverged < len(records):
        raise StudyError(
            f"{study.task} gives no validation loss, by which `tune.choose: loss` chooses; write "
            "run.report(epoch=epoch, validation_loss=...), or leave out `choose`"
        )
    score, loss = score or 0.0, loss or 0.0  # not measured of any: a tie, as after all of them diverged
    signed = score if metric_of(records).higher_is_better else -score
    by = criterion(study, records) if by is None else by
    ends = (signed, -loss) if by == "score" else (-loss,)
    return PeakResult((-diverged, *ends), learned(records), way_of(records))


def rank_result(result: PeakResult) -> tuple[bool, tuple[float, ...]]:
    """What is at chance comes last."""
    return result.learned, result.score


def way_of(records: Sequence[Record]) -> Way:
    """Where better peaks lie than that of these records, if they are at chance; a tie says lower."""
    if learned(records):
        return ""
    lower, higher = (sum(record.way == way for record in records) for way in ("lower", "higher"))
    return "" if not (lower or higher) else "lower" if lower >= higher else "higher"


def peak_choice(
    study: Study,
    label: str,
    grid: Grid,
    best: BestPeak,
    records: Mapping[float, Sequence[Record]],
    by: Criterion,
    stopped: Mapping[float, int],
) -> Choice:
    """best: of the grid, the peak that is chosen. records: by peak. by: what it was chosen by.

    stopped: by peak, the epoch at which halving stopped it; such a peak needs no records.
    """
    tried = grid.tried()
    return Choice(
        label=label,
        peak=best.peak,
        at_edge=best.at_edge,
        peaks=tuple(tried),
        chosen=list(tried).index(best.peak),
        way=grid.way,
        **measured_fields(study, [records.get(peak, ()) for peak in tried], by),
        stopped=tuple(stopped.get(peak, 0) for peak in tried) if stopped else (),
    )


def arm_choice(
    study: Study,
    arm: Arm,
    best: int,
    records: Mapping[float, Sequence[Record]],
    by: Criterion,
    stopped: Mapping[float, int],
) -> Choice:
    """records: of each candidate, or none where the arm was not tuned. by, stopped: as in `peak_choice`."""
    places = range(len(arm.candidates)) if records else ()
    return Choice(
        label=arm.label,
        peak=arm.candidates[best].peak,
        at_edge=_is_at_edge(arm, best),
        peaks=tuple(candidate.peak for candidate in arm.candidates),
        schedule=arm.candidates[best].arm,
        tried=study.candidate_words(arm),
        chosen=best,
        **measured_fields(study, [records.get(place, ()) for place in places], by),
        stopped=tuple(stopped.get(place, 0) for place in places) if stopped else (),
    )


def _is_at_edge(arm: Arm, best: int) -> bool:
    """Whether no peak was tried beyond the chosen one, of a grid that stands beside settings of the user's own."""
    chosen = arm.candidates[best]
    if not chosen.settings:
        return False
    like = [each for each in arm.candidates if (each.arm, each.settings) == (chosen.arm, chosen.settings)]
    peaks = {each.peak for each in like}
    return len(peaks) > 1 and chosen.peak in (min(peaks), max(peaks))


def measured_fields(study: Study, groups: Sequence[Sequence[Record]], by: Criterion) -> dict[str, Any]:
    """The fields of a `Choice` that say how each of what was tried did, and on how many seeds where that differs."""
    usual = len(study.tune.seeds)
    means = [mean_validation(group) if group else (None, None) for group in groups]
    seeds = tuple(len(group) for group in groups)
    return {
        "scores": tuple(score for score, _ in means),
        "losses": tuple(loss for _, loss in means),
        "diverged": tuple(sum(record.diverged for record in group) for group in groups),
        "collapsed": tuple(sum(record.collapsed for record in group) for group in groups),
        "seeds": seeds if any(count != usual for count in seeds) else (),
        "by": by if groups else "score",
    }
