"""Runs of an MLflow database: runs, params, metrics by step, names of experiments.

Source: the tables that mlflow's tracking store makes (mlflow 2 and 3: `runs`, `metrics`, `params`, `experiments`).
"""

import math
import sqlite3
from collections import defaultdict

from ._tracked import TrackedRun

TABLES = {
    "runs": {"run_uuid", "name", "status", "lifecycle_stage", "experiment_id"},
    "metrics": {"key", "value", "is_nan"},
}
ENDED = ("FINISHED",)
LARGEST = 1.7e308  # it stands for infinity


def is_mlflow(tables: dict[str, list[str]]) -> bool:
    """Whether a database has MLflow's tables."""
    return all(columns <= set(tables.get(name, ())) for name, columns in TABLES.items())


def read_mlflow(connection: sqlite3.Connection, name: str) -> list[TrackedRun]:
    """The runs that are not deleted, in the order in which they began."""
    rows = connection.execute(
        "SELECT r.run_uuid, r.name, r.status, e.name FROM runs r LEFT JOIN experiments e USING (experiment_id) "
        "WHERE r.lifecycle_stage = 'active' ORDER BY r.start_time, r.run_uuid"
    ).fetchall()
    several = len({experiment for _, _, _, experiment in rows}) > 1
    settings: dict[str, dict[str, str]] = defaultdict(dict)
    for run, key, value in connection.execute("SELECT run_uuid, key, value FROM params"):
        settings[run][f"params.{key}"] = value
    runs = {}
    for run, shown, status, experiment in rows:
        facts = settings[run] | ({"experiment_name": experiment} if several else {})
        runs[run] = TrackedRun(shown or run, f"{name}, run {shown or run}", facts, ended=status in ENDED)
    for run, key, step, value, is_nan in connection.execute(
        "SELECT run_uuid, key, step, value, is_nan FROM metrics ORDER BY timestamp, rowid"
    ):
        if run in runs:
            runs[run].add(key, step, math.nan if is_nan or abs(value) > LARGEST else value)
    return list(runs.values())
