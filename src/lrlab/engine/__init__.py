"""The engines. `train` is the reference loop; `run_trial` is the same for executors, JSON in and out."""

from ._entry import run_trial as run_trial
from ._randomness import epoch_batches as epoch_batches
from ._randomness import initial_model as initial_model
from ._reference import Trained as Trained
from ._reference import train as train

__all__ = ["Trained", "epoch_batches", "initial_model", "run_trial", "train"]
