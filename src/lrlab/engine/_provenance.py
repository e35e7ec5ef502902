"""Where a record comes from: versions and machine. No name, no path, no address of it."""

import os
import platform
from functools import cache
from pathlib import Path

import numpy as np
import torch

from .. import __version__
from ..spec import Provenance


@cache
def provenance(engine: str) -> Provenance:
    """The versions, the processor and the number of threads of this process."""
    return Provenance(
        lrlab=__version__,
        python=platform.python_version(),
        torch=str(torch.__version__),
        numpy=np.__version__,
        machine=f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores",
        device="cpu",
        threads=torch.get_num_threads(),
        engine=engine,
    )


def _processor() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"
