"""What the system says of processes that it ended because memory ran out."""

from contextlib import suppress
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
MACHINE = Path("/proc/vmstat")
NO_MEMORY = ("not enough memory: you tried to allocate", "out of memory", "Cannot allocate memory")  # of torch, of CUDA


def memory_kills() -> int | None:
    """How many processes were ended so far, of this container or else of the machine; None where nobody says."""
    with suppress(OSError):
        own = OWN_CGROUP.read_text(encoding="utf-8").strip().rpartition("::")[2].lstrip("/")
        found = _count(CGROUPS / own / "memory.events")
        if found is not None:
            return found
    return _count(MACHINE)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out, that of a graphics card too."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, OSError | RuntimeError) and any(words in str(error) for words in NO_MEMORY)


def _count(file: Path) -> int | None:
    with suppress(OSError, ValueError):
        for line in file.read_text(encoding="ascii").splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return None
