"""Runs the demo from an empty store, then again; writes results/demo.md, docs/demo.png and the table in the README.

python benchmarks/demo.py
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import wrap
from time import perf_counter

from lrlab.lab import stored_results
from lrlab.report import answer, answer_notes, claim_sentence, claimed_first, markdown
from lrlab.store import Store

ROOT = Path(__file__).parents[1]
LRLAB = str(Path(sys.executable).with_name("lrlab"))
RESULT = ROOT / "benchmarks" / "results" / "demo.md"
PICTURE = ROOT / "docs" / "demo.png"
README = ROOT / "README.md"


def timed(*words: str) -> float:
    start = perf_counter()
    subprocess.run([LRLAB, *words], capture_output=True, check=True)
    return perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "records.db")
        first = timed("run", "demo", "--store", store)
        again = timed("run", "demo", "--store", store)
        timed("report", "--store", store, "--png", str(PICTURE))
        with Store(store) as opened:
            results = stored_results(opened.studies()[-1], opened)
    count, made = len(results.tuned + results.confirmed + results.rivals), results.confirmed[0].provenance
    rows = markdown(results)
    RESULT.parent.mkdir(exist_ok=True)
    parts = (
        f"# The demo\n\n{answer(results)}\n\n{' '.join(answer_notes(results))}\n\n{rows}\n",
        f"{count} trials of {results.study.budget}; {first:.0f} s from an empty store, {again:.0f} s when "
        "all is done (one run each; the whole process is on the clock, with the start of Python and of the workers).\n",
        f"lrlab {made.lrlab}, Python {made.python}, torch {made.torch}, numpy {made.numpy}; {made.machine}; "
        "one thread per process.\n",
        "## Every comparison\n",
        "\n".join(f"- {claim_sentence(claim, results)}" for claim in claimed_first(results)) + "\n",
    )
    RESULT.write_text("\n".join(parts), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    text = re.sub(r"(<!-- table: demo -->\n).*(<!-- end -->)", lambda m: f"{m[1]}{rows}\n{m[2]}", text, flags=re.DOTALL)
    said = "\n".join(f"> {line}" for line in wrap(answer(results), 118))
    marks = r"(<!-- answer: demo -->\n).*(<!-- end answer -->)"
    README.write_text(re.sub(marks, lambda m: f"{m[1]}{said}\n{m[2]}", text, flags=re.DOTALL), "utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
