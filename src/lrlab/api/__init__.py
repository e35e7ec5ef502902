"""What the door opens: compare, run, judge, find, load, runs, and results that show themselves."""

from ._compare import compare as compare
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
from ._stored import StoredRun as StoredRun
from ._stored import load as load
from ._stored import runs as runs
from ._verify import verify as verify

__all__ = [
    "DEFAULT_STORE",
    "FindResults",
    "HalvingOption",
    "Judged",
    "Planned",
    "ProgressBar",
    "Results",
    "StoredRun",
    "StudyInsights",
    "compare",
    "find",
    "halving_of",
    "hyperband_of",
    "judge",
    "load",
    "plan",
    "run",
    "runs",
    "seconds_of",
    "verify",
]
