"""What the door opens: compare, run, judge, find, load, runs, and results that show themselves."""

from ._compare import compare as compare
from ._decays import DecayResults as DecayResults
from ._decays import decays as decays
from ._durations import seconds_of as seconds_of
from ._find import find as find
from ._find_results import FindResults as FindResults
from ._halving import HalvingOption as HalvingOption
from ._halving import halving_of as halving_of
from ._halving import hyperband_of as hyperband_of
from ._insights import StudyInsights as StudyInsights
from ._judge import judge as judge
from ._judged import Judged as Judged
from ._places import DEFAULT_STORE as DEFAULT_STORE
from ._plan import plan as plan
from ._planned import Planned as Planned
from ._progress import ProgressBar as ProgressBar
from ._results import Results as Results
from ._run import run as run
from ._run_index import write_index as write_index
from ._run_plan import RunPlan as RunPlan
from ._run_plan import plan_run as plan_run
from ._so_far import RunSoFar as RunSoFar
from ._so_far import so_far as so_far
from ._stored import StoredRun as StoredRun
from ._stored import load as load
from ._stored import runs as runs
from ._stores import check_store as check_store
from ._stores import export_store as export_store
from ._stores import forget_trials as forget_trials
from ._stores import merge_stores as merge_stores
from ._stores import tidy_store as tidy_store
from ._verify import verify as verify
from ._watch import watch as watch

__all__ = [
    "DEFAULT_STORE",
    "DecayResults",
    "FindResults",
    "HalvingOption",
    "Judged",
    "Planned",
    "ProgressBar",
    "Results",
    "RunPlan",
    "RunSoFar",
    "StoredRun",
    "StudyInsights",
    "check_store",
    "compare",
    "decays",
    "export_store",
    "find",
    "forget_trials",
    "halving_of",
    "hyperband_of",
    "judge",
    "load",
    "merge_stores",
    "plan",
    "plan_run",
    "run",
    "runs",
    "seconds_of",
    "so_far",
    "tidy_store",
    "verify",
    "watch",
    "write_index",
]
