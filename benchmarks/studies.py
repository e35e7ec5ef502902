"""Run the studies in `studies/` and keep what they found: `python benchmarks/studies.py [NAME ...]`.

Each goes on from the records in `lrlab-results/studies.db`, so that it may be stopped at any time. Of a study that is
done, `results/NAME/` holds the page, the answer as text, and trials and epochs as tables; `studies/README.md` quotes
the answers (`--page` writes those alone).

    python benchmarks/studies.py gpt-schedules --max-seconds 1200
    python benchmarks/studies.py --page
"""

import argparse
import re
from pathlib import Path

import lrlab
from lrlab.errors import TimeUp
from lrlab.execution import machine_words

ROOT = Path(__file__).parents[1]
STUDIES = ROOT / "studies"
RESULTS = ROOT / "results"
PAGE = STUDIES / "README.md"
STORE = ROOT / "lrlab-results" / "studies.db"
ANSWER = "answer.txt"


def keep(name: str, store: Path, max_seconds: float | None, workers: int | None) -> str:
    """Run what is missing of a study and keep it; what was done, in words."""
    try:
        results = lrlab.run(STUDIES / f"{name}.yaml", store=store, max_seconds=max_seconds, workers=workers)
    except TimeUp as stopped:
        return f"{name}: {stopped}"
    folder = RESULTS / name
    folder.mkdir(parents=True, exist_ok=True)
    results.page(folder / "page.html")
    answer = "\n".join(line.rstrip() for line in str(results).splitlines())
    made = f"lrlab {lrlab.__version__}; {machine_words()}"
    (folder / ANSWER).write_text(f"{answer}\n\nMeasured with {made}.\n", encoding="utf-8")
    lrlab.export_store(folder, store, study=results.study.name, table="parquet")
    return f"{name}: kept in {folder}"


def with_answers(text: str) -> str:
    """The page of docs with what is kept in each block that names a study: between `<!-- kept NAME -->` and its end."""

    def block(found: re.Match[str]) -> str:
        name = found["name"]
        file = RESULTS / name / ANSWER
        if not file.is_file():
            return f"<!-- kept {name} -->\nNot run yet.\n<!-- end -->"
        words = file.read_text(encoding="utf-8").rstrip()
        link = f"Every trial, curve and setting: [the page](../results/{name}/page.html)."
        return f"<!-- kept {name} -->\n```text\n{words}\n```\n\n{link}\n<!-- end -->"

    return re.sub(r"<!-- kept (?P<name>\S+) -->\n.*?<!-- end -->", block, text, flags=re.DOTALL)


def names() -> list[str]:
    """The studies there are."""
    return sorted(path.stem for path in STUDIES.glob("*.yaml"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}; all unless given")
    parser.add_argument("--store", type=Path, default=STORE)
    parser.add_argument("--max-seconds", type=float)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--page", action="store_true", help="write the page of docs from what is kept, and run nothing")
    given = parser.parse_args()
    if unknown := set(given.names) - set(names()):
        raise SystemExit(f"no study is called {sorted(unknown)}; there are {', '.join(names())}")
    if not given.page:
        for name in given.names or names():
            print(keep(name, given.store, given.max_seconds, given.workers), flush=True)
    PAGE.write_text(with_answers(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
