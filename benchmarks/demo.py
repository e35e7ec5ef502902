"""Runs the demo from an empty store, then again; writes results/demo.md, docs/demo.png and README's answer and table.

python benchmarks/demo.py           runs it, and times it
python benchmarks/demo.py RECORDS   writes the words again from a store in which it was run; the picture and times stay
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from textwrap import wrap
from time import perf_counter

from lrlab.lab import stored_results
from lrlab.report import answer_notes, claim_sentence, claimed_first, markdown, study_answer
from lrlab.spec import StudyResults
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


def main(kept: str | None = None) -> None:
    if kept is not None:
        with Store(kept) as opened:
            results = stored_results(opened.studies()[-1], opened)
        write(results, re.search(r"^\d+ trials of .*\n", RESULT.read_text("utf-8"), re.MULTILINE)[0])
        return
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "records.db")
        first = timed("run", "demo", "--store", store)
        again = timed("run", "demo", "--store", store)
        timed("report", "--store", store, "--png", str(PICTURE))
        with Store(store) as opened:
            results = stored_results(opened.studies()[-1], opened)
    count = len(results.tuned + results.confirmed + results.rivals)
    write(
        results,
        f"{count} trials of {results.study.budget}; {first:.0f} s from an empty store, {again:.0f} s when "
        "all is done (one run each; the whole process is on the clock, with the start of Python and of the workers).\n",
    )


def write(results: StudyResults, times: str) -> None:
    """Write the words and tables of these results. times: the sentence on how long it took."""
    made, shown, rows = results.confirmed[0].provenance, study_answer(results), markdown(results)
    words = " ".join([shown.standing, *shown.remarks])
    RESULT.parent.mkdir(exist_ok=True)
    parts = (
        f"# The demo\n\n**{shown.headline}**\n\n{words}\n\n{rows}\n",
        f"{' '.join([shown.basis, *shown.also, *answer_notes(results)])}\n",
        times,
        f"lrlab {made.lrlab}, Python {made.python}, torch {made.torch}, numpy {made.numpy}; {made.machine}; "
        "one thread per process.\n",
        "## Every comparison\n",
        "\n".join(f"- {claim_sentence(claim, results)}" for claim in claimed_first(results)) + "\n",
    )
    RESULT.write_text("\n".join(parts), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    text = re.sub(r"(<!-- table: demo -->\n).*(<!-- end -->)", lambda m: f"{m[1]}{rows}\n{m[2]}", text, flags=re.DOTALL)
    said = "\n".join(f"> {line}".rstrip() for line in (f"**{shown.headline}**", "", *wrap(words, 118)))
    marks = r"(<!-- answer: demo -->\n).*(<!-- end answer -->)"
    README.write_text(re.sub(marks, lambda m: f"{m[1]}{said}\n{m[2]}", text, flags=re.DOTALL), "utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(*sys.argv[1:2])
