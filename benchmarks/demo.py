"""Runs the demo from an empty store, then again; writes results/demo.md, docs/demo.png and the table in the README.

python benchmarks/demo.py
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
LRLAB = str(Path(sys.executable).with_name("lrlab"))
RESULT = ROOT / "benchmarks" / "results" / "demo.md"
PICTURE = ROOT / "docs" / "demo.png"
README = ROOT / "README.md"


def timed(*words: str) -> tuple[float, str]:
    start = perf_counter()
    done = subprocess.run([LRLAB, *words], capture_output=True, text=True, check=True)
    return perf_counter() - start, done.stdout


def table(rows: list[dict]) -> str:
    lines = [
        "| schedule | peak | accuracy (%) | 95 % interval | precision | recall | F1 |",
        "| --- " + "| ---: " * 6 + "|",
    ]
    for row in rows:
        accuracy, low, high, *shares = (
            f"{100 * row[name]:.1f}" for name in ("score", "low", "high", "precision", "recall", "f1")
        )
        cells = [row["label"], f"{row['peak']:g}", accuracy, f"{low} to {high}", *shares]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    from lrlab.store import Store

    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "records.db")
        first, out = timed("run", "demo", "--store", store, "--json")
        again, _ = timed("run", "demo", "--store", store)
        timed("report", "--store", store, "--png", str(PICTURE))
        with Store(store) as opened:
            count = len(opened)
            record = next(iter(opened.get(opened.keys()).values()))
    answer, made = json.loads(out), record.provenance
    rows = table(answer["rows"])
    RESULT.parent.mkdir(exist_ok=True)
    claims = sorted(answer["claims"], key=lambda claim: not claim["verdict"])
    parts = (
        f"# The demo\n\n{answer['answer']}\n\n{rows}\n",
        f"{count} trials of {answer['study']['budget']}; {first:.0f} s from an empty store, {again:.0f} s when "
        "all is done (one run each; the whole process is on the clock, with the start of Python and of the workers).\n",
        f"lrlab {made.lrlab}, Python {made.python}, torch {made.torch}, numpy {made.numpy}; {made.machine}; "
        "one thread per process.\n",
        "## Every comparison\n",
        "\n".join(f"- {claim['text']}" for claim in claims) + "\n",
    )
    RESULT.write_text("\n".join(parts), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    README.write_text(
        re.sub(r"(<!-- table: demo -->\n).*(<!-- end -->)", lambda m: f"{m[1]}{rows}\n{m[2]}", text, flags=re.DOTALL),
        "utf-8",
    )
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
