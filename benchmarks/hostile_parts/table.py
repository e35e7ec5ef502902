"""The table of what came of hostile cases."""

import os
import platform
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

ENDS = {0: "run or answer", 1: "failed", 2: "refused", 3: "time up", 4: "undecided", 5: "no"}


def write_table(outcomes: list[dict[str, Any]], count: int, step: int, file: Path) -> None:
    """By kind, how cases ended; and what was wrong. count, step: over how many numbers, each so many-th taken."""
    kinds = sorted({_kind_of(outcome) for outcome in outcomes})
    lines = ["| kind | cases | " + " | ".join(ENDS.values()) + " | faults |", "| --- |" + " ---: |" * (len(ENDS) + 2)]
    for kind in [*kinds, ""]:
        group = [outcome for outcome in outcomes if kind in ("", _kind_of(outcome))]
        codes = Counter(outcome["code"] for outcome in group)
        wrong = sum(bool(outcome["faults"]) for outcome in group)
        cells = [kind or "all", len(group), *(codes.get(code, 0) for code in ENDS), wrong]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    seconds = sorted(outcome["seconds"] for outcome in outcomes)
    at = [seconds[int(share * (len(seconds) - 1))] for share in (0.5, 0.95, 1)]
    most = max(outcome["megabytes"] for outcome in outcomes)
    wrong = [outcome for outcome in outcomes if outcome["faults"]]
    text = [
        "# Hostile cases through the command line\n",
        f"`python benchmarks/hostile.py --count {count} --step {step}`: {len(outcomes)} cases, seeded, each in a",
        "process of its own. Failed, refused and time up come with words. A fault is a traceback, a hang (60 s), no",
        "word of why, a sign that moves a terminal's cursor, a class that a pickle names, an element of a page that no",
        "template has, code that nobody allowed, or a file outside the case's folder.\n",
        *lines,
        f"\nSeconds of a case: {at[0]:.1f} (median), {at[1]:.1f} (95 %), {at[2]:.1f} (longest), on a machine that did",
        f"other work too; memory: {most:.0f} MB at most.",
        f"Machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"torch {version('torch')}, polars {version('polars')}, pydantic {version('pydantic')}.\n",
    ]
    text += [f"- {each['number']} ({each['kind']}): {'; '.join(each['faults'])}" for each in wrong]
    file.write_text("\n".join(text) + "\n", encoding="utf-8")


def _kind_of(outcome: dict[str, Any]) -> str:
    """The kind without its details."""
    words = outcome["kind"].split(",")[0].split(" ")
    return (
        words[0]
        if words[0] in ("option", "runs")
        else "no number"
        if words[:2] == ["no", "number"]
        else " ".join(words)
    )
