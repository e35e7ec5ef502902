"""Runs of a Trackio database: rows of values as JSON, and the settings of each run.

Source: the tables `metrics` and `configs` that trackio makes; before version 0.20 they know a run by its name alone.
"""

import json
import math
import sqlite3
from typing import Any

from ._json import flatten, write_cell
from ._tracked import TrackedRun

COLUMNS = {"run_name", "step", "metrics"}
WORDS = {"NaN": math.nan, "Infinity": math.nan, "-Infinity": math.nan}  # as trackio writes what JSON has not


def is_trackio(tables: dict[str, list[str]]) -> bool:
    """Whether a database has Trackio's tables."""
    return set(tables.get("metrics", ())) >= COLUMNS


def read_trackio(connection: sqlite3.Connection, tables: dict[str, list[str]], name: str) -> list[TrackedRun]:
    """The runs, in the order in which they began."""
    key = "run_id" if "run_id" in tables["metrics"] else "run_name"
    runs: dict[str, TrackedRun] = {}
    for run, shown, step, text in connection.execute(f"SELECT {key}, run_name, step, metrics FROM metrics ORDER BY id"):
        tracked = runs.setdefault(run, TrackedRun(shown, f"{name}, run {shown}"))
        for metric, value in _load_json(text).items():
            number = WORDS.get(value, value) if isinstance(value, str) else value
            if isinstance(number, int | float) and not isinstance(number, bool):
                tracked.add(metric, step, number)
    if "configs" in tables and key in tables["configs"]:
        for run, text in connection.execute(f"SELECT {key}, config FROM configs"):
            if run in runs:
                runs[run].settings = _read_settings(_load_json(text))
    return list(runs.values())


def _load_json(text: str | bytes) -> dict[str, Any]:
    """The object that a cell holds; {} where it holds none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read_settings(config: dict[str, Any]) -> dict[str, str]:
    """Settings as text; of trackio's own, the group alone."""
    flat = {f"config.{name}": write_cell(value) for name, value in flatten(config).items() if not name.startswith("_")}
    group = write_cell(config.get("_Group"))
    return {name: value for name, value in flat.items() if value is not None} | ({"group": group} if group else {})
