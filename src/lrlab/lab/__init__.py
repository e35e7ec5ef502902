"""The laboratory: runs studies and answers them. Importing it loads no torch; opening a task does."""

from ._answer import questions as questions
from ._phases import Batch as Batch
from ._phases import planned_trials as planned_trials
from ._prepare import PRELOAD as PRELOAD
from ._prepare import OpenedTask as OpenedTask
from ._prepare import Pace as Pace
from ._prepare import Prepared as Prepared
from ._prepare import affordable_epochs as affordable_epochs
from ._prepare import measure_pace as measure_pace
from ._prepare import open_task as open_task
from ._prepare import prepare as prepare
from ._run import Progress as Progress
from ._run import Watch as Watch
from ._run import progress as progress
from ._run import run_study as run_study
from ._run import stored_results as stored_results

__all__ = [
    "PRELOAD",
    "Batch",
    "OpenedTask",
    "Pace",
    "Prepared",
    "Progress",
    "Watch",
    "affordable_epochs",
    "measure_pace",
    "open_task",
    "planned_trials",
    "prepare",
    "progress",
    "questions",
    "run_study",
    "stored_results",
]
