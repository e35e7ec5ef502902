"""Do models merged from one run at constant rate stand in for cooldowns? Writes `results/decays.md`.

    python benchmarks/decays.py [--cases 4] [--seeds 10] [--store FILE]

Two tasks at two peaks, 20 epochs: two curves, three cooldowns and two horizons. What is stored is not trained again.
"""

import argparse
import platform
from pathlib import Path

import numpy
import torch

import lrlab
from lrlab.report import decay_table

RESULTS = Path(__file__).parent / "results" / "decays.md"
CASES = (("digits/mlp", 0.1), ("digits/convnet", 0.1), ("digits/mlp", 0.03), ("digits/convnet", 0.03))
HEAD = """# One run, all decays

{answer}

A model merged from one run at constant rate, `merged(of=wsd(..))` of [averages.md](../../docs/averages.md), beside runs
from the same seed and batches whose rate was truly lowered. Test accuracy, means over {seeds} paired seeds; SGD with
momentum 0.9, batch size 32, 20 epochs, no warm-up. Differences are merged minus cooled down, with the interval of the
sign-flip test, 95 %; verdicts are adjusted for the questions of their table; "within the margin" is within one point.
"constant" is the run itself at that horizon, without a decay. Made by `benchmarks/decays.py` on {machine}, torch
{torch}, numpy {numpy}, lrlab {version}.
"""


def main() -> None:
    """Run, print and write, case by case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=len(CASES), help="how many of the cases, in their order")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--store", default="lrlab-results/decays.db")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    parts, verdicts = list[str](), list[str]()
    for task, peak in CASES[: asked.cases]:
        how = {"seeds": asked.seeds, "store": asked.store, "workers": asked.workers}
        results = lrlab.decays(task, peak=peak, epochs=20, **how)
        parts.append(f"## {task} at {peak:g}\n\n{results.answer}\n\n{_markdown(decay_table(results.test))}\n")
        verdicts += [row.verdict for row in results.test.rows]
        print(parts[-1], flush=True)
        RESULTS.write_text("\n".join([_head(asked.seeds, verdicts), *parts]), encoding="utf-8")


def _head(seeds: int, verdicts: list[str]) -> str:
    told = {name: verdicts.count(name) for name in ("within", "merged", "cooled", "undecided")}
    answer = (
        f"Of {len(verdicts)} decays, {told['within']} merged models are within one point of the run that was cooled "
        f"down, {told['merged']} are better, {told['cooled']} are worse, {told['undecided']} are undecided."
    )
    return HEAD.format(
        answer=answer,
        seeds=seeds,
        machine=f"{platform.machine()}, {platform.system()}",
        torch=torch.__version__,
        numpy=numpy.__version__,
        version=lrlab.__version__,
    )


def _markdown(rows: list[tuple[str, ...]]) -> str:
    head, *others = rows
    lines = [head, tuple("---" for _ in head), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
