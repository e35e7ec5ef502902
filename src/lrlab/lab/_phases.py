"""The trials of a study, phase by phase: which to ask for, given the records so far."""

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from ..spec import Choice, Record, RungCheck, Study, Trial
from ._batch import Batch, Records, Standings
from ._look_phase import confirm_chosen, rivals_to_ask
from ._tuning import Chosen, confirm_rivals, confirm_trials_of, sample_of_search, tune_arms, tune_by_search, tune_peaks

PhaseEnd = TypeVar("PhaseEnd")


class Outcome(NamedTuple):
    """The end of a study: what was chosen for each schedule or arm, the leader, and the records of both phases.

    rivals: of each label, the records at other peaks, which tuning could not tell from the chosen one, by peak.
    rungs: of halving, each with its check.
    """

    choices: tuple[Choice, ...]
    leader: str
    tuned: tuple[Record, ...]
    confirmed: tuple[Record, ...]
    rivals: Mapping[str, Mapping[float, tuple[Record, ...]]] = {}
    rungs: tuple[RungCheck, ...] = ()


def phases(study: Study, data: str) -> Generator[Batch, Records, Outcome]:
    """Yields batches of trials and is sent their records, the same batches for the same records on every machine.

    data: the fingerprint of the task. Whoever drives decides whether a record is trained now or was there before. The
    confirm phase may be answered in part; the outcome then has what there was.
    """
    chosen = yield from tuning(study, data)
    confirmed = yield from confirm_chosen(study, data, chosen)
    rivals = yield from confirm_rivals(study, data, rivals_to_ask(study, chosen, confirmed), confirmed)
    return Outcome(chosen.choices, chosen.leader, chosen.records, confirmed, rivals, chosen.rungs)


def tuning(study: Study, data: str) -> Generator[Batch, Records, Chosen]:
    """The tuning phase alone. data: as in `phases`."""
    tune = tune_arms if study.arms else tune_by_search if study.tune.search else tune_peaks
    return tune(study, data)


def no_standings(keys: Iterable[str]) -> Standings:  # noqa: ARG001
    """Of no trial is it known how it stands at a rung, but of those that have ended."""
    return {}


def drive(
    study: Study,
    data: str,
    records_of: Callable[[Batch], Records | None],
    standings_of: Callable[[Iterable[str]], Standings] = no_standings,
) -> Outcome | None:
    """Go through a study's phases, batch by batch, to its outcome.

    records_of: the records of a batch by key; None ends it there, and there is no outcome. standings_of: of trials by
    key that came to a rung; where some of a batch at a rung are missing, it ends there too. data: as in `phases`.
    """
    return go_through(phases(study, data), records_of, standings_of)


def go_through(
    steps: Generator[Batch, Any, PhaseEnd],
    records_of: Callable[[Batch], Records | None],
    standings_of: Callable[[Iterable[str]], Standings] = no_standings,
) -> PhaseEnd | None:
    """Go through phases, batch by batch, to what they come to. The other arguments are `drive`'s."""
    try:
        batch = next(steps)
        while (records := records_of(batch)) is not None:
            standings = standings_of(trial.key for trial in batch.trials) if batch.rung else {}
            if batch.rung and batch.missing(records, standings):
                return None
            batch = steps.send(batch.answer(records, standings))
    except StopIteration as end:
        return end.value
    return None


def confirm_trials(study: Study, data: str) -> list[Trial]:
    """The trials of the confirm phase as they would be with the first peak or candidate of each, seed by seed."""
    first = study.tune.peaks[0] if study.tune.peaks else None
    candidates = {arm.label: arm.candidates[0] for arm in study.arms}
    if study.tune.search:
        candidates = sample_of_search(study)
    elif first is not None:
        candidates = {label: study.candidate_of(label, study.grid_of(label)[0]) for label in study.labels}
    arms = [confirm_trials_of(study, data, label, candidate) for label, candidate in candidates.items()]
    return [trial for seed in zip(*arms, strict=True) for trial in seed]
