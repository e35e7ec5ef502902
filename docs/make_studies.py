"""Writes studies.md, and README's table of claims, from the kept results in `results/`: `python docs/make_studies.py`.

A test runs `page` and `readme` and compares; what is written is what was kept.
"""

from pathlib import Path
from typing import get_args

from lrlab.publications import (
    PUBLICATIONS,
    Publication,
    PublicationResults,
    PublicationScale,
    kept_results,
    publication_sections,
    section_lines,
)

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results"
SCALES = get_args(PublicationScale)
BEGIN, END = "<!-- claims -->", "<!-- end claims -->"
INTRODUCTION = """# The published studies

Four documents that compare learning-rate schedules, each rerun by one command: what the document printed beside what
was measured, and an answer to each of its claims. Tables name their scale and never mix two: `full` is the document's
own protocol, `reduced` fits two processor cores, `smoke` only shows that all of it runs (it is not kept here).

```bash
lrlab run initial-rate --scale full --data-dir FOLDER
```

needs CIFAR-10 (and MNIST, for `decay-rules`): [tasks.md](tasks.md). A run reads what is kept in `results/` first and
trains only what is missing; `--max-seconds N` stops it at a checkpoint, and the same command goes on. What a claim
needs: [statistics.md](statistics.md). All tables, per class too, are in each folder's `tables.md`, all records in
`records.json`, `records.parquet` and `epochs.parquet`.

This page is generated from the kept results by `python docs/make_studies.py`, and a test holds it to them.
"""


def page() -> str:
    """The text of studies.md."""
    lines = [INTRODUCTION]
    for name in PUBLICATIONS:
        kept = {scale: kept_results(PUBLICATIONS[name](scale), RESULTS / name / scale) for scale in SCALES}
        found = {scale: results for scale, results in kept.items() if results is not None}
        told = PUBLICATIONS[name]("full")
        lines += [f"## {name}", "", f"{told.title}. Source: {told.source}. {told.about}", ""]
        lines += [_command(told), ""]
        if not found:
            lines += ["No results are kept yet.", ""]
        for scale in reversed(found):
            lines += _kept(found[scale], RESULTS / name / scale)
    return "\n".join(lines).rstrip() + "\n"


def readme(text: str) -> str:
    """README's text with the answered claims of every study that is kept, between the marks.

    Each claim is answered at the largest scale that can: a few seeds at full scale do not hide ten at a smaller one.
    """
    rows = ["| study, scale | what the document claims | what was found |", "| --- | --- | --- |"]
    for name, make in PUBLICATIONS.items():
        kept = [kept_results(make(scale), RESULTS / name / scale) for scale in SCALES]
        answers = {
            answer.claim.id: f"| {name}, {results.publication.scale} | {answer.claim.text} | {answer.word} |"
            for results in kept
            if results is not None
            for answer in results.answers
            if answer.word != "not testable"
        }
        rows += answers.values()
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n" + "\n".join(rows) + f"\n{END}{rest.partition(END)[2]}"


def _command(told: Publication) -> str:
    return f"`$ lrlab run {told.name} --data-dir FOLDER` runs it reduced; with `--scale full`, as the document does."


def _kept(results: PublicationResults, folder: Path) -> list[str]:
    """Claims, tables and figures of one scale."""
    there = f"../results/{folder.parent.name}/{folder.name}"
    lines = [f"### {results.publication.name}, scale {results.publication.scale}", ""]
    lines += [line for section in publication_sections(results) for line in section_lines(section, "####")]
    for part in results.parts:
        pictures = (f"{part.study.name}-{kind}.svg" for kind in ("rates", "curves"))
        lines += [f"![{picture.removesuffix('.svg')}]({there}/{picture})\n" for picture in pictures]
    lines += [f"- {remark}" for remark in results.publication.remarks]
    return [*lines, f"- Everything: [tables.md]({there}/tables.md).", ""]


if __name__ == "__main__":
    (HERE / "studies.md").write_text(page(), encoding="utf-8")
    front = HERE.parent / "README.md"
    front.write_text(readme(front.read_text(encoding="utf-8")), encoding="utf-8")
