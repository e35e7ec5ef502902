"""Trials as runs of Trackio: a group for each study."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ._sink import Destination
from ._trial_run import TrackedTrial


class TrackioSink:
    """Writes by trackio, where it keeps its projects."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._library: Any = None

    def open(self) -> None:
        """Load trackio, and silence it."""
        self._library = import_module("trackio")
        for name in ("trackio", "trackio.run", "trackio.utils"):
            # It prints on standard output, which is the answer's; to redirect that would be for all threads.
            vars(sys.modules.get(name, self._library))["print"] = _print_nothing

    def write(self, run: TrackedTrial) -> None:
        """Write a trial as a run."""
        tracked = self._library.init(
            project=self._project,
            name=run.name,
            group=run.study.name,
            config=run.config,
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )
        for step, values in run.points:
            tracked.log(values, step=step)
        tracked.finish()

    def close(self) -> str:
        """Every run was finished."""
        return f'trackio show --project "{self._project}" shows them'


def find_trackio(project: str) -> Destination:
    """The folder in which trackio keeps its projects."""
    home = Path(os.environ.get("HF_HOME") or "~/.cache/huggingface").expanduser()
    folder = Path(os.environ.get("TRACKIO_DIR") or home / "trackio").expanduser().absolute()
    return Destination(f"{project} in {folder}", (folder,))


def _print_nothing(*_: object, **__: object) -> None: ...
