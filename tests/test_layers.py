"""The plan of the house. Imports point down only; rooms on one floor do not import each other."""

import ast
from pathlib import Path

import pytest

import lrlab

ROOT = Path(lrlab.__file__).parent
FLOORS = [
    {"errors", "printing"},
    {"schedules", "stats"},
    {"rules"},  # a rule drives a schedule
    {"spec"},
    {"measures", "objectives", "models", "native", "execution", "store", "search", "export", "trackers"},
    {"tasks", "adapters"},
    {"engine", "loops"},
    {"lab", "report", "judging", "trainers"},
    {"publications"},
    {"api"},
    {"cli"},
]
ROOMS = set().union(*FLOORS)
# Sentences that keep the house clean, beyond the floors.
NEVER = {
    "execution": {"schedules", "rules", "stats"},  # executors know jobs and events only
    "store": {"tasks", "schedules", "rules", "stats"},
    "report": {"tasks", "engine", "store", "execution", "search"},  # the report never sees torch or where records lie
    "export": {"spec"},
    "trackers": {"schedules", "rules"},  # it reads what others wrote, and writes records
    "judging": {
        "tasks",
        "engine",
        "store",
        "execution",
        "search",
        "models",
        "native",
        "adapters",
        "loops",
    },  # nor torch
}


def below(room: str) -> set[str]:
    floor = next(number for number, rooms in enumerate(FLOORS) if room in rooms)
    return set().union(*FLOORS[:floor]) - NEVER.get(room, set())


def rooms_used(file: Path, text: str) -> set[str]:
    """Every room that a file of this text imports, at its top or inside a function; type-checking imports count too."""
    here, dotted = file.relative_to(ROOT.parent).with_suffix("").parts, []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level] if node.level else ()
            stem = (*base, *(node.module or "").split("."))
            dotted += [(*filter(None, stem), alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            dotted += [tuple(alias.name.split(".")) for alias in node.names]
    return {names[1] for names in dotted if names[0] == ROOT.name and len(names) > 1} & ROOMS


def files(room: str) -> list[Path]:
    return [file for file in (ROOT / f"{room}.py", *(ROOT / room).rglob("*.py")) if file.exists()]


@pytest.mark.parametrize("room", sorted(room for room in ROOMS if files(room)))
def test_imports_point_down(room):
    for file in files(room):
        stray = rooms_used(file, file.read_text(encoding="utf-8")) - below(room) - {room}
        assert not stray, f"{file.relative_to(ROOT)} uses {sorted(stray)}; {room} may use {sorted(below(room))}"


def files_used(file: Path, text: str) -> set[Path]:
    """Every file of ours that a file of this text imports by name, lazy and type-checking imports counted."""
    used = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            places = [base, *(base / alias.name for alias in node.names)]
            used |= {place.with_suffix(".py") for place in places} | {place / "__init__.py" for place in places}
    return {place for place in used if place.exists()} - {file}


def find_cycle(graph: dict[Path, set[Path]]) -> list[Path]:
    """Files that import one another in a ring; none where there is no ring."""
    done: set[Path] = set()

    def visit(file: Path, path: list[Path]) -> list[Path]:
        if file in path:
            return path[path.index(file) :]
        if file in done:
            return []
        ring = next((ring for used in sorted(graph[file]) if (ring := visit(used, [*path, file]))), [])
        done.add(file)
        return ring

    return next((ring for file in sorted(graph) if (ring := visit(file, []))), [])


def test_no_file_imports_itself_by_way_of_others():
    every = [file for room in ROOMS for file in files(room)]
    graph = {file: files_used(file, file.read_text(encoding="utf-8")) & set(every) for file in every}
    ring = find_cycle(graph)
    assert not ring, " -> ".join(str(file.relative_to(ROOT)) for file in ring)
    assert find_cycle({ROOT: {ROOT / "a"}, ROOT / "a": {ROOT}}) == [ROOT, ROOT / "a"]  # one would be found


def test_every_room_has_a_floor():
    found = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert found - {"__init__", "__main__", "events", "testing"} <= ROOMS


@pytest.mark.parametrize(
    "text", ["from ..lab import prepare", "from .. import lab", "import lrlab.lab", "from lrlab.lab import prepare"]
)
def test_the_plan_sees_every_way_to_write_an_import(text):
    assert rooms_used(ROOT / "schedules" / "_imagined.py", f"def f():\n    {text}\n") == {"lab"}
