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

RESULT = Path(__file__).with_name("results") / "schedules.md"


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
    alone = {schedule.name: timed([schedule], horizon, 3)[:, 1].min() for schedule in catalogue}
    lines = [
        "# A table of 64 schedules\n",
        f"{platform.machine()}, {processor()}, {os.cpu_count()} cores, one used; Python {sys.version.split()[0]}, "
        f"numpy {np.__version__}, {platform.system()}.\n",
        f"64 schedules ({len(catalogue)} kinds) x {given.updates:,} updates x 3 fields, {size:.2f} GiB of float64; "
        f"n = {len(seconds)}; most memory in use {peak_memory:.2f} GiB.\n",
        "| seconds | median | lowest | highest |",
        "| --- | ---: | ---: | ---: |",
        f"| on the clock | {np.median(seconds):.2f} | {seconds.min():.2f} | {seconds.max():.2f} |",
        f"| of the core | {np.median(used):.2f} | {used.min():.2f} | {used.max():.2f} |",
        "\nEach schedule alone, one table, milliseconds of the core, lowest of 3:\n",
        "| schedule | ms |",
        "| --- | ---: |",
        *(f"| {name} | {one * 1e3:.1f} |" for name, one in sorted(alone.items(), key=lambda entry: -entry[1])),
    ]
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown processor"


if __name__ == "__main__":
    main()
