"""Do models merged from one run at constant rate stand in for cooldowns? Writes `results/decays.md`.

    python benchmarks/decays.py [--only text/char-gpt] [--seeds 10] [--store FILE]

Two tasks at two peaks with SGD, 20 epochs: two curves, three cooldowns and two horizons. And a small language model
with AdamW. What is stored is not trained again; with --only, the tables of other tasks stay as they are in the file.
"""

import argparse
import platform
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import torch

import lrlab
from lrlab.report import decay_table

RESULTS = Path(__file__).parent / "results" / "decays.md"


class Case(NamedTuple):
    """One table. how: further arguments of `lrlab.decays`."""

    task: str
    peak: float
    seeds: int
    how: dict[str, Any]

    @property
    def heading(self) -> str:
        """The heading of its table."""
        optimizer = self.how.get("optimizer")
        return f"{self.task} at {self.peak:g}{f' with {optimizer}' if optimizer else ''}"


DIGITS: dict[str, Any] = {"epochs": 20}
TEXT: dict[str, Any] = {"optimizer": "adamw", "updates": 1000, "curves": ["linear"], "cooldowns": ["20%", "40%"]}
CASES = (
    Case("digits/mlp", 0.1, 10, DIGITS),
    Case("digits/convnet", 0.1, 10, DIGITS),
    Case("digits/mlp", 0.03, 10, DIGITS),
    Case("digits/convnet", 0.03, 10, DIGITS),
    Case("text/char-gpt", 0.003, 7, TEXT | {"margin": 0.02}),
)
HEAD = """# One run, all decays

{answers}

A model merged from one run at constant rate, `merged(of=wsd(..))` of [averages.md](../../docs/averages.md), beside runs
from the same seed and batches whose rate was truly lowered. Test scores, means over paired seeds; digits: SGD with
momentum 0.9 over 20 epochs; text/char-gpt: AdamW over 1,000 updates; all with batch size 32 and no warm-up. Differences
are merged minus cooled down, with the interval of the sign-flip test, 95 %; verdicts are adjusted for the questions of
their table; "within the margin" is within one point of accuracy, or 0.02 of a loss per token. "constant" is the run
itself at that horizon, without a decay. Made by `benchmarks/decays.py`.
"""


def main() -> None:
    """Run, print and write, case by case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a task: the others stay as they are in the file")
    parser.add_argument("--seeds", type=int, help="default: 10 of digits, 7 of text")
    parser.add_argument("--store", default="lrlab-results/decays.db")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    sections = _sections_of(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for case in (case for case in CASES if asked.only in (None, case.task)):
        how = {"seeds": asked.seeds or case.seeds, "store": asked.store, "workers": asked.workers}
        results = lrlab.decays(case.task, peak=case.peak, **how, **case.how)
        table = _markdown(decay_table(results.test))
        sections[case.heading] = f"{results.answer}\n\n{table}\n\n{_machine_words()}.\n"
        print(sections[case.heading], flush=True)
        RESULTS.write_text(_page_of(sections), encoding="utf-8")


def _sections_of(page: str) -> dict[str, str]:
    """What stands under each heading of the page."""
    parts = [part.partition("\n") for part in page.split("\n## ")[1:]]
    return {heading: body.strip() + "\n" for heading, _, body in parts}


def _page_of(sections: dict[str, str]) -> str:
    """The page: the answers, and the tables in the order of the cases."""
    known = [case.heading for case in CASES if case.heading in sections]
    tasks = dict.fromkeys(case.task for case in CASES if case.heading in known)
    answers = "\n".join(_answer_of(task, [sections[each] for each in known if each.startswith(task)]) for task in tasks)
    return "\n".join([HEAD.format(answers=answers), *(f"## {each}\n\n{sections[each]}" for each in known)])


def _answer_of(task: str, sections: list[str]) -> str:
    """One line of the answer, counted in the tables of a task."""
    words = ("within the margin", "merged is better", "merged is worse", "undecided")
    within, better, worse, open_ones = (sum(text.count(f"| {word} |") for text in sections) for word in words)
    return (
        f"- {task}: of {within + better + worse + open_ones} decays, {within} merged models are within the margin of "
        f"the run that was cooled down, {better} are better, {worse} are worse, {open_ones} are undecided."
    )


def _machine_words() -> str:
    versions = f"torch {torch.__version__}, numpy {numpy.__version__}, lrlab {lrlab.__version__}"
    return f"{platform.machine()}, {platform.system()}, {versions}"


def _markdown(rows: list[tuple[str, ...]]) -> str:
    head, *others = rows
    lines = [head, tuple("---" for _ in head), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
