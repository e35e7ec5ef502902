"""How much memory there is. Loads no torch."""

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def free_memory() -> int:
    """Bytes of the machine that can still be taken, within the limit of its container."""
    bounds = [_container_memory(), _available_memory()]
    return min(bound for bound in bounds if bound is not None)


def _available_memory() -> int:
    """What the system says is available; where it does not say, half of the memory it has, or 4 GiB."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        known = hasattr(os, "sysconf") and {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= os.sysconf_names.keys()
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2 if known else 4 << 30


def _container_memory() -> int | None:
    try:
        limit, used = ((CGROUP / name).read_text(encoding="utf-8").strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return None
    return None if limit == "max" else int(limit) - int(used)
