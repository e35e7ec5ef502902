"""What one call of `step()` costs: lrlab's Scheduler beside torch's LambdaLR and SequentialLR, in one run.

    python benchmarks/scheduler.py            # writes benchmarks/results/scheduler.md
    python benchmarks/scheduler.py --check    # fails unless no slower than LambdaLR and at most half of SequentialLR

Every contender gives the same curve, a warm-up and half a cosine, over an optimizer that does nothing. The contenders
take turns within each repeat, so that a busy machine slows all of them alike. Two costs, in nanoseconds per update:
`step()` alone, by a clock around each call; and what a scheduler adds to a loop of `optimizer.step()` and `step()`,
against the bare loop: the hooks on the optimizer included.
"""

import argparse
import math
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, LRScheduler, SequentialLR

import lrlab
from lrlab.adapters import Scheduler

UPDATES, WARMUP, TURN = 4_000, 400, 40
RESULT = Path(__file__).parent / "results" / "scheduler.md"
OURS, LAMBDA, CHEAPEST, SEQUENTIAL = "lrlab Scheduler", "LambdaLR", "LambdaLR, a constant", "SequentialLR"


class Still(Optimizer):
    """An optimizer that makes its updates to nothing."""

    def __init__(self, groups: int) -> None:
        super().__init__([{"params": [torch.zeros(1)]} for _ in range(groups)], {"lr": 0.1})

    def step(self, closure: object = None) -> None:
        pass


def factor(t: int) -> float:
    if t < WARMUP:
        return (t + 1) / (WARMUP + 1)
    return (1 + math.cos(math.pi * (t - WARMUP) / (UPDATES - WARMUP))) / 2


def sequential(optimizer: Optimizer) -> LRScheduler:
    parts = [
        LinearLR(optimizer, 1 / (WARMUP + 1), total_iters=WARMUP),
        CosineAnnealingLR(optimizer, UPDATES - WARMUP),
    ]
    return SequentialLR(optimizer, parts, [WARMUP])


CONTENDERS: dict[str, Callable[[Optimizer], LRScheduler]] = {
    OURS: lambda optimizer: Scheduler(optimizer, f"warmup(span={WARMUP} updates)+cosine", updates=UPDATES),
    LAMBDA: lambda optimizer: LambdaLR(optimizer, factor),
    CHEAPEST: lambda optimizer: LambdaLR(optimizer, lambda _: 1.0),
    SEQUENTIAL: sequential,
}


def alone(build: Callable[[Optimizer], LRScheduler] | None, groups: int) -> float:
    """Nanoseconds per call of `step()`, the clock's own included."""
    optimizer, clock, total = Still(groups), time.perf_counter_ns, 0
    step = build(optimizer).step if build else lambda: None
    for _ in range(UPDATES):
        optimizer.step()
        begin = clock()
        step()
        total += clock() - begin
    return total / UPDATES


def added(build: Callable[[Optimizer], LRScheduler], groups: int) -> float:
    """Nanoseconds per update by which `step()` and its hooks lengthen a loop of `optimizer.step()`.

    The bare loop and the other take turns every few updates: the optimizer's own step takes longer than what is added.
    """
    bare, optimizer = Still(groups), Still(groups)
    step, differences = build(optimizer).step, []
    for _ in range(UPDATES // TURN):
        begin = time.perf_counter_ns()
        for _ in range(TURN):
            bare.step()
        middle = time.perf_counter_ns()
        for _ in range(TURN):
            optimizer.step()
            step()
        differences.append((time.perf_counter_ns() - middle) - (middle - begin))
    return statistics.median(differences) / TURN


def measure(repeats: int, groups: int) -> dict[str, tuple[list[float], list[float]]]:
    """For each contender, its cost in every repeat, alone and in the loop."""
    costs: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in CONTENDERS}
    for _ in range(repeats):
        nothing = alone(None, groups)
        for name, build in CONTENDERS.items():
            costs[name][0].append(alone(build, groups) - nothing)
            costs[name][1].append(added(build, groups))
    return costs


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"


def spread(costs: list[float]) -> str:
    low, median, high = statistics.quantiles(costs, n=4)
    return f"{median:,.0f} ({low:,.0f} to {high:,.0f})"


def page(results: dict[int, dict[str, tuple[list[float], list[float]]]], repeats: int) -> str:
    lines = [
        "# What one call of `step()` costs",
        "",
        f"Nanoseconds per update, median (and quartiles) of {repeats} interleaved repeats of {UPDATES:,} updates, "
        "the cost of doing nothing taken off. Made by `benchmarks/scheduler.py`, which says what is measured.",
        "",
        f"{processor()}; {platform.system()}; Python {platform.python_version()}; torch {torch.__version__}; "
        f"lrlab {lrlab.__version__}.",
    ]
    for groups, costs in results.items():
        lines += ["", f"## {groups} group{'s' * (groups > 1)}", "", "| | `step()` alone | added to the loop |"]
        lines += ["| --- | ---: | ---: |"]
        lines += [f"| {name} | {spread(alone)} | {spread(loop)} |" for name, (alone, loop) in costs.items()]
        for name in (LAMBDA, CHEAPEST, SEQUENTIAL):
            ratios = [ours / theirs for ours, theirs in zip(costs[OURS][0], costs[name][0], strict=True)]
            low, median, high = statistics.quantiles(ratios, n=4)
            lines += [
                "",
                f"`step()` alone is {median:.2f} ({low:.2f} to {high:.2f}) of that of {name}, repeat by repeat.",
            ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--check", action="store_true", help="fail where the promise is not kept; write nothing")
    arguments = parser.parse_args()
    results = {groups: measure(arguments.repeats, groups) for groups in (1, 4)}
    print(page(results, arguments.repeats))
    if not arguments.check:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(page(results, arguments.repeats), encoding="utf-8")
        return
    for groups, costs in results.items():
        for kind, where in enumerate(("alone", "in the loop")):
            ours, plain, joined = (statistics.median(costs[name][kind]) for name in (OURS, CHEAPEST, SEQUENTIAL))
            if ours > plain or ours > joined / 2:
                raise SystemExit(f"{groups} groups, {where}: {ours:.0f} ns against {plain:.0f} and {joined:.0f}")


if __name__ == "__main__":
    main()
