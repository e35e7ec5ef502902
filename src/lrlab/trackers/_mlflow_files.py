"""Runs as MLflow keeps them in a folder, `mlruns/`: of each run a folder with files for metrics, params and tags.

Source: the layout of mlflow's file store (mlflow 1 to 3): `EXPERIMENT/RUN/meta.yaml`, `metrics/NAME` with a line
"timestamp value step" for each value, `params/NAME`, `tags/mlflow.runName`.
"""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..errors import RunsError, escape_halves
from ._encoding import decode_text, read_bytes
from ._facts import load_file
from ._tracked import TrackedRun

META, METRICS, ARTIFACTS = "meta.yaml", "metrics", "artifacts"
ENDED = (3, "3", "FINISHED")
RUN_ID = re.compile(r"[0-9a-f]{32}")


def is_mlflow_run(path: Path) -> bool:
    """Whether a file is the one that says what a run of MLflow is."""
    return path.name == META and (path.parent / METRICS).is_dir()


def is_artifact(parts: Sequence[str]) -> bool:
    """Whether a path leads into what a run of MLflow has stored beside its numbers, by the names of folders."""
    return any(part == ARTIFACTS and RUN_ID.fullmatch(run) for run, part in pairwise(parts))


def read_mlflow_files(files: Sequence[tuple[Path, str]]) -> list[TrackedRun]:
    """The runs that are not deleted, in the order in which they began. files: each with its name for messages.

    Raises RunsError: a file that is not as MLflow writes it.
    """
    found = []
    for path, name in files:
        meta, experiment = _load_meta(path), _load_meta(path.parent.parent / META)
        stages = (meta.get("lifecycle_stage"), experiment.get("lifecycle_stage"))
        if "model_id" not in meta and "deleted" not in stages:  # of a model that was logged, metrics are kept too
            found.append((_as_number(meta.get("start_time")), path.parent, name, meta, experiment.get("name")))
    several = len({experiment for *_, experiment in found}) > 1
    runs = []
    for _, folder, name, meta, experiment in sorted(found, key=lambda one: (one[0], str(one[1]))):
        run = _read_run(folder, name, meta)
        run.settings |= {"experiment_name": str(experiment)} if several and experiment else {}
        runs.append(run)
    return runs


def _read_run(folder: Path, name: str, meta: dict[str, Any]) -> TrackedRun:
    """The run of a folder."""
    tags = dict(_read_texts(folder / "tags"))
    shown = str(meta.get("run_name") or tags.get("mlflow.runName") or escape_halves(folder.name))
    settings = {f"params.{key}": text for key, text in _read_texts(folder / "params")}
    run = TrackedRun(shown, f"{name}, run {shown}", settings, ended=meta.get("status") in ENDED)
    for key, text in _read_texts(folder / METRICS):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                run.add(key, *_read_line(line, f"{folder.name}/{METRICS}/{key}:{number}"))
    return run


def _read_line(line: str, place: str) -> tuple[float, float]:
    """Step and value of a line. Raises RunsError: not of two or three numbers."""
    parts = line.split()
    try:
        _, value, step = (float(part) for part in (parts if len(parts) == 3 else [*parts, "0"]))
    except ValueError:
        raise RunsError(
            f"{place}: {line[:60]!r}, where timestamp, value and step are due; export the runs with "
            "mlflow.search_runs().to_csv(...), and read that"
        ) from None
    return step, value if math.isfinite(value) else math.nan


def _read_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file of a folder, under its name, in which / parts folders, and its text."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix(), decode_text(read_bytes(path), str(path))[0].strip("\n")


def _load_meta(path: Path) -> dict[str, Any]:
    """What a file says of a run or an experiment; nothing where it is not there or broken."""
    found = load_file(path)
    return found if isinstance(found, dict) else {}


def _as_number(value: Any) -> float:
    """A time as a number; 0 where there is none."""
    return float(value) if isinstance(value, int | float) else 0.0
