"""Writes catalogue.md and its pictures from the docstrings: `python docs/make_catalogue.py`.

A test runs `pages` and compares; what is written is what the code says.
"""

import inspect
import re
from pathlib import Path

from lrlab.schedules import SCHEDULES, Horizon, Schedule, parse

HERE = Path(__file__).parent
ABREAST = 4  # pictures in a row of the gallery
PICTURED = Horizon(updates=3000, updates_per_epoch=30)  # 100 epochs
INTRODUCTION = f"""# The catalogue

Every schedule there is, at its defaults. A schedule is a shape: a fraction of the peak for every update t = 0 .. T-1.
Peak and length come later, when it is bound. "Open" ends come down to their end value at the update after the last, so
that no update is spent at rate 0; "closed" ones reach it with the last. *After* is what a run that goes on gets:
`bind(..., after="hold")`, the default, keeps it; `"repeat"` begins again; `"error"` refuses.

A schedule is written as text, on the command line, in a study and in Python alike: its name, then what differs from the
defaults in parentheses. A span is `30%`, `5 epochs` or `500 updates`; a list stands in brackets, `at=[30%, 60%]`; a
schedule inside another is written as it is alone; and `warmup+` goes before any of them. In a shell, quote it:
`lrlab compare "warmup(span=5%)+cosine" "multi_step(at=[30%, 60%])"`.

[designer.html](designer.html), one file to open in a browser, draws them side by side with their parameters as sliders,
and gives the code of each.

The pictures are over {PICTURED.updates} updates, {PICTURED.updates_per_epoch} an epoch, at peak 1.

This page is generated from the docstrings by `python docs/make_catalogue.py`, and a test holds it to them.
"""
FAMILIES = {
    "Steady": ["constant"],
    "Falling to an end": ["linear", "polynomial", "cosine", "rex", "tanh"],
    "The peak first, then a fall": ["wsd", "knee", "flat_cosine"],
    "Falling without an end": [
        "exponential", "natural_exponential", "inverse_time", "inverse_sqrt", "power_law", "noam",
    ],
    "In steps, or by points": ["step", "multi_step", "piecewise_constant", "piecewise_linear"],
    "One rate an epoch": ["seq1", "seq2", "seq3", "seq4"],
    "Up and down once": ["one_cycle", "slanted_triangular"],
    "Again and again": ["cyclic", "cosine_cycles", "hard_restarts", "sgdr"],
    "Warm-up": ["warmup"],
    "Made of others": ["sequence", "product", "scale", "floored", "repeat", "stretch", "staircase"],
}  # fmt: skip


def pages() -> dict[str, str]:
    """Every file of the catalogue: its path from docs/, and its text."""
    listed = [name for names in FAMILIES.values() for name in names]
    assert sorted(listed) == list(SCHEDULES.names), f"give a family to {sorted(set(SCHEDULES) ^ set(listed))}"
    index = "\n".join(f"- {family}: {', '.join(map(link, names))}" for family, names in FAMILIES.items())
    parts = [
        f"## {family}\n\n" + "\n\n".join(entry(SCHEDULES[name]) for name in names) for family, names in FAMILIES.items()
    ]
    pictures = {f"catalogue/{name}.svg": f"{picture(cls)}\n" for name, cls in SCHEDULES.items()}
    return {"catalogue.md": "\n\n".join([INTRODUCTION.strip(), index, gallery(listed), *parts]) + "\n"} | pictures


def gallery(names: list[str]) -> str:
    """Every curve in one table, each a link to its entry."""
    cells = [f"[![{name}](catalogue/{name}.svg)](#{name})<br>{link(name)}" for name in names]
    cells += [""] * (-len(cells) % ABREAST)
    rows = ["| " + " | ".join(cells[at : at + ABREAST]) + " |" for at in range(0, len(cells), ABREAST)]
    return "\n".join(["## All at a glance\n", "|" + "  |" * ABREAST, "|" + " --- |" * ABREAST, *rows])


def link(name: str) -> str:
    """A name that leads to its entry."""
    return f"[{name}](#{name})"


def picture(cls: type[Schedule]) -> str:
    """The curve of a schedule as its own docstring writes it."""
    return parse(cls.written).bind(peak=1.0, horizon=PICTURED)._repr_svg_()


def entry(cls: type[Schedule]) -> str:
    """Picture, formula, symbols, both ends, source and paste line of a schedule."""
    doc = inspect.getdoc(cls) or ""
    head, _, rest = doc.partition("\n")
    text, _, _ = rest.partition("\n>>> ")
    other = "cosine" if cls.name == "constant" else "constant"
    paste = f'`lrlab compare {other} "{cls.written}"` or `parse("{cls.written}")`'
    fields = ", ".join(f"`{field}`" for field in cls.parameters())
    return "\n\n".join(
        [
            f"### {cls.name}",
            head,
            f"![{cls.name}](catalogue/{cls.name}.svg)",
            _to_markdown(text.strip()),
            f"Paste: {paste}" + (f" · fields: {fields}" if fields else ""),
        ]
    )


def _to_markdown(text: str) -> str:
    """The body of a docstring as Markdown: formulas in blocks, links in brackets, each end on a line of its own."""
    blocks = [_block_to_markdown(block) for block in re.split(r"\n\s*\n", text)]
    return "\n\n".join(blocks)


def _block_to_markdown(block: str) -> str:
    if block.startswith(".. math::"):
        formula = " ".join(line.strip() for line in block.removeprefix(".. math::").splitlines())
        return f"```math\n{formula.strip()}\n```"
    if block.startswith("- "):
        return _links_to_markdown(block)
    before, *ends = re.split(
        r"(?:^| )(First update|Last update|After|Highest): ", _links_to_markdown(" ".join(block.split()))
    )
    listed = "\n".join(f"- **{name}**: {what}" for name, what in zip(ends[::2], ends[1::2], strict=True))
    return "\n\n".join(filter(None, (before, listed)))


def _links_to_markdown(text: str) -> str:
    return re.sub(r"`([^`<]+?)\s*<(https://[^>]+)>`_", r"[\1](\2)", text)


def main() -> None:
    """Write every file, and remove pictures of schedules that are gone."""
    files = pages()
    (HERE / "catalogue").mkdir(exist_ok=True)
    for stray in set((HERE / "catalogue").glob("*.svg")) - {HERE / path for path in files}:
        stray.unlink()
    for path, text in files.items():
        (HERE / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
