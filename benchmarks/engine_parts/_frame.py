"""The frame: loops, each timed in fresh processes, that take turns within every repeat."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ._cases import Case


@dataclass(frozen=True)
class Budget:
    """How long a loop is on the clock, and where its data is."""

    folder: str
    seconds: float
    warmup: int = 10


@dataclass(frozen=True)
class Measurement:
    """updates: on the clock, those of all trials together. trials: how many are in training at the same time.

    wall_seconds: so long they took; processes differ by less than an update, and their rates are added.
    processor_seconds: of the processes that train, those that only load data left out; below wall_seconds times cores
    in use where somebody else was at work on the machine. evaluate_seconds: of one look at all test examples, per
    trial. peak_memory: MiB, of all processes that train. first_loss and last_loss: means of the first and the last ten
    updates, or fewer, the warm-up included.
    """

    updates: int
    trials: int
    wall_seconds: float
    processor_seconds: float
    evaluate_seconds: float
    peak_memory: float
    first_loss: float
    last_loss: float

    @property
    def milliseconds(self) -> float:
        """Per update and trial."""
        return self.wall_seconds / self.updates * 1e3


@dataclass(frozen=True)
class Loop:
    """A row of a table: a way to train a case. `once`: in the first repeat alone. `missing`: why it cannot run here."""

    name: str
    what: str
    case: Case
    run: Callable[[Budget], Measurement]
    once: bool = False
    missing: str = ""


def launch(
    entry: str,
    arguments: dict[str, Any],
    budget: Budget,
    *,
    processes: int = 1,
    threads: int = 1,
    trials: int = 1,
    updates: int = 0,
    parts: int = 1,
) -> Measurement:
    """Runs `module:function(watch, folder=, process=, **arguments)` in so many processes of so many threads.

    They prepare and warm up each for itself, start the clock together, and stop after the same time. `trials`: in
    training at the same time in each. `updates`: a fixed number of updates instead of a time, without a warm-up.
    """
    watch = {"seconds": budget.seconds, "updates": updates, "warmup": 0 if updates else budget.warmup, "parts": parts}
    running: list[subprocess.Popen[str]] = []
    try:
        for process in range(processes):
            given = {**arguments, "folder": budget.folder, "process": process}
            running.append(_worker({"entry": entry, "watch": watch, "arguments": given}, threads))
        for worker in running:
            if not worker.stdout or worker.stdout.readline().strip() != "READY":
                raise SystemExit(f"{entry}: a process ended before its first update; what it said is above")
        results = [json.loads(answer) for answer in _answers(running)]
        for worker in running:
            worker.wait()  # with its own workers, which would disturb the next loop
    finally:
        for worker in running:
            worker.kill()
            worker.wait()
    return _together(results, trials)


def measure(loops: Sequence[Loop], budget: Budget, repeats: int) -> dict[str, list[Measurement]]:
    """The measurements of each loop by name, repeat by repeat."""
    taken: dict[str, list[Measurement]] = {loop.name: [] for loop in loops}
    for repeat in range(repeats):
        for loop in loops:
            if loop.missing or (loop.once and repeat):
                continue
            taken[loop.name].append(loop.run(budget))
            latest = taken[loop.name][-1]
            print(f"{repeat + 1}/{repeats} {loop.case.name}: {loop.name}: {latest.milliseconds:.2f} ms", flush=True)
    return taken


def as_data(taken: dict[str, list[Measurement]]) -> dict[str, list[dict[str, float]]]:
    return {name: [asdict(one) for one in measurements] for name, measurements in taken.items()}


def _worker(request: dict[str, Any], threads: int) -> subprocess.Popen[str]:
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "engine_parts._worker", json.dumps(request)]
    folder = Path(__file__).parents[1]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, text=True)


def _answers(running: list[subprocess.Popen[str]]) -> list[str]:
    for worker in running:
        if worker.stdin:
            worker.stdin.write("GO\n")
            worker.stdin.flush()
    answers = [worker.stdout.readline() if worker.stdout else "" for worker in running]
    if not all(answers):
        raise SystemExit("a process ended before it answered; what it said is above")
    return answers


def _together(results: list[dict[str, float]], trials: int) -> Measurement:
    def mean(name: str) -> float:
        return sum(result[name] for result in results) / len(results)

    updates = sum(result["updates"] for result in results)
    return Measurement(
        updates=int(updates),
        trials=trials * len(results),
        wall_seconds=updates / sum(result["updates"] / result["wall"] for result in results),
        processor_seconds=sum(result["processor"] for result in results),
        evaluate_seconds=max(result["evaluate"] for result in results) / len(results),
        peak_memory=sum(result["memory"] for result in results),
        first_loss=mean("first"),
        last_loss=mean("last"),
    )
