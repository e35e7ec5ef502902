"""Runs that others wrote, read as one table; and ours, written where others keep theirs. No torch.

Read: files of rows, W&B, MLflow, Trackio, TensorBoard. Written, by the files called `_sink_*`: these four, and Optuna.
"""

from ._direction import higher_is_better_by_name as higher_is_better_by_name
from ._direction import is_cost_of_reaching as is_cost_of_reaching
from ._ledger import Ledger as Ledger
from ._read_runs import read_runs as read_runs
from ._run_table import RunTable as RunTable
from ._sinks import TrackerPlace as TrackerPlace
from ._sinks import trackers_of as trackers_of
from ._tracking import Tracking as Tracking
from ._units import point_of as point_of
from ._units import says_per_cent as says_per_cent

__all__ = [
    "Ledger",
    "RunTable",
    "TrackerPlace",
    "Tracking",
    "higher_is_better_by_name",
    "is_cost_of_reaching",
    "point_of",
    "read_runs",
    "says_per_cent",
    "trackers_of",
]
