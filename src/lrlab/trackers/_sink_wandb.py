"""Trials as runs of Weights & Biases: a group for each study, a type of job for each phase."""

import os
from importlib import import_module
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ._sink import Destination
from ._trial_run import TrackedTrial


class WandbSink:
    """Writes by wandb; offline where nobody has logged in, as it would ask for a key on the terminal."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._library: Any = None
        self._settings: Any = None
        self._mode: Any = None

    def open(self) -> None:
        """Load wandb, and see whether somebody has logged in."""
        self._library = import_module("wandb")
        self._settings = self._library.Settings(console="off", silent=True, disable_git=True, save_code=False)
        asked = os.environ.get("WANDB_MODE")
        self._mode = asked or ("online" if _has_logged_in(self._library) else "offline")

    def write(self, run: TrackedTrial) -> None:
        """Write a trial as a run; its identity is the trial's, so that W&B joins what was written twice."""
        tracked = self._library.init(
            project=self._project,
            group=run.study.name,
            job_type=run.phase,
            name=run.name,
            id=f"{run.study.name[:80]}-{run.trial.key}" if run.record else None,
            config=run.config,
            notes=run.message or None,
            mode=self._mode,
            reinit="create_new",
            resume="allow" if run.record and self._mode == "online" else None,
            settings=self._settings,
        )
        for step, values in run.points:
            tracked.log(values, step=step)
        tracked.summary.update({"outcome": run.outcome, **run.final})
        tracked.finish(exit_code=1 if run.record is None else 0)

    def close(self) -> str:
        """Every run was finished."""
        if self._mode == "offline":
            return f"they are in {os.environ.get('WANDB_DIR', '.')}/wandb; wandb sync --sync-all uploads them"
        return f"they are in the project {self._project}"


def find_wandb(project: str) -> Destination:
    """The folder of runs that are kept here; of others the project, with server and account where they are named."""
    mode = os.environ.get("WANDB_MODE") or ("online" if _has_key() else "offline")
    if mode in ("offline", "dryrun"):
        folder = Path(os.environ.get("WANDB_DIR") or ".").absolute()
        return Destination(f"{project} offline in {folder}", (folder / "wandb", folder / ".wandb"))
    told = [os.environ.get(name, "") for name in ("WANDB_BASE_URL", "WANDB_ENTITY")]
    return Destination(" ".join([project, *filter(None, told)]))


def _has_key() -> bool:
    """Whether a key for the server lies where wandb looks for one; wandb itself is loaded later, in another thread."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = urlsplit(os.environ.get("WANDB_BASE_URL") or "https://api.wandb.ai").hostname
    files = (Path(os.environ.get("NETRC") or "~/.netrc").expanduser(), Path("~/_netrc").expanduser())
    for file in files:
        try:
            if host in netrc(file).hosts:
                return True
        except (OSError, UnicodeError, NetrcParseError):
            continue
    return False


def _has_logged_in(wandb: Any) -> bool:
    """Whether a key is at hand; nothing is asked on the terminal."""
    try:
        return bool(wandb.login(prompt=False))
    except TypeError:  # wandb before 0.31 has no such question
        return bool(wandb.api.api_key)
