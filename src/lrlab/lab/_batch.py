"""Trials that are asked for together, and where they belong."""

from typing import NamedTuple

from ..spec import Record, Study, Trial

Records = dict[str, Record]  # by trial key
BEYOND = "tune beyond the edge"  # the phase of trials that no plan could foresee
BETWEEN = "tune between peaks"
FINALS = "tune the best"
RIVALS = "confirm rivals"


class Batch(NamedTuple):
    """Trials that can run side by side, of one phase."""

    phase: str
    trials: tuple[Trial, ...]


def trials_after(study: Study, phase: str) -> int:
    """About how many trials of a study come after those of a phase; once its grids grow, all it refines may be over."""
    later = {
        "tune": study.refining_trials + study.final_trials,
        BEYOND: study.final_trials,
        BETWEEN: study.final_trials,
    }
    confirmed = len(study.labels) * len(study.confirm.seeds) if phase not in ("confirm", RIVALS) else 0
    rivals = study.rival_trials if phase != RIVALS else 0
    return later.get(phase, 0) + confirmed + rivals
