"""Tell glibc's allocator to keep what was freed.

An update frees and takes the same large blocks again; left alone, glibc gives each back to the system, and every page
of the next one is then cleared and mapped anew: a third of the time of a small network.
"""

import ctypes
import sys
from functools import cache

# From glibc's malloc.h.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
NEVER = 2**31 - 1
AHEAD = 64 << 20  # bytes asked of the system at once
LARGEST = 1 << 30  # blocks up to this size come from the heap


@cache
def keep_freed_memory() -> bool:
    """Set the allocator of this process, once. False where there is no glibc, and nothing happens."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    settings = ((MMAP_THRESHOLD, LARGEST), (TRIM_THRESHOLD, NEVER), (TOP_PAD, AHEAD))
    return all(mallopt(ctypes.c_int(name), ctypes.c_int(value)) for name, value in settings)
