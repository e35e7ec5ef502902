"""Where a record comes from: versions and machine. No name, no path, no address of it."""

import platform

import numpy as np
import torch

from .. import __version__
from ..execution import machine_words
from ..spec import Provenance


def provenance(engine: str, device: torch.device) -> Provenance:
    """The versions, the processor and the number of threads of this process."""
    return Provenance(
        lrlab=__version__,
        python=platform.python_version(),
        torch=str(torch.__version__),
        numpy=np.__version__,
        machine=machine_words(),
        device="cpu" if device.type == "cpu" else torch.cuda.get_device_name(device),
        threads=torch.get_num_threads(),
        engine=engine,
    )
