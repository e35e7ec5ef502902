"""Trials as TensorBoard reads them: a folder of events each, with settings for its tab of hyperparameters."""

import logging
from importlib import import_module
from pathlib import Path
from typing import Any

from ._trial_run import TrackedTrial


class TensorBoardSink:
    """Writes below a folder, by tensorboardX. folder: of all runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._library: Any = None

    def open(self) -> None:
        """Load tensorboardX."""
        self._library = import_module("tensorboardX")
        logging.getLogger("tensorboardX.x2num").setLevel(logging.ERROR)  # each NaN would be a line on the terminal

    def write(self, run: TrackedTrial) -> None:
        """Write a trial into its folder; where it was written before, the last values count."""
        folder = str(self._folder.joinpath(*run.folders))
        # Within a second a file of the same name would be written over, and what failed may be there.
        with self._library.SummaryWriter(folder, filename_suffix=f".{run.outcome}") as writer:
            for summary in self._library.summary.hparams(run.config, run.final):
                writer.file_writer.add_summary(summary)
            for step, values in run.points:
                for name, value in values.items():
                    writer.add_scalar(name, value, step)

    def close(self) -> str:
        """Nothing is held back."""
        return f"tensorboard --logdir {self._folder} shows them"
