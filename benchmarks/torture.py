"""Does the same command after any interruption leave what a run leaves that was never interrupted?

    make torture                                  # every point, sixty kills; writes benchmarks/results/torture.md
    python benchmarks/torture.py --share 0.2      # a fifth of the points, drawn by --seed; writes nothing
    python benchmarks/torture.py --only "worker, rename 3: EIO"

SQLite's method: a small study (three contenders, one of them a rule, a rung of halving, a checkpoint after every
update) is run again and again, and each time another one of the system calls with which it writes goes wrong: the
first, the second, and so on, until a run has none left. After each the same command is run without a fault, and its
records, arrays, answer and files are compared with those of a run without any: all equal, except times in records.

Then a longer study is killed at random moments: how much is trained twice, and what a kill costs in seconds.

What was tried is kept in --keep, so that the same command goes on; a point is tried again once that file is removed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from math import inf
from pathlib import Path

from torture_parts._bench import Bench, open_bench
from torture_parts._faults import compiler
from torture_parts._kills import Kill, kill_at_random, measure_whole
from torture_parts._page import lines_of_kills, lines_of_points, words_of_machine
from torture_parts._points import Point, Tried, all_points, draw_points

from lrlab.execution import usable_cores

RESULT = Path(__file__).parent / "results" / "torture.md"
MEMORY = Path("/dev/shm")  # where files cost least


def read_words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="share of the points that are tried")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of points and moments")
    parser.add_argument("--jobs", type=int, default=usable_cores(), help="points that are tried at once")
    parser.add_argument("--minutes", type=float, default=inf, help="after which no other point is begun")
    parser.add_argument("--kills", type=int, default=60, help="kills at random moments")
    parser.add_argument("--only", default="", help="points alone whose names begin so")
    parser.add_argument("--keep", type=Path, default=Path("lrlab-results/torture.jsonl"), help="what was tried")
    return parser.parse_args()


def read_kept(path: Path) -> list[Tried]:
    """What was tried before."""
    if not path.exists():
        return []
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Tried(Point(*point), fired, place, *map(_as_tuple, rest)) for point, fired, place, *rest in lines]


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def try_all(bench: Bench, words: argparse.Namespace) -> tuple[list[Tried], int]:
    """Try what was not tried before; all that was tried, and how many points there are."""
    every = all_points(bench.starts)
    asked = draw_points([point for point in every if point.name.startswith(words.only)], words.share, words.seed)
    kept = {} if words.only else {one.point: one for one in read_kept(words.keep)}
    left = [point for point in asked if point not in kept]
    words.keep.parent.mkdir(parents=True, exist_ok=True)
    with words.keep.open("a", encoding="utf-8") as file:

        def tell(tried: Tried) -> None:
            kept[tried.point] = tried
            if not words.only:
                print(json.dumps(tried), file=file, flush=True)
            if tried.faults or words.only or len(kept) % 50 == 0:
                print(f"{len(kept)} of {len(asked)}: {tried.point.name}, {tried.path}: {tried.codes} {tried.said}")
                print(*(f"  WRONG: {fault}" for fault in tried.faults), sep="\n", end="", flush=True)

        bench.try_points(left, tell, 60 * words.minutes)
    return [kept[point] for point in asked if point in kept], len(every)


def kill_all(bench: Bench, words: argparse.Namespace) -> tuple[list[Kill], Sequence[float]]:
    """Kills at random moments, one after the other; and how long runs take that nobody kills."""
    if not words.kills or words.only:
        return [], []
    place = bench.places[0]
    whole = measure_whole(*place)
    kills = kill_at_random(*place, whole, words.kills, words.seed, lambda kill: print(kill, flush=True))
    return kills, whole.seconds


def main() -> int:
    """How many points and kills left something wrong, as the exit code."""
    if compiler() is None:
        print("needs a C compiler: install gcc or clang")
        return 2
    words = read_words()
    scratch = tempfile.mkdtemp(prefix="lrlab-torture-", dir=MEMORY if MEMORY.is_dir() else None)
    with open_bench(Path(scratch) / "bench", words.jobs) as bench:
        tried, planned = try_all(bench, words)
        kills, seconds = kill_all(bench, words)
    Path(scratch).rmdir()
    lines = list(lines_of_points(tried, planned))
    lines += ["", "## Kills at random moments", "", *lines_of_kills(kills, seconds)] if kills else []
    print("\n".join(lines))
    if words.share == 1.0 and not words.only:
        head = [
            "# Faults at every call, and kills at any moment",
            "",
            "Made by `make torture`.",
            "",
            words_of_machine(),
        ]
        RESULT.write_text("\n".join([*head, "", "## A fault at every call", "", *lines, ""]), encoding="utf-8")
    return min(sum(bool(one.faults) for one in [*tried, *kills]), 100)


if __name__ == "__main__":
    sys.exit(main())
