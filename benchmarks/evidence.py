"""What the answers are worth: false claims, power, coverage, savings, search, rungs, transfer, measured.

    LRLAB_DATA=data python benchmarks/evidence.py               # every part, then benchmarks/results/evidence.md
    LRLAB_DATA=data python benchmarks/evidence.py power rungs   # only these parts; the others stay as they were
    python benchmarks/evidence.py --quick                       # seconds each, to see that it runs; writes nothing

The bank of real trials that parts replay is `trial-bank/digits-convnet.parquet` in LRLAB_DATA: 8 schedules, 7 peaks,
200 seeds. Parts that need it say so without it. What was measured is kept in `results/evidence.json`, part by part.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from platform import python_version
from time import perf_counter

import numpy as np
import polars as pl

import lrlab
from lrlab.execution import machine_words

HERE = Path(__file__).parent
KEPT, PAGE = HERE / "results" / "evidence.json", HERE / "results" / "evidence.md"
PARTS = tuple(sorted(path.stem.removeprefix("_") for path in (HERE / "evidence_parts").glob("_[a-z]*.py")))
HEAD = """# What the answers are worth

Written by [evidence.py](../evidence.py), a part at a time; each says how it was measured, and on how much. The bank is
11,200 real trials of digits/convnet: eight schedules, seven peaks, 200 seeds, six epochs. What a method is, and why:
[docs/method.md](../../docs/method.md), [docs/statistics.md](../../docs/statistics.md).
"""


def read_bank() -> pl.DataFrame | None:
    """The bank of trials; None where LRLAB_DATA has none."""
    path = Path(os.environ.get("LRLAB_DATA", "")) / "trial-bank" / "digits-convnet.parquet"
    return pl.read_parquet(path) if path.is_file() else None


def measure_part(name: str, bank: pl.DataFrame | None, quick: bool) -> dict[str, object]:
    """A part's title, lines and numbers, with what it was measured by."""
    part, start = import_module(f"evidence_parts._{name}"), perf_counter()
    lines, numbers = part.measure(bank, quick)
    made = f"lrlab {lrlab.__version__}, Python {python_version()}, numpy {np.__version__}; {machine_words()}"
    about = f"{made}; {perf_counter() - start:.0f} s of one process"
    return {"title": part.TITLE, "lines": lines, "numbers": numbers, "about": about}


def write_page(known: dict[str, dict]) -> None:
    """Every part that was measured, in one page."""
    sections = [
        "\n".join([f"## {part['title']}", "", *part["lines"], "", f"_{part['about']}._"]) for part in known.values()
    ]
    PAGE.write_text("\n\n".join([HEAD.rstrip(), *sections]) + "\n", encoding="utf-8")


def main() -> None:
    words = sys.argv[1:]
    quick, asked = "--quick" in words, [word for word in words if not word.startswith("--")] or list(PARTS)
    wrong = sorted(set(asked) - set(PARTS))
    if wrong:
        sys.exit(f"there is no part {', '.join(wrong)}; there are {', '.join(PARTS)}")
    bank = read_bank()
    known = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    for name in asked:
        print(f"{name} ...", flush=True)
        known[name] = measure_part(name, bank, quick)
        print("\n".join(known[name]["lines"]), flush=True)
        if not quick:
            known = {part: known[part] for part in PARTS if part in known}
            KEPT.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            write_page(known)


if __name__ == "__main__":
    main()
