"""The small studies behind docs/choose.md: which schedule in which case, on tasks of seconds.

    python benchmarks/choose.py              # every case, one process each; then benchmarks/results/choose.md
    python benchmarks/choose.py short noisy  # only these; the others stay as they were
    python benchmarks/choose.py --pages      # trains nothing: the pages, from what is kept

What was measured is kept in `results/choose.json`, case by case. The tables of docs/choose.md are written from it too.
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from platform import python_version
from time import perf_counter
from typing import NamedTuple

import torch

import lrlab
from lrlab.execution import machine_words

HERE = Path(__file__).parent
KEPT, PAGE = HERE / "results" / "choose.json", HERE / "results" / "choose.md"
GUIDE = HERE.parent / "docs" / "choose.md"
TASKS = HERE / "choose_parts" / "tasks.py"
COMMON = ("constant", "step", "exponential", "inverse_sqrt", "wsd", "cosine", "linear", "one_cycle")
# Lengths not known: what needs none, what needs it late, and a line drawn for another length, stopped on the way.
OPEN_ENDED = (
    "constant",
    "inverse_sqrt(timescale=32 updates)",
    "wsd(cooldown=10%)",
    "wsd(cooldown=30%)",
    "linear",
    "linear(floor=0.5)",
    "linear(floor=0.8)",
)
WARMED = ("constant", "wsd", "linear", "one_cycle", "warmup(span=10%)+linear", "warmup(span=30%)+linear")
TEXT = (*COMMON, "warmup(span=10%)+cosine")
LANGUAGE = ("constant", "wsd", "linear", "warmup(span=10%)+linear", "warmup(span=10%)+cosine")
WARMED = ("constant", "wsd", "linear", "one_cycle", "warmup(span=10%)+linear", "warmup(span=30%)+linear")
HEAD = """# Which schedule in which case

Written by [choose.py](../choose.py). Each case is one `lrlab.compare`: every schedule at its own best peak, tuned on
validation data, then 30 fresh paired seeds (the Transformer: 15), verdicts on test data. What
follows from it, and how far it carries:
[docs/choose.md](../../docs/choose.md).
"""


def own(name: str) -> str:
    """A task of choose_parts/tasks.py."""
    return f"{TASKS}:{name}"


class Case(NamedTuple):
    """A case: what it is about, the task, the length of a trial, what is compared."""

    about: str
    task: str
    epochs: int
    schedules: tuple[str, ...] = COMMON
    optimizer: str = "sgd"
    seeds: int = 30


CASES = {
    "short": Case("two epochs, 62 updates, of a small ConvNet on 1,000 digits", "digits/convnet", 2),
    "long": Case("the same network and data for 24 epochs, 744 updates", "digits/convnet", 24),
    "unknown": Case("six epochs; a line drawn for twice and for five times as long", "digits/convnet", 6, OPEN_ENDED),
    "small": Case("100 training examples of digits, 30 epochs, 90 updates", own("small_data"), 30),
    "noisy": Case("1,000 digits, 30 % of their training labels drawn at random, 15 epochs", own("noisy_labels"), 15),
    "fine-tuning": Case("from digits 0 to 4 to 200 digits 5 to 9, 10 epochs", own("fine_tuning"), 10),
    "warm-up": Case("from digits 5 to 9 to 200 digits 0 to 4, 10 epochs", own("fine_tuning_again"), 10, WARMED),
    "language": Case("the next character from the ten before it, 5 epochs", own("text"), 5, TEXT, "adamw"),
    "transformer": Case(
        "the same text, a small Transformer, 2 epochs", own("text_transformer"), 2, LANGUAGE, "adamw", 15
    ),
}


def measure(case: Case) -> dict[str, object]:
    """A case's table and verdicts, with what they were measured by."""
    start = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = lrlab.compare(
            case.task,
            case.schedules,
            epochs=case.epochs,
            optimizer=case.optimizer,
            seeds=case.seeds,
            workers=1,
            store=Path(folder) / "records.db",
            progress=False,
        )
    scale, rows = 100 if results.metric.in_percent else 1, results.rows
    made = f"lrlab {lrlab.__version__}, Python {python_version()}, torch {torch.__version__}; {machine_words()}"
    return {
        "metric": results.metric.name,
        "share": scale == 100,
        "higher_is_better": results.metric.higher_is_better,
        "leader": results.leader,
        "margin": None if results.margin is None else results.margin.value * scale,
        "among": [] if results.best is None else list(results.best.among),
        "rows": [[row.label, row.peak, *(number * scale for number in (row.score, row.low, row.high))] for row in rows],
        "verdicts": [
            [
                one.a,
                one.b,
                one.verdict,
                one.difference * scale,
                one.low * scale,
                one.high * scale,
                one.adjusted_p,
                one.within,
            ]
            for one in results.verdicts
        ],
        "about": f"{made}; {perf_counter() - start:.0f} s of one worker",
    }


def table(found: dict) -> str:
    """A row for each schedule, best first, compared with the leader."""
    unit = f"{found['metric']} (%)" if found["share"] else found["metric"]
    digits = 1 if found["share"] else 3
    lines = [
        f"| schedule | best peak | {unit} | 95 % interval | compared with {found['leader']} |",
        "| --- | ---: | ---: | --- | --- |",
    ]
    for label, peak, score, low, high in found["rows"]:
        numbers = f"{score:.{digits}f} | {low:.{digits}f} to {high:.{digits}f}"
        lines.append(f"| {label} | {peak:.2g} | {numbers} | {compared_with_leader(label, found, digits)} |")
    return "\n".join(lines)


def compared_with_leader(label: str, found: dict, digits: int) -> str:
    """How a schedule compares with the leader, in words."""
    if label == found["leader"]:
        return "the leader, chosen on validation data"
    for a, b, verdict, difference, *_, within in found["verdicts"]:
        if {a, b} == {label, found["leader"]}:
            if verdict:
                word = "better" if verdict == label else "worse"
                return f"{word} by {abs(difference):.{digits}f}"
            return "undecided" if within is None else f"equal within {found['margin']:.2g}"
    return ""


def write_pages(known: dict[str, dict]) -> None:
    """The page of results, and the tables of the guide."""
    sections = [
        f"## {name}\n\nThe case: {CASES[name].about}.\n\n{table(found)}\n\n_{found['about']}._"
        for name, found in known.items()
    ]
    PAGE.write_text("\n\n".join([HEAD.rstrip(), *sections]) + "\n", encoding="utf-8")
    if GUIDE.is_file():
        GUIDE.write_text(with_tables(GUIDE.read_text("utf-8"), known), encoding="utf-8")


def with_tables(text: str, known: dict[str, dict]) -> str:
    """The guide with each case's table between its marks, as they are kept."""
    for name, found in known.items():
        marks = rf"(<!-- case: {name} -->\n)(.*?)(<!-- end -->)"
        text = re.sub(marks, lambda mark, found=found: f"{mark[1]}{table(found)}\n{mark[3]}", text, flags=re.DOTALL)
    return text


def main() -> None:
    asked = [word for word in sys.argv[1:] if not word.startswith("--")] or list(CASES)
    wrong = sorted(set(asked) - set(CASES))
    if wrong:
        sys.exit(f"there is no case {', '.join(wrong)}; there are {', '.join(CASES)}")
    known = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    for name in [] if "--pages" in sys.argv else asked:
        known[name] = measure(CASES[name])
        print(f"{name}\n{table(known[name])}\n{known[name]['about']}", flush=True)
        known = {case: known[case] for case in CASES if case in known}
        KEPT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    write_pages(known)


if __name__ == "__main__":
    main()
