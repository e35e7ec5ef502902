"""The trials of a study, phase by phase: which to ask for, given the records so far."""

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import StudyError
from ..search import Grid, PeakResult
from ..spec import Arm, Candidate, Choice, Record, Study, Trial, Way
from ._compare import learned

Records = dict[str, Record]  # by trial key
BEYOND = "tune beyond the edge"  # the phase of trials that no plan could foresee


class Batch(NamedTuple):
    """Trials that can run side by side, of one phase."""

    phase: str
    trials: tuple[Trial, ...]


class Outcome(NamedTuple):
    """The end of a study: what was chosen for each schedule or arm, the leader, and the records of both phases."""

    choices: tuple[Choice, ...]
    leader: str
    tuned: tuple[Record, ...]
    confirmed: tuple[Record, ...]


class _Chosen(NamedTuple):
    """The end of the tuning phase: for each label what was chosen, and how; and all its records."""

    candidates: dict[str, Candidate]
    choices: tuple[Choice, ...]
    leader: str
    records: tuple[Record, ...]


def phases(study: Study, data: str) -> Generator[Batch, Records, Outcome]:
    """Yields batches of trials and is sent their records, the same batches for the same records on every machine.

    data: the fingerprint of the task. Whoever drives decides whether a record is trained now or was there before. The
    confirm phase may be answered in part; the outcome then has what there was.
    """
    chosen = yield from (_tune_arms(study, data) if study.arms else _tune_peaks(study, data))
    arms = (_confirm_trials(study, data, label, candidate) for label, candidate in chosen.candidates.items())
    confirm = [trial for arm in arms for trial in arm]
    records = yield Batch("confirm", tuple(confirm))
    confirmed = tuple(records[trial.key] for trial in confirm if trial.key in records)
    return Outcome(chosen.choices, chosen.leader, chosen.records, confirmed)


def drive(study: Study, data: str, records_of: Callable[[Batch], Records | None]) -> Outcome | None:
    """Go through a study's phases, batch by batch, to its outcome.

    records_of: the records of a batch by key; None ends it there, and there is no outcome. data: as in `phases`.
    """
    steps = phases(study, data)
    try:
        batch = next(steps)
        while (records := records_of(batch)) is not None:
            batch = steps.send(records)
    except StopIteration as end:
        return end.value
    return None


def confirm_trials(study: Study, data: str) -> list[Trial]:
    """The trials of the confirm phase as they would be with the first peak or candidate of each, seed by seed."""
    first = study.tune.peaks[0] if study.tune.peaks else None
    candidates = {arm.label: arm.candidates[0] for arm in study.arms}
    if first is not None:
        pairs = zip(study.labels, study.schedules, strict=True)
        candidates = {label: Candidate(schedule=schedule, peak=first) for label, schedule in pairs}
    arms = [_confirm_trials(study, data, label, candidate) for label, candidate in candidates.items()]
    return [trial for seed in zip(*arms, strict=True) for trial in seed]


def _tune_peaks(study: Study, data: str) -> Generator[Batch, Records, _Chosen]:
    """Every schedule at every peak of its grid, which grows while its best lies on the edge."""
    schedules = dict(zip(study.labels, study.schedules, strict=True))
    grids = {label: Grid(study.tune.peaks, study.tune.extend) for label in study.labels}
    tuned: dict[str, dict[float, list[Record]]] = {label: {} for label in study.labels}
    phase = "tune"
    while asked := {label: peaks for label, grid in grids.items() if (peaks := grid.ask())}:
        groups = {
            (label, peak): tuning_trials(study, data, Candidate(schedule=schedules[label], peak=peak))
            for label in asked
            for peak in asked[label]
        }
        records = yield Batch(phase, tuple(trial for group in groups.values() for trial in group))
        for (label, peak), group in groups.items():
            tuned[label][peak] = [records[trial.key] for trial in group]
            grids[label].tell(peak, *_peak_result(study, tuned[label][peak]))
        phase = BEYOND
    choices = tuple(_peak_choice(label, grids[label], tuned[label]) for label in study.labels)
    leader = max(choices, key=lambda choice: _rank_result(grids[choice.label].tried()[choice.peak])).label
    candidates = {choice.label: Candidate(schedule=schedules[choice.label], peak=choice.peak) for choice in choices}
    every = (record for peaks in tuned.values() for _, group in sorted(peaks.items()) for record in group)
    return _Chosen(candidates, choices, leader, tuple(every))


def _tune_arms(study: Study, data: str) -> Generator[Batch, Records, _Chosen]:
    """Every candidate of the arms that have several; ties go to the first."""
    groups = {
        (arm.label, place): tuning_trials(study, data, candidate)
        for arm in study.arms
        if len(arm.candidates) > 1
        for place, candidate in enumerate(arm.candidates)
    }
    records: Records = {}
    if groups:
        records = yield Batch("tune", tuple(trial for group in groups.values() for trial in group))
    tuned = {place: [records[trial.key] for trial in group] for place, group in groups.items()}
    ranks = {place: _rank_result(_peak_result(study, group)) for place, group in tuned.items()}
    best = {
        arm.label: max(range(len(arm.candidates)), key=lambda place: (ranks.get((arm.label, place), ()), -place))
        for arm in study.arms
    }
    choices = tuple(
        _arm_choice(study, arm, best[arm.label], [group for (label, _), group in tuned.items() if label == arm.label])
        for arm in study.arms
    )
    candidates = {arm.label: arm.candidates[best[arm.label]] for arm in study.arms}
    leader = max(study.labels, key=lambda label: ranks[label, best[label]]) if study.tuned else study.reference
    return _Chosen(candidates, choices, leader, tuple(record for group in tuned.values() for record in group))


def tuning_trials(study: Study, data: str, candidate: Candidate) -> list[Trial]:
    """The trials of a schedule or arm on the tuning seeds."""
    budget = study.tune.budget or study.budget
    return [_make_trial(study, data, candidate, seed, budget=budget) for seed in study.tune.seeds]


def _confirm_trials(study: Study, data: str, label: str, candidate: Candidate) -> list[Trial]:
    """The trials of a schedule or arm on the confirm seeds; they alone may look at the test data on their way."""
    snapshots = next((arm.snapshots for arm in study.arms if arm.label == label), ())
    own = {"budget": study.budget, "watch": study.watch, "snapshots": snapshots}
    return [_make_trial(study, data, candidate, seed, **own) for seed in study.confirm.seeds]


def _make_trial(study: Study, data: str, candidate: Candidate, seed: int, **own: object) -> Trial:
    return Trial.model_validate(
        {
            "task": study.task,
            "data": data,
            "optimizer": candidate.optimizer or study.optimizer,
            "schedule": candidate.schedule,
            "peak": candidate.peak,
            "seed": seed,
            "batch_size": study.batch_size,
            "evaluate_every": study.evaluate_every,
            "precision": study.precision,
            "settings": candidate.settings,
            "protocol": study.protocol,
        }
        | own
    )


def _mean_validation(records: Sequence[Record]) -> tuple[float | None, float | None]:
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


def _peak_result(study: Study, records: Sequence[Record]) -> PeakResult:
    """What the choice of a peak looks at, higher is better; validation data only.

    Fewer diverged seeds come first: a diverged one is worse than any that finished, whatever the scores are.
    """
    score, loss = _mean_validation(records)
    diverged = sum(record.diverged for record in records)
    if study.tune.choose == "loss" and loss is None and diverged < len(records):
        raise StudyError(
            f"{study.task} gives no validation loss, by which `tune.choose: loss` chooses; write "
            "run.report(epoch=epoch, validation_loss=...), or leave out `choose`"
        )
    score, loss = score or 0.0, loss or 0.0  # not measured of any: a tie, as after all of them diverged
    signed = score if records[0].metric.higher_is_better else -score
    ends = (signed, -loss) if study.tune.choose == "score" else (-loss,)
    return PeakResult((-diverged, *ends), learned(records), way_of(records))


def _rank_result(result: PeakResult) -> tuple[bool, tuple[float, ...]]:
    """What is at chance comes last."""
    return result.learned, result.score


def way_of(records: Sequence[Record]) -> Way:
    """Where better peaks lie than that of these records, if they are at chance; a tie says lower."""
    if learned(records):
        return ""
    lower, higher = (sum(record.way == way for record in records) for way in ("lower", "higher"))
    return "" if not (lower or higher) else "lower" if lower >= higher else "higher"


def _peak_choice(label: str, grid: Grid, records: dict[float, list[Record]]) -> Choice:
    best, tried = grid.best(), grid.tried()
    return Choice(
        label=label,
        peak=best.peak,
        at_edge=best.at_edge,
        peaks=tuple(tried),
        chosen=list(tried).index(best.peak),
        way=grid.way,
        **_measured_fields([records[peak] for peak in tried]),
    )


def _arm_choice(study: Study, arm: Arm, best: int, records: Sequence[Sequence[Record]]) -> Choice:
    """records: of each candidate, or none where the arm was not tuned."""
    return Choice(
        label=arm.label,
        peak=arm.candidates[best].peak,
        at_edge=False,
        peaks=tuple(candidate.peak for candidate in arm.candidates),
        schedule=str(arm.candidates[best].schedule),
        tried=study.candidate_words(arm),
        chosen=best,
        **_measured_fields(records),
    )


def _measured_fields(groups: Sequence[Sequence[Record]]) -> dict[str, Any]:
    """The fields of a `Choice` that say how each of what was tried did."""
    means = [_mean_validation(group) for group in groups]
    return {
        "scores": tuple(score for score, _ in means),
        "losses": tuple(loss for _, loss in means),
        "diverged": tuple(sum(record.diverged for record in group) for group in groups),
        "collapsed": tuple(sum(record.collapsed for record in group) for group in groups),
    }
