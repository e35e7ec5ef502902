"""A table of 64 schedules x 1,000,000 updates: how long it takes on one core, and how much memory.

    python benchmarks/schedules.py [--repeats 5] [--updates 1000000]

On the clock: binding and `lrlab.schedules.table`, all three fields. Off the clock: imports and a first, small table.
The schedules are those of the catalogue, each at its defaults or as its example, taken in turn until there are 64.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import platform
import resource
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from lrlab.schedules import SCHEDULES, Horizon, Schedule, parse, table


def timed(schedules: list[Schedule], horizon: Horizon, repeats: int) -> np.ndarray:
    """Seconds on the clock and of this processor, of each of so many tables: shape (repeats, 2)."""
    seconds = []
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        rates = [schedule.bind(peak=0.1, horizon=horizon) for schedule in schedules]
        table(rates, [0.9] * len(rates), [1e-4] * len(rates))
        seconds.append((time.perf_counter() - start, time.process_time() - used))
    return np.array(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--updates", type=int, default=1_000_000)
    given = parser.parse_args()
    horizon = Horizon(updates=given.updates, updates_per_epoch=max(given.updates // 100, 1))
    catalogue = [parse(cls.written) for cls in SCHEDULES.values()]
    chosen = list(islice(cycle(catalogue), 64))
    timed(chosen, Horizon(updates=1000, updates_per_epoch=10), 1)

    seconds, used = timed(chosen, horizon, given.repeats).T
    peak_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # GiB on Linux
    size = 3 * len(chosen) * given.updates * 8 / 2**30
    print(f"{platform.processor() or platform.machine()}, {processor()}, {os.cpu_count()} cores, one used")
    print(f"python {sys.version.split()[0]}, numpy {np.__version__}, {platform.system()} {platform.release()}")
    print(f"64 schedules ({len(catalogue)} kinds) x {given.updates:,} updates x 3 fields: {size:.2f} GiB of float64")
    print(
        f"n = {len(seconds)}: median {np.median(seconds):.3f} s, lowest {seconds.min():.3f}, highest "
        f"{seconds.max():.3f}; {np.median(seconds) / 64 / given.updates * 1e9:.1f} ns a value"
    )
    print(
        f"of which this process had the core for: median {np.median(used):.3f} s, lowest {used.min():.3f}, highest "
        f"{used.max():.3f}; most memory in use {peak_memory:.2f} GiB"
    )
    print("\neach schedule alone, one table, slowest first:")
    alone = {schedule.name: timed([schedule], horizon, 3)[:, 1].min() for schedule in catalogue}
    for name, one in sorted(alone.items(), key=lambda entry: -entry[1]):
        print(f"  {name:20} {one * 1e3:7.1f} ms")


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown processor"


if __name__ == "__main__":
    main()
