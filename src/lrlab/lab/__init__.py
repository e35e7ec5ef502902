"""The laboratory: runs studies and answers them. Importing it loads no torch; opening a task does."""

from ._answer import questions as questions
from ._budget import USUAL_EPOCHS as USUAL_EPOCHS
from ._budget import Budget as Budget
from ._budget import Keeper as Keeper
from ._budget import asked_before as asked_before
from ._budget import comparison_before as comparison_before
from ._calibrate import Engine as Engine
from ._calibrate import pace_now as pace_now
from ._claims import answer_claims as answer_claims
from ._claims import too_few_for_claims as too_few_for_claims
from ._ensembles import ensemble_scores as ensemble_scores
from ._fit_budget import fit_budget as fit_budget
from ._phases import BEYOND as BEYOND
from ._phases import Batch as Batch
from ._phases import planned_trials as planned_trials
from ._prepare import LEAST_SECONDS as LEAST_SECONDS
from ._prepare import PRELOAD as PRELOAD
from ._prepare import OpenedTask as OpenedTask
from ._prepare import Prepared as Prepared
from ._prepare import check_device as check_device
from ._prepare import crew_of as crew_of
from ._prepare import open_task as open_task
from ._prepare import prepare as prepare
from ._prepare import seconds_for as seconds_for
from ._prepare import seen_devices as seen_devices
from ._prepare import setup_of as setup_of
from ._prepare import workload_of as workload_of
from ._publication_results import publication_results as publication_results
from ._publish import Edition as Edition
from ._publish import kept_results as kept_results
from ._publish import open_publication as open_publication
from ._publish import run_publication as run_publication
from ._run import Progress as Progress
from ._run import progress as progress
from ._run import run_study as run_study
from ._run import stored_results as stored_results
from ._seeds import too_few_seeds as too_few_seeds
from ._stacks import Crew as Crew
from ._verify import Verified as Verified
from ._verify import verify_task as verify_task
from ._versions import Older as Older
from ._versions import kept_version as kept_version
from ._versions import older_version as older_version

__all__ = [
    "BEYOND",
    "LEAST_SECONDS",
    "PRELOAD",
    "USUAL_EPOCHS",
    "Batch",
    "Budget",
    "Crew",
    "Edition",
    "Engine",
    "Keeper",
    "Older",
    "OpenedTask",
    "Prepared",
    "Progress",
    "Verified",
    "answer_claims",
    "asked_before",
    "check_device",
    "comparison_before",
    "crew_of",
    "ensemble_scores",
    "fit_budget",
    "kept_results",
    "kept_version",
    "older_version",
    "open_publication",
    "open_task",
    "pace_now",
    "planned_trials",
    "prepare",
    "progress",
    "publication_results",
    "questions",
    "run_publication",
    "run_study",
    "seconds_for",
    "seen_devices",
    "setup_of",
    "stored_results",
    "too_few_for_claims",
    "too_few_seeds",
    "verify_task",
    "workload_of",
]
