"""Tell glibc's allocator to keep what was freed.

An update frees and takes the same large blocks again; left alone, glibc gives each back to the system, and every page
of the next one is then cleared and mapped again: a third of the time of a small network.
"""

import ctypes
import sys
from functools import cache

# From glibc's malloc.h.
TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4
SETTINGS = {
    MMAP_MAX: 0,  # no block is mapped for itself; a large M_MMAP_THRESHOLD is refused
    TRIM_THRESHOLD: 2**31 - 1,  # nothing is given back
    TOP_PAD: 256 << 20,  # bytes asked of the system at once
}


@cache
def keep_freed_memory() -> bool:
    """Set the allocator of this process, once. False where there is no glibc, and nothing happens."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    taken = [mallopt(ctypes.c_int(name), ctypes.c_int(value)) for name, value in SETTINGS.items()]
    return all(taken)
