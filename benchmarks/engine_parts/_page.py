"""The page: a table for each case, ratios taken repeat by repeat."""

import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from ._frame import Loop, Measurement
from ._peak import Peak, cores

VERSIONS = ("lrlab", "torch", "numpy", "pillow", "lightning", "optuna")


def spread(values: Sequence[float], digits: int) -> str:
    """The median, and the range where there is more than one."""
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def ratios(row: list[Measurement], reference: list[Measurement]) -> list[float]:
    """How many times faster a row is than its reference, in each repeat that has both."""
    return [there.milliseconds / here.milliseconds for here, there in zip(row, reference, strict=False)]


class Yardsticks(NamedTuple):
    """What rows are measured against.

    epoch: its updates. flop: of one update of one trial. references: the rows every other is compared with, where they
    were run.
    """

    epoch: int
    flop: float
    peak: Peak
    references: Sequence[str]


def table(loops: Sequence[Loop], taken: dict[str, list[Measurement]], by: Yardsticks) -> str:
    """Markdown."""
    by = by._replace(references=[name for name in by.references if taken.get(name)])
    heads = ["row", "what", "s per epoch and trial", "ms per update and trial"]
    heads += [f"x {name}" for name in by.references]
    heads += ["s per evaluation and trial", "cores", "MiB", "loss, first to last updates", "n", "GFLOP/s", "% of peak"]
    lines = ["| " + " | ".join(heads) + " |", "| --- | --- |" + " ---: |" * (len(heads) - 2)]
    lines += [_row(loop, taken, by) for loop in loops if taken[loop.name]]
    skipped = [f"Left out: {loop.name}, {loop.what}; {loop.missing}." for loop in loops if loop.missing]
    return "\n".join(lines + [""] * bool(skipped) + skipped)


def _row(loop: Loop, taken: dict[str, list[Measurement]], by: Yardsticks) -> str:
    row = taken[loop.name]
    times = [one.milliseconds for one in row]
    cells = [loop.name, loop.what, spread([ms * by.epoch / 1e3 for ms in times], 2), spread(times, 2)]
    cells += ["" if name == loop.name else spread(ratios(row, taken[name]), 2) for name in by.references]
    cells.append(f"{statistics.median(one.evaluate_seconds for one in row):.3f}")
    cells.append(f"{statistics.median(one.processor_seconds / one.wall_seconds for one in row):.2f}")
    cells.append(f"{max(one.peak_memory for one in row):.0f}")
    first, last = statistics.median(one.first_loss for one in row), statistics.median(one.last_loss for one in row)
    gflops = statistics.median(by.flop / ms / 1e6 for ms in times)
    cells += [f"{first:.3f} to {last:.3f}", str(len(row)), f"{gflops:.1f}", f"{100 * gflops / by.peak.gflops:.0f}"]
    return "| " + " | ".join(cells) + " |"


def best_loop(taken: dict[str, list[Measurement]]) -> str | None:
    """The fastest of the loops in memory that one would write, by the median; None where none was run."""
    there = [name for name in taken if name.startswith("b") and taken[name]]
    return min(there, key=lambda name: statistics.median(one.milliseconds for one in taken[name]), default=None)


def summary(cases: dict[str, dict[str, list[Measurement]]]) -> str:
    """What calibration chose against the best loop of each case, so that a case where it loses is seen at once."""
    lines = ["| case | best loop | ms per update and trial | calibration's choice, ms | x best loop |"]
    lines.append("| --- | --- | ---: | ---: | ---: |")
    for name, taken in cases.items():
        best = best_loop(taken)
        if best is not None and taken.get("lrlab"):
            loop, ours = ([one.milliseconds for one in taken[row]] for row in (best, "lrlab"))
            ratio = spread(ratios(taken["lrlab"], taken[best]), 2)
            lines.append(f"| {name} | {best} | {spread(loop, 2)} | {spread(ours, 2)} | {ratio} |")
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Processor, system and versions, in one line."""
    names = [f"{name} {_version(name)}" for name in VERSIONS]
    system = f"{platform.system()}; Python {platform.python_version()}"
    return f"{_processor()}, {cores()} cores; {system}; {', '.join(names)}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    widest = [name for name in ("avx512f", "avx2") if any(name in line.split() for line in lines)]
    return f"{names[0] if names else platform.machine()} ({widest[0] if widest else 'no AVX2'})"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
