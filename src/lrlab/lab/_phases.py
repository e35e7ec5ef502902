"""The trials of a study, phase by phase: which to ask for, given the records so far."""

from collections.abc import Generator, Iterable
from typing import NamedTuple

import numpy as np

from ..search import Grid
from ..spec import Choice, Record, Study, Trial

Records = dict[str, Record]  # by trial key


class Batch(NamedTuple):
    """Trials that can run side by side, of one phase."""

    phase: str
    trials: tuple[Trial, ...]


class Outcome(NamedTuple):
    """The end of a study: the peak chosen for each schedule, the leader, and the records of both phases."""

    choices: tuple[Choice, ...]
    leader: str
    tuned: tuple[Record, ...]
    confirmed: tuple[Record, ...]


def phases(study: Study, data: str) -> Generator[Batch, Records, Outcome]:
    """Yields batches of trials and is sent their records, the same batches for the same records on every machine.

    data: the fingerprint of the task. Whoever drives decides whether a record is trained now or was there before.
    """
    grids = {label: Grid(study.tune.peaks, study.tune.extend) for label in study.labels}
    tuned: dict[str, dict[float, list[Record]]] = {label: {} for label in study.labels}
    phase = "tune"
    while asked := {label: peaks for label, grid in grids.items() if (peaks := grid.ask())}:
        trials = {
            (label, peak): _trials(study, data, label, peak, study.tune.seeds)
            for label in asked
            for peak in asked[label]
        }
        records = yield Batch(phase, tuple(trial for group in trials.values() for trial in group))
        for (label, peak), group in trials.items():
            tuned[label][peak] = [records[trial.key] for trial in group]
            grids[label].tell(peak, _score(study, tuned[label][peak]))
        phase = "tune beyond the edge"
    choices = tuple(_choice(label, grids[label], tuned[label]) for label in study.labels)
    leader = max(choices, key=lambda choice: grids[choice.label].tried()[choice.peak]).label
    confirm = [trial for c in choices for trial in _trials(study, data, c.label, c.peak, study.confirm.seeds)]
    records = yield Batch("confirm", tuple(confirm))
    every = (record for peaks in tuned.values() for _, group in sorted(peaks.items()) for record in group)
    return Outcome(choices, leader, tuple(every), tuple(records[trial.key] for trial in confirm))


def planned_trials(study: Study) -> int:
    """How many trials the study asks for, before any extension of a grid."""
    return len(study.schedules) * (len(study.tune.peaks) * len(study.tune.seeds) + len(study.confirm.seeds))


def confirm_trials(study: Study, data: str) -> list[Trial]:
    """The trials of the confirm phase as they would be at the first peak of each grid, seed by seed."""
    peak = study.tune.peaks[0]
    arms = [_trials(study, data, label, peak, study.confirm.seeds) for label in study.labels]
    return [trial for seed in zip(*arms, strict=True) for trial in seed]


def _trials(study: Study, data: str, label: str, peak: float, seeds: Iterable[int]) -> list[Trial]:
    schedule = study.schedules[study.labels.index(label)]
    return [
        Trial(
            task=study.task,
            data=data,
            optimizer=study.optimizer,
            schedule=schedule,
            peak=peak,
            seed=seed,
            budget=study.budget,
            batch_size=study.batch_size,
            evaluate_every=study.evaluate_every,
            precision=study.precision,
            protocol=study.protocol,
        )
        for seed in seeds
    ]


def _means(records: list[Record]) -> tuple[float, float]:
    """Mean final validation score and loss over the seeds."""
    return (
        float(np.mean([record.validation.score for record in records])),
        float(np.mean([record.validation.loss for record in records])),
    )


def _score(study: Study, records: list[Record]) -> tuple[float, ...]:
    """What the choice of a peak looks at, higher is better; validation data only."""
    score, loss = _means(records)
    signed = score if records[0].metric.higher_is_better else -score
    return (signed, -loss) if study.tune.choose == "score" else (-loss,)


def _choice(label: str, grid: Grid, records: dict[float, list[Record]]) -> Choice:
    best = grid.best()
    means = {peak: _means(records[peak]) for peak in grid.tried()}
    return Choice(
        label=label,
        peak=best.peak,
        at_edge=best.at_edge,
        peaks=tuple(means),
        scores=tuple(score for score, _ in means.values()),
        losses=tuple(loss for _, loss in means.values()),
    )
