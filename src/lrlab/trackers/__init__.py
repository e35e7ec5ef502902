"""Runs that others wrote, read as one table: files of rows, W&B, MLflow, Trackio, TensorBoard. No torch."""

from ._direction import higher_is_better_by_name as higher_is_better_by_name
from ._read_runs import read_runs as read_runs
from ._run_table import RunTable as RunTable

__all__ = ["RunTable", "higher_is_better_by_name", "read_runs"]
