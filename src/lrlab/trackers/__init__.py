"""Runs that others wrote, read as one table: files of rows, W&B, MLflow, Trackio, TensorBoard. No torch."""

from ._run_table import RunTable as RunTable

__all__ = ["RunTable"]
