"""Trials as runs of MLflow: an experiment for each study, settings as params."""

import os
import re
import time
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ._sink import Destination
from ._trial_run import TrackedTrial

LONGEST_VALUE, MOST_PARAMS, MOST_METRICS = 6000, 100, 1000  # that a server takes at once
STRANGE = re.compile(r"[^\w\-./ ]")  # signs that no name of a metric or param may have


class MlflowSink:
    """Writes by MLflow's client. uri: of the server or database; "": what MLflow itself would take."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._client: Any = None
        self._entities: Any = None
        self._experiments: dict[str, str] = {}

    def open(self) -> None:
        """Make the client; a server is reached with the first trial."""
        self._client = import_module("mlflow").MlflowClient(tracking_uri=self._uri or None)
        self._entities = import_module("mlflow.entities")

    def write(self, run: TrackedTrial) -> None:
        """Write a trial as a run: its settings, then all values in as few calls as a server takes."""
        metric, param, tag = self._entities.Metric, self._entities.Param, self._entities.RunTag
        now = int(time.time() * 1000)
        run_id = self._client.create_run(self._find_experiment(run.study.name), run_name=run.name).info.run_id
        params = [param(STRANGE.sub("_", name), str(value)[:LONGEST_VALUE]) for name, value in run.config.items()]
        metrics = [
            metric(STRANGE.sub("_", name), value, now, step)
            for step, values in run.points
            for name, value in values.items()
        ]
        tags = [tag("phase", run.phase), tag("outcome", run.outcome)]
        self._client.log_batch(run_id, tags=[*tags, tag("why", run.message)] if run.message else tags)
        for some in _cut_into(params, MOST_PARAMS):
            self._client.log_batch(run_id, params=some)
        for some in _cut_into(metrics, MOST_METRICS):
            self._client.log_batch(run_id, metrics=some)
        self._client.set_terminated(run_id, "FAILED" if run.record is None else "FINISHED")

    def close(self) -> str:
        """Nothing is held back."""
        look = (
            f"mlflow ui --backend-store-uri {self._uri}"
            if self._uri.startswith("sqlite:")
            else self._uri or "mlflow ui"
        )
        return f"{look} shows them"

    def _find_experiment(self, name: str) -> str:
        """The experiment of a study, made where there is none."""
        if name not in self._experiments:
            found = self._client.get_experiment_by_name(name)
            self._experiments[name] = self._client.create_experiment(name) if found is None else found.experiment_id
        return self._experiments[name]


def find_mlflow(uri: str) -> Destination:
    """The server; or the file or folder that a database of SQLite, or an address of files, leads to from here."""
    uri = uri or os.environ.get("MLFLOW_TRACKING_URI", "")
    if not uri:  # MLflow's own: a database or, before version 3.7, a folder
        here = Path.cwd()
        return Destination(f"in {here}", (here / "mlflow.db", here / "mlruns"))
    if uri.startswith("sqlite:///"):
        file = Path(uri.removeprefix("sqlite:///").partition("?")[0]).absolute()
        return Destination(f"sqlite:///{file}", (file,))
    if uri.startswith("databricks") or ("://" in uri and not uri.startswith("file:")):
        return Destination(uri)
    folder = Path(unquote(urlsplit(uri).path) if uri.startswith("file:") else uri).absolute()
    return Destination(str(folder), (folder,))


def without_password(address: str) -> str:
    """An address without the name and password in it.

    >>> without_password("https://me:secret@host:5000/x")
    'https://host:5000/x'
    """
    return re.sub(r"//[^/\s]*@", "//", address)


def _cut_into(items: list[Any], most: int) -> list[list[Any]]:
    return [items[start : start + most] for start in range(0, len(items), most)]
