"""What comes of hostile study files, names, tasks, data, stores and results through the command line?

    python benchmarks/hostile.py [--count 2000] [--jobs 2]     # writes benchmarks/results/hostile.md

Case by case, drawn from a seeded generator (`tests/support/hostile_mix.py`), each in a process and a folder of its
own: an error in words or a run; never a traceback, a hang, a sign that moves a terminal's cursor, a class that a pickle
names, or a file outside its folder. `--step 3` takes each third; `--first N --count 1 --words` shows one.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))
RESULT = HERE / "results" / "hostile.md"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"), "1")


def main() -> None:
    """Have the cases run, and write the table."""
    asked = _read_words()
    if asked.out or asked.words:
        from hostile_parts.cases import run_cases

        wrong = run_cases(range(asked.first, asked.first + asked.count, asked.step), asked.out, asked.words)
        sys.exit(bool(wrong))
    from hostile_parts.table import write_table

    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder) / f"{job}.json" for job in range(asked.jobs)]
        runs = [_start(asked, job, part) for job, part in enumerate(parts)]
        for run in runs:
            run.wait()
        outcomes = [outcome for part in parts for outcome in json.loads(part.read_text(encoding="utf-8"))]
    outcomes.sort(key=lambda outcome: outcome["number"])
    wrong = [outcome for outcome in outcomes if outcome["faults"]]
    if not asked.check:
        write_table(outcomes, asked.count, asked.step, RESULT)
    print(f"{len(outcomes)} cases: {len(wrong)} with faults")
    sys.exit(bool(wrong))


def _start(asked: argparse.Namespace, job: int, out: Path) -> "subprocess.Popen[bytes]":
    """One of the processes that run cases: each takes its turn among them."""
    first, step = asked.first + job * asked.step, asked.step * asked.jobs
    words = ["--first", first, "--step", step, "--count", asked.count - job * asked.step, "--out", out]
    return subprocess.Popen([sys.executable, __file__, *map(str, words)], env=os.environ | ONE_THREAD)


def _read_words() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--count", type=int, default=2000, help="numbers to go over")
    words.add_argument("--first", type=int, default=0, help="the first number")
    words.add_argument("--step", type=int, default=1, help="take each so many-th alone")
    words.add_argument("--jobs", type=int, default=2, help="processes at once")
    words.add_argument("--check", action="store_true", help="write nothing")
    words.add_argument("--words", action="store_true", help="print what each case was and said")
    words.add_argument("--out", help=argparse.SUPPRESS)
    return words.parse_args()


if __name__ == "__main__":
    main()
