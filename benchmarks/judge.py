"""How long does `lrlab judge` take, as a process, and what does it say of the kept results of the published studies?

    python benchmarks/judge.py [--runs N]     # writes benchmarks/results/judge.md
    python benchmarks/judge.py --answers      # only what it says of the kept results, whenever these grew

Each table is judged `--runs` times, the tables taking turns, so that a busy machine slows all of them alike. Seconds
are those of the whole command, from its start to its end, and those of the processor in it. Nothing is off the clock.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars

import lrlab
from lrlab.errors import RunsError

HERE = Path(__file__).parent
RESULT, KEPT = HERE / "results" / "judge.md", HERE.parent / "results"
SHAPES = [(2, 500, True), (10, 100, True), (20, 50, True), (100, 10, True), (2, 500, False), (10, 100, False)]
HEADING = "## The kept results of the published studies"
ASKED = {  # of each kept part, what is asked: an arm that the others are compared with, where all pairs are too many
    "decay-curves/reduced": "constant",
    "decay-rules/reduced": "sgd",
    "decay-rules/full": "sgd",
    "googlenet-schedules/reduced": None,
    "initial-rate/full": None,
}


def write_runs(path: Path, arms: int, seeds: int, paired: bool) -> None:
    """So many arms whose runs share the luck of a seed, the best a point above the worst."""
    rng = np.random.default_rng(0)
    luck = rng.normal(scale=0.02, size=seeds) * paired
    rows = [
        {"arm": f"arm-{arm}"} | ({"seed": seed} if paired else {}) | {"accuracy": 0.8 + 0.01 * arm / arms + value}
        for arm in range(arms)
        for seed, value in enumerate(luck + rng.normal(scale=0.01, size=seeds))
    ]
    polars.DataFrame(rows).write_csv(path)


def seconds_of(command: list[str]) -> tuple[float, float]:
    """Of a command: by the clock, and of the processor."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    passed, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def time_tables(runs: int) -> list[str]:
    """A line of the table for each shape, and for a command that judges nothing."""
    with tempfile.TemporaryDirectory() as folder:
        commands, program = {}, str(Path(sys.executable).with_name("lrlab"))
        for arms, seeds, paired in SHAPES:
            path = Path(folder) / f"{arms}-{seeds}-{paired}.csv"
            write_runs(path, arms, seeds, paired)
            commands[f"{arms} arms of {seeds} runs, {'paired' if paired else 'not paired'}"] = [
                program,
                "judge",
                str(path),
            ]
        commands["`lrlab --version`"] = [program, "--version"]
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                found[name].append(seconds_of(command))
    return [f"| {name} | {' | '.join(map(in_words, zip(*times, strict=True)))} |" for name, times in found.items()]


def in_words(seconds: tuple[float, ...]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"


def judge_kept() -> list[str]:
    """What is said of each part of the kept results."""
    lines = []
    for name, baseline in ASKED.items():
        frame = polars.read_parquet(KEPT / name / "records.parquet")
        for part in frame["part"].unique(maintain_order=True):
            lines += [f"### {part}, {name.partition('/')[2]}", ""]
            try:
                judged = lrlab.judge(frame.filter(polars.col("part") == part), baseline=baseline)
            except RunsError as error:  # a part of which too few seeds are there yet
                lines += [f"Not judged: {error}.", ""]
                continue
            lines += [judged.answer, "", judged.judgement.pairing, ""]
            lines += [*(f"- {note}" for note in judged.judgement.notes), ""]
    return lines


def measured(runs: int) -> list[str]:
    """How long it takes."""
    return [
        "# `lrlab judge`: how long it takes, and what it says of the kept results",
        "",
        f"Made by `benchmarks/judge.py`. Seconds of the whole command, median (least to most) of {runs} runs that took "
        f"turns; load of the machine at the start {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, OMP_NUM_THREADS="
        f"{os.environ.get('OMP_NUM_THREADS', 'not set')}.",
        "",
        f"{platform.machine()}; {platform.system()}; Python {platform.python_version()}; numpy {np.__version__}; scipy "
        f"{version('scipy')}; polars {polars.__version__}; lrlab {lrlab.__version__}.",
        "",
        "| 1,000 runs | by the clock | of the processor |",
        "| --- | ---: | ---: |",
        *time_tables(runs),
        "",
    ]


def answers() -> str:
    """The section on the kept results, with its heading."""
    lines = [
        HEADING,
        "",
        "Each study was asked for its leader where ten seeds carry all pairs of its arms, else each arm against the "
        "one named in `benchmarks/judge.py`.",
        "",
        *judge_kept(),
    ]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--answers", action="store_true", help="renew what it says, and keep what was timed")
    given = parser.parse_args()
    if given.answers:
        timed = RESULT.read_text(encoding="utf-8").partition(HEADING)[0]
    else:
        timed = "\n".join(measured(given.runs)) + "\n"
    RESULT.write_text(timed + answers(), encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
