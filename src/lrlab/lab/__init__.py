"""The laboratory: runs studies and answers them. Importing it loads no torch; `prepare` does."""

from ._answer import questions as questions
from ._phases import Batch as Batch
from ._phases import planned_trials as planned_trials
from ._run import PRELOAD as PRELOAD
from ._run import Prepared as Prepared
from ._run import prepare as prepare
from ._run import Progress as Progress
from ._run import progress as progress
from ._run import run_study as run_study
from ._run import seconds_per_trial as seconds_per_trial
from ._run import stored_results as stored_results
from ._run import Watch as Watch

__all__ = [
    "Batch",
    "planned_trials",
    "PRELOAD",
    "prepare",
    "Prepared",
    "Progress",
    "progress",
    "questions",
    "run_study",
    "seconds_per_trial",
    "stored_results",
    "Watch",
]
