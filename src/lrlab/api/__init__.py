"""What the door opens: compare, run, load, runs, and results that show themselves."""

from ._compare import compare as compare
from ._places import DEFAULT_STORE as DEFAULT_STORE
from ._progress import ProgressBar as ProgressBar
from ._question import seconds_of as seconds_of
from ._results import Results as Results
from ._run import run as run
from ._stored import StoredRun as StoredRun
from ._stored import load as load
from ._stored import runs as runs
from ._verify import verify as verify

__all__ = [
    "DEFAULT_STORE",
    "ProgressBar",
    "Results",
    "StoredRun",
    "compare",
    "load",
    "run",
    "runs",
    "seconds_of",
    "verify",
]
