"""Seconds per epoch and trial: the loops one would write, and what is there to use instead, side by side in one run.

    LRLAB_DATA=FOLDER python benchmarks/engine.py        # writes benchmarks/results/engine.md and engine.json
    python benchmarks/engine.py --only MLP               # one table again, the others stay
    python benchmarks/engine.py --quick --only a "b'"    # a short look at some rows; writes nothing

Every loop runs in fresh processes and the loops take turns within each repeat. On the clock: training, from the choice
of a batch to the optimizer's step, in a slice of an epoch, scaled to a whole one. Off the clock: imports, reading and
decoding the data, building the model, the first updates, and evaluation, which is timed apart. Processes that run at
the same time start their clocks together and stop after the same time. One row trains a whole epoch, to show that
slices tell the truth. What the machine can do at most is measured before each table.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine_parts._cases import MAIN, OTHERS, Case, examples, write_data
from engine_parts._frame import Budget, Loop, Measurement, as_data, measure
from engine_parts._independent import independent
from engine_parts._lightning import lightning
from engine_parts._listing import listing
from engine_parts._page import Yardsticks, best_loop, machine, ratios, spread, summary, table
from engine_parts._peak import Peak, operations, peak
from engine_parts._stacked import calibrated, choice, stacked

RESULT = Path(__file__).parent / "results" / "engine.md"
DATA = RESULT.with_suffix(".json")
REFERENCES = ("a", "b'", "b' tuned", "b' tuned last")
WARMUP = 20  # updates
OPTIMIZERS = {"sgd": "SGD with momentum 0.9", "adamw": "AdamW"}


def main_loops(case: Case) -> list[Loop]:
    """Every row of the first table."""
    return [
        listing("a", case),
        listing("a whole", case, updates=390),
        lightning("l", case, workers=2),
        lightning("l alone", case, workers=0),
        independent("b one", case, processes=1, threads=1),
        independent("b two", case, processes=1, threads=2),
        *other_loops(case),
        independent("b' tuned", case, processes=2, threads=1, tuned=True),
        stacked("K=8", case, "grouped", size=8),
        stacked("3 x 10", case, "grouped", size=15, seeds=5),
        stacked("2 threads", case, "grouped", size=16, processes=1, threads=2),
        stacked("vmap", case, "vmap", size=8),
        stacked("lanes K=1", case, "lanes", size=1),
        stacked("lanes 3 x 10", case, "lanes", size=15, seeds=5),
        stacked("lanes 2 threads", case, "lanes", size=16, processes=1, threads=2),
        independent("b' tuned last", case, processes=2, threads=1, tuned=True, channels_last=True),
    ]


def other_loops(case: Case) -> list[Loop]:
    """The rows of every other case."""
    return [
        independent("b'", case, processes=2, threads=1),
        *(own_loops(case) if case.own else []),
        stacked("one", case, "loop", size=1),
        *([stacked(f"K={case.stack}", case, "grouped", size=case.stack)] if case.stack else []),
        *([in_lanes(case)] if case.lanes else []),
        calibrated("lrlab", case),
    ]


def own_loops(case: Case) -> list[Loop]:
    """The other loops one would write for a built-in task: which is the fastest is not known before."""
    last = [independent("b' tuned last", case, processes=2, threads=1, tuned=True, channels_last=True)]
    return [
        independent("b two", case, processes=1, threads=2),
        independent("b' tuned", case, processes=2, threads=1, tuned=True),
        *(last if case.loss == "pixels" else []),
    ]


def in_lanes(case: Case) -> Loop:
    return stacked("lanes K=16", case, "lanes", size=16, processes=case.lanes, threads=2 // case.lanes)


def tables() -> list[tuple[Case, list[Loop]]]:
    return [(MAIN, main_loops(MAIN)), *((case, other_loops(case)) for case in OTHERS)]


def section(case: Case, loops: list[Loop], taken: dict[str, list[Measurement]], folder: str, most: Peak) -> str:
    augmented = f"random crop with padding {case.crop}, horizontal flip, " if case.crop else ""
    by = Yardsticks(examples(case, folder) // case.batch, operations(case, folder), most, REFERENCES)
    what = f"{case.data}, {augmented}batch {case.batch}, {by.epoch} updates an epoch, {OPTIMIZERS[case.optimizer]}, "
    what += f"{by.flop / 1e9:.3g} GFLOP per update and trial."
    if taken.get("lrlab"):
        what += f" Calibration chose: {choice(case)}."
    best = best_loop(taken)
    if best and taken.get("lrlab"):
        what += f" Against the best loop, {best}: {spread(ratios(taken['lrlab'], taken[best]), 2)} times as fast."
    return f"## {case.name}\n\n{what}\n\n{table(loops, taken, by)}\n"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="on the clock, of each loop in each repeat")
    parser.add_argument("--quick", action="store_true", help="one repeat of 1 second; nothing is written")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these rows, or these cases")
    given = parser.parse_args()
    if given.quick:
        given.repeats, given.seconds = 1, 1.0
    return given


def chosen(only: list[str] | None) -> list[tuple[Case, list[Loop]]]:
    """The tables, or what of them was asked for: rows by name, cases by name, or both."""
    everything = tables()
    if not only:
        return everything
    cases = {case.name for case, _ in everything} & set(only)
    rows = {loop.name for _, loops in everything for loop in loops} & set(only)
    if unknown := set(only) - cases - rows:
        names = sorted({loop.name for _, loops in everything for loop in loops})
        raise SystemExit(
            f"nothing is called {sorted(unknown)}; rows: {names}; cases: {[c.name for c, _ in everything]}"
        )
    kept = [(case, [loop for loop in loops if not rows or loop.name in rows]) for case, loops in everything]
    return [(case, loops) for case, loops in kept if loops and (case.name in cases or not cases)]


def write(kept: dict[str, dict[str, object]]) -> str:
    """The page of all cases that were ever measured as a whole, in order; and the same as data."""
    how = (
        "Median (lowest to highest) of n repeats in which the loops took turns, scaled to an epoch. Ratios, above 1 "
        "where the row is faster, are taken repeat by repeat. cores: in use by the processes that train, those that "
        "only load data left out. Trials of a stack that share a seed share their augmented batches too; every other "
        "loop makes its own. GFLOP/s: 2 for each multiply-add of convolutions and linear layers, counted on the model, "
        "times the batch and three (forward, backward to the weights and to the inputs), less the gradient of the "
        "images, which nobody needs; over the seconds per update and trial. % of peak: of what all cores do at once in "
        "float32, measured just before the table, so a row on one of two cores reaches half at most. Made by "
        "`benchmarks/engine.py`, which says what is on the clock."
    )
    cases = [case.name for case, _ in tables() if case.name in kept]
    read = {name: {row: [Measurement(**one) for one in rows] for row, rows in measured(kept[name])} for name in cases}
    parts = [f"{kept[case.name]['section']}\n{kept[case.name]['how']}\n" for case, _ in tables() if case.name in kept]
    RESULT.write_text(
        f"# Seconds per epoch and trial\n\n{how}\n\n{summary(read)}\n" + "\n".join(parts), encoding="utf-8"
    )
    DATA.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return RESULT.read_text(encoding="utf-8")


def measured(kept: dict[str, Any]) -> Iterable[tuple[str, list[dict[str, float]]]]:
    """The rows of a case, as `as_data` gave them."""
    return kept["measurements"].items()


def main() -> None:
    given = arguments()
    wanted = chosen(given.only)
    kept = json.loads(DATA.read_text(encoding="utf-8")) if DATA.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        for name in {case.data for case, _ in wanted}:
            write_data(name, Path(folder))
        budget = Budget(folder, given.seconds, WARMUP)
        for case, loops in wanted:
            how = f"{machine()}; load {os.getloadavg()[0]:.1f} when it began, {given.seconds:g} seconds on the clock; "
            most = peak()
            how += f"{most}."
            taken = measure(loops, budget, given.repeats)
            text = section(case, loops, taken, folder, most)
            print(f"{text}\n{how}\n")
            if not given.quick and [loop.name for loop in loops] == names_of(case):
                kept[case.name] = {"section": text, "how": how, "peak": most.gflops, "measurements": as_data(taken)}
                write(kept)


def names_of(case: Case) -> list[str]:
    """The rows of a whole case."""
    return [loop.name for other, loops in tables() if other == case for loop in loops]


if __name__ == "__main__":
    main()
