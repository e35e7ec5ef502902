"""Writes designer.html from its parts in `designer/` and from the catalogue: `python docs/make_designer.py`.

A test runs `page` and compares, and holds the page's numbers to Python's.
"""

import inspect
import json
import re
import sys
from dataclasses import MISSING
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from lrlab.rules import RULES
from lrlab.schedules import SCHEDULES, Schedule, types_of_field, types_of_fields

HERE = Path(__file__).parent
PARTS = HERE / "designer"
SCRIPTS = ("clock", "falls", "decays", "cycles", "parts", "text", "code", "habits", "state", "plot", "controls", "page")
SPANS = {"every", "timescale", "rise", "period", "first", "cooldown", "explore", "flat", "span", "length"}
# least, most, whether the least is left out; then the slider's ends and step ("log": even in the logarithm).
RANGES: dict[str, tuple[float, float, bool, float, float, float | Literal["log"]]] = {
    "floor": (0, 1, False, 0, 0.5, 0.01),
    "floored.floor": (0, 1, True, 0.01, 0.9, 0.01),
    "power": (0, 10, True, 0.1, 5, 0.1),
    "tanh.lower": (-20, 20, False, -10, 4, 0.5),
    "tanh.upper": (-20, 20, False, -4, 10, 0.5),
    "exponential.gamma": (0, 1, True, 1e-4, 1, "log"),
    "gamma": (0, 1, True, 0.01, 0.99, 0.01),
    "natural_exponential.decay": (0, 100, True, 0.1, 12, 0.1),
    "inverse_time.decay": (0, 1000, True, 1e-4, 1, "log"),
    "cyclic.decay": (0, 1, True, 0.99, 0.9999, 0.0001),
    "sgdr.decay": (0, 1, True, 0.1, 1, 0.05),
    "exponent": (0, 10, True, 0.1, 3, 0.05),
    "width": (1, 10**6, False, 64, 4096, 64),
    "start": (0, 1, False, 0, 0.5, 0.01),
    "final": (0, 1, False, 0, 0.2, 0.001),
    "phases": (2, 3, False, 2, 3, 1),
    "momenta": (0, 0.9999, False, 0, 0.99, 0.01),
    "ratio": (1, 1e9, False, 2, 100, 1),
    "cyclic.rise": (0.01, 0.99, False, 0.05, 0.95, 0.05),
    "low": (0, 1, False, 0, 0.5, 0.01),
    "cycles": (1, 10**6, False, 1, 20, 1),
    "growth": (1, 10, False, 1, 4, 0.1),
    "by": (0, 100, True, 0.05, 2, 0.05),
    "values": (0, 100, False, 0, 1, 0.01),
}


def page() -> str:
    """The text of designer.html."""
    scripts = "\n".join((PARTS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    shell = (PARTS / "page.html").read_text(encoding="utf-8")
    data = json.dumps(catalogue(), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    data = data.replace("</", "<\\/")  # or a text could end the script
    filled = {
        "/* style */": (PARTS / "style.css").read_text(encoding="utf-8"),
        "/* catalogue */": f"const CATALOGUE = {data};",
        "/* scripts */": scripts,
    }
    for place, text in filled.items():
        assert shell.count(place) == 1, f"designer/page.html has no one place for {place}"
        shell = shell.replace(place, text)
    return shell


def catalogue() -> dict[str, Any]:
    """All that the page knows: schedules by name, their code, other libraries' curves, and what was measured."""
    sys.path.insert(0, str(HERE))
    from designer.dialects import DIALECTS, HABITS
    from designer.evidence import evidence
    from designer.templates import templates
    from make_catalogue import FAMILIES

    return {
        "families": FAMILIES,
        "schedules": {name: entry(SCHEDULES[name]) for names in FAMILIES.values() for name in names},
        "rules": list(RULES.names),
        "templates": templates(),
        "dialects": DIALECTS,
        "habits": HABITS,
        "evidence": evidence(HERE.parent / "results", HERE.parent / "benchmarks" / "results" / "demo.md"),
    }


def entry(cls: type[Schedule]) -> dict[str, Any]:
    """What the page shows of a schedule: its sentence, its source, and its fields."""
    head, _, rest = (inspect.getdoc(cls) or "").partition("\n")
    source = re.search(r"`([^`<]+?)\s+<(https://[^>]+)>`_", rest)
    return {
        "about": head,
        "source": [" ".join(source[1].split()), source[2]] if source else [],
        "written": cls.written,
        "fields": [field(cls, name) for name in cls.parameters()],
    }


def field(cls: type[Schedule], name: str) -> dict[str, Any]:
    """A field of a schedule: its kind, default, words, and the ends of what it may be."""
    kinds = types_of_field(types_of_fields(cls)[name])
    default = cls.parameters()[name]
    told: dict[str, Any] = {"name": name, "kind": kind_of(cls, name, kinds)}
    if default is not MISSING:
        told["default"] = list(default) if isinstance(default, tuple) else default
    if name in cls.after_plus:
        told["afterPlus"] = True
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if words:
        told["words"] = words
    if told["kind"] in ("number", "whole", "numbers"):
        least, most, is_open, low, high, step = RANGES.get(f"{cls.name}.{name}") or RANGES[name]
        told |= {"least": least, "most": most, "above": is_open, "low": low, "high": high, "step": step}
    return told


def kind_of(cls: type[Schedule], name: str, kinds: tuple[Any, ...]) -> str:
    """What a field is: number, whole, word, span, schedule, or a list of one of these."""
    if get_origin(kinds[0]) is tuple:
        inside = get_args(kinds[0])[0]
        return {float: "numbers", str: "spans", Schedule: "schedules"}[inside]
    if Schedule in kinds:
        return "schedule"
    if float in kinds or int in kinds:
        return "number" if float in kinds else "whole"
    if kinds == (str,):
        assert name in SPANS, f"{cls.name}: is {name} a span?"
        return "span"
    return "word"


def main() -> None:
    """Write the page."""
    (HERE / "designer.html").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
