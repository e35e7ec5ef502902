"""Trials that are asked for together, and where they belong."""

from typing import NamedTuple

from ..spec import Record, Standing, Study, Trial, rung_epoch, seed_trainings

Records = dict[str, Record]  # by trial key
Standings = dict[str, Standing]  # by trial key
BEYOND = "tune beyond the edge"  # the phase of trials that no plan could foresee
BETWEEN = "tune between peaks"
FINALS = "tune the best"
RIVALS = "confirm rivals"


class Batch(NamedTuple):
    """Trials that can run side by side, of one phase.

    rung: they are wanted up to there, and answered by their standings; "": to their end. note: is said before.
    """

    phase: str
    trials: tuple[Trial, ...]
    rung: str = ""
    note: str = ""

    def missing(self, records: Records, standings: Standings) -> list[Trial]:
        """The trials that are still to be run, given what there is."""
        return [trial for trial in self.trials if trial.key not in records and not self._stands(trial, standings)]

    def _stands(self, trial: Trial, standings: Standings) -> bool:
        """Whether a trial was measured up to the rung."""
        standing = standings.get(trial.key) if self.rung else None
        if standing is None:
            return False
        return 0 < rung_epoch(self.rung, standing.horizon, trial.evaluate_every) <= len(standing.epochs)

    def answer(self, records: Records, standings: Standings) -> Records | Standings:
        """What whoever asked is sent: records, or at a rung the standings of all."""
        if not self.rung:
            return records
        ended = {key: Standing.of_record(record) for key, record in records.items()}
        return {trial.key: standings[trial.key] for trial in self.trials if trial.key in standings} | ended


def trials_after(study: Study, phase: str) -> int:
    """About how many trials of a study come after those of a phase; once its grids grow, all it refines may be over."""
    return _after(study, phase, len(study.labels))


def trainings_after(study: Study, phase: str) -> int:
    """The trainings that `trials_after` come from, at most."""
    return _after(study, phase, seed_trainings(study))


def _after(study: Study, phase: str, each_seed: int) -> int:
    """each_seed: of the fresh seeds."""
    later = {
        "tune": study.refining_trials + study.final_trials,
        BEYOND: study.final_trials,
        BETWEEN: study.final_trials,
    }
    confirmed = each_seed * len(study.confirm.seeds) if phase not in ("confirm", RIVALS) else 0
    rivals = study.rival_trials if phase != RIVALS else 0
    return later.get(phase, 0) + confirmed + rivals
