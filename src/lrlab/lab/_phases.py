"""The trials of a study, phase by phase: which to ask for, given the records so far."""

from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple

from ..spec import Candidate, Choice, Record, Study, Trial
from ._batch import Batch, Records
from ._phase_trials import confirm_trials_of
from ._rival_trials import confirm_rivals
from ._tune import tune_arms, tune_peaks


class Outcome(NamedTuple):
    """The end of a study: what was chosen for each schedule or arm, the leader, and the records of both phases.

    rivals: of each label, the records at other peaks, which tuning could not tell from the chosen one, by peak.
    """

    choices: tuple[Choice, ...]
    leader: str
    tuned: tuple[Record, ...]
    confirmed: tuple[Record, ...]
    rivals: Mapping[str, Mapping[float, tuple[Record, ...]]] = {}


def phases(study: Study, data: str) -> Generator[Batch, Records, Outcome]:
    """Yields batches of trials and is sent their records, the same batches for the same records on every machine.

    data: the fingerprint of the task. Whoever drives decides whether a record is trained now or was there before. The
    confirm phase may be answered in part; the outcome then has what there was.
    """
    chosen = yield from (tune_arms(study, data) if study.arms else tune_peaks(study, data))
    arms = (confirm_trials_of(study, data, label, candidate) for label, candidate in chosen.candidates.items())
    confirm = [trial for arm in arms for trial in arm]
    records = yield Batch("confirm", tuple(confirm))
    confirmed = tuple(records[trial.key] for trial in confirm if trial.key in records)
    rivals = yield from confirm_rivals(study, data, chosen.rivals, confirmed)
    return Outcome(chosen.choices, chosen.leader, chosen.records, confirmed, rivals)


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
    arms = [confirm_trials_of(study, data, label, candidate) for label, candidate in candidates.items()]
    return [trial for seed in zip(*arms, strict=True) for trial in seed]
