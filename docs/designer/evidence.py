"""What the kept results say of each schedule: where it ended, on which task, by how many seeds; nothing beyond them."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from lrlab.publications import PUBLICATIONS, kept_results, scales_of
from lrlab.rules import Rule
from lrlab.schedules import Constant, Schedule, Staircase, Warmup, parse, parts_of
from lrlab.stats import mean_interval


def evidence(results: Path, demo: Path) -> list[dict[str, Any]]:
    """A table for each task that was run: what was compared, for how long, on how many seeds, and how each one ended.

    results: the folder of kept publications. demo: the benchmark's page of the demo.
    """
    tables = [_demo_table(demo)]
    for name in PUBLICATIONS:
        for scale in reversed(scales_of(name)[1:]):
            kept = kept_results(PUBLICATIONS[name](scale), results / name / scale)
            parts = [part for part in kept.parts if _is_whole(part)] if kept else []
            tables += [_part_table(name, scale, part, kept.answers) for part in parts if kept]
    return [table for table in tables if len({row["kind"] for row in table["rows"]}) > 1]


def _is_whole(part: Any) -> bool:
    """Whether a part has all seeds of all its arms: what a few seeds say so far is no evidence."""
    return len(part.confirmed) == len(part.study.labels) * len(part.study.confirm.seeds)


def kind_of(schedule: Schedule) -> str:
    """The name a schedule is known by: of what a staircase or a warm-up holds; a warmed-up constant is a warm-up."""
    if isinstance(schedule, Staircase):
        return kind_of(schedule.of)
    if isinstance(schedule, Warmup) and not isinstance(schedule.then, Constant):
        return kind_of(schedule.then)
    return schedule.name


def _demo_table(demo: Path) -> dict[str, Any]:
    """The table of schedules on the page of the demo, by the heads of its columns."""
    text = demo.read_text(encoding="utf-8")
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    begin = next(place for place, cells in enumerate(lines) if cells[0] == "schedule")
    heads, seeds = lines[begin], re.search(r"over (\d+(?: to \d+)?) seeds", text)
    table = [dict(zip(heads, cells, strict=True)) for cells in lines[begin + 2 :] if len(cells) == len(heads)]
    assert table, f"{demo} has no table of schedules"
    assert seeds, f"{demo} tells no number of seeds"
    rows = [
        {
            "kind": kind_of(parse(cells["schedule"])),
            "text": cells["schedule"],
            "score": cells["accuracy %"],
            "interval": cells["95 % interval"],
            "note": cells["verdict"].replace("*", "").replace("within 2", "within 2 points of it"),
        }
        for cells in table
    ]
    return {
        "name": "demo",
        "task": "digits/convnet, 6 epochs, SGD",
        "how": f"peaks tuned for each, {seeds[1]} fresh seeds, accuracy on test data in %, verdict against the first",
        "rows": rows,
        "claims": [],
    }


def _part_table(name: str, scale: str, part: Any, answers: Any) -> dict[str, Any]:
    """One part of a published study: its arms by mean test accuracy. An arm that a rule drives is left out."""
    study = part.study
    scores: dict[str, list[float]] = {}
    plans: dict[str, Any] = {}
    for record in part.confirmed:
        label = study.label_of(record.trial)
        plans[label] = record.trial.schedule
        scores.setdefault(label, []).append(float("nan") if record.test.score is None else record.test.score)
    known = {label: of for label, of in scores.items() if np.isfinite(of).all()}
    means = {label: mean_interval(of, rng=np.random.default_rng(0)) for label, of in known.items()}
    order = sorted(means, key=lambda label: -means[label].point)
    rows = [
        {
            "kind": kind_of(plans[label]),
            "text": str(plans[label]),
            "score": f"{means[label].point * 100:.1f}",
            "interval": f"{means[label].low * 100:.1f} to {means[label].high * 100:.1f}",
            "note": f"{place} of {len(order)}",
        }
        for place, label in enumerate(order, start=1)
        if not isinstance(plans[label], Rule) and all(isinstance(each, Schedule) for each in parts_of(plans[label]))
    ]
    return {
        "name": f"{name}, scale {scale}",
        "task": f"{study.task}, {study.budget}",
        "how": f"settings as that study has them, {len(study.confirm.seeds)} seeds, mean accuracy on test data in %",
        "rows": rows,
        "claims": [[answer.claim.text, answer.word] for answer in answers if answer.claim.part == study.name],
    }
