"""Where a record comes from: versions and machine. No name, no path, no address of it."""

import os
import platform
from functools import cache
from pathlib import Path

import numpy as np
import torch

from .. import __version__
from ..spec import Provenance


def provenance(engine: str, device: torch.device) -> Provenance:
    """The versions, the processor and the number of threads of this process."""
    return Provenance(
        lrlab=__version__,
        python=platform.python_version(),
        torch=str(torch.__version__),
        numpy=np.__version__,
        machine=_machine_words(),
        device="cpu" if device.type == "cpu" else torch.cuda.get_device_name(device),
        threads=torch.get_num_threads(),
        engine=engine,
    )


@cache
def _machine_words() -> str:
    """The system and its processor, where the system tells its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or "unknown processor"
    return f"{platform.system()} {platform.machine()}, {processor}, {os.cpu_count()} cores"
