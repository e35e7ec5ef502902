"""The machine that jobs run on, in words."""

import os
import platform
from functools import cache
from pathlib import Path


@cache
def machine_words() -> str:
    """The system and its processor, where the system tells its name. No name, no path, no address of it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = names[0] if names else platform.processor() or "unknown processor"
    return f"{platform.system()} {platform.machine()}, {processor}, {os.cpu_count()} cores"
