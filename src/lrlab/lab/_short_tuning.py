"""Peaks tuned on shorter trials than those they are for: what that may cost, said before anything is trained."""

from ..spec import horizon_of, spoken
from ._prepare import Prepared

HARMLESS = 0.5  # of a trial's length: peaks found there cost 0.03 points at most
MEASURED = (
    "peaks found at a quarter of the length cost 2.4 to 4.8 points of accuracy for four of six schedules of digits"
)


def short_tuning_words(prepared: Prepared) -> str:
    """Why the tuning trials of this study are too short; "" where they are not, or nothing is tuned."""
    study, horizon = prepared.study, prepared.horizon
    if study.tune.budget is None or not study.grid_trials:
        return ""
    tuned = horizon_of(study.tune.budget, horizon.updates_per_epoch)
    if tuned.updates >= HARMLESS * horizon.updates:
        return ""
    return (
        f"peaks are tuned on trials of {spoken(study.tune.budget)} for ones of {spoken(study.budget)}: {MEASURED}, and "
        "at half of it next to nothing; leave out `budget` under tune, or give half of the length or more"
    )
