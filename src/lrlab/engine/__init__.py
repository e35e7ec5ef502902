"""The engines: `train` is the reference loop, `train_stack` trains K trials as one, `perform` does a driver's jobs."""

from ._checkpoint import remove as remove_checkpoint
from ._checkpoint import share_done as share_done
from ._layouts import COMPILED as COMPILED
from ._layouts import LAYOUTS as LAYOUTS
from ._live import LiveRun as LiveRun
from ._live import live_run as live_run
from ._make_backend import BACKENDS as BACKENDS
from ._make_backend import block_size as block_size
from ._make_backend import has_lanes as has_lanes
from ._make_backend import is_available as is_available
from ._memory import course_bytes as course_bytes
from ._memory import free_bytes as free_bytes
from ._optimizer import make_optimizer as make_optimizer
from ._patience import Patience as Patience
from ._perform import perform as perform
from ._randomness import epoch_batches as epoch_batches
from ._randomness import initial_model as initial_model
from ._records import Trained as Trained
from ._reference import train as train
from ._torch_settings import torch_settings as torch_settings
from ._train_once import train_once as train_once
from ._train_stack import train_stack as train_stack
from ._verify import Deviation as Deviation
from ._verify import verify as verify

__all__ = [
    "BACKENDS",
    "COMPILED",
    "LAYOUTS",
    "Deviation",
    "LiveRun",
    "Patience",
    "Trained",
    "block_size",
    "course_bytes",
    "epoch_batches",
    "free_bytes",
    "has_lanes",
    "initial_model",
    "is_available",
    "live_run",
    "make_optimizer",
    "perform",
    "remove_checkpoint",
    "share_done",
    "torch_settings",
    "train",
    "train_once",
    "train_stack",
    "verify",
]
