"""What CONTRIBUTING says of the house is true, and the laws of names and lengths hold."""

import ast
import re
from functools import cache
from pathlib import Path
from statistics import quantiles

import pytest

import lrlab
from test_layers import FLOORS

ROOT = Path(lrlab.__file__).parent
TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
MOST_FILES = 9  # from the question to the optimizer's step
MOST_STATEMENTS = 40  # of a function's body, nested ones too; a call may name forty options, a line each
LONGEST, USUAL = 60, 16  # lines of a function's body, and of nine in ten
ONE_WORD = 1 / 3  # of the private functions, at most


def rows(name):
    """The rows of a marked table, cell by cell."""
    part = TEXT.partition(f"<!-- {name} -->")[2].partition("<!-- end -->")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.strip().splitlines()[2:]]


@cache
def functions():
    return [
        (file, node)
        for file in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_every_room_stands_on_its_floor():
    told = [(int(floor), room.strip("`").removesuffix("/").removesuffix(".py")) for floor, room, _ in rows("house")]
    assert sorted(told) == sorted((floor, room) for floor, rooms in enumerate(FLOORS) for room in rooms)


def test_the_life_of_a_trial_is_as_told():
    life = [(file.strip("`"), name.strip("`")) for file, name, _ in rows("life")]
    assert 5 <= len(life) <= MOST_FILES
    texts = [(ROOT / file).read_text(encoding="utf-8") for file, _ in life]
    for (file, name), text in zip(life, texts, strict=True):
        assert re.search(rf"^\s*(def|class) {name}\b", text, re.MULTILINE), f"{file} has no {name}"
    for (file, _), text, (_, called) in zip(life, texts, life[1:], strict=False):
        assert re.search(rf"\b{called}\b", text), f"{file} does not name {called}"
    assert "self.optimizer.step(" in texts[-1]


@cache
def bodies():
    """The statements of each function, its docstring left out, by where it is."""
    return {
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}": body
        for file, node in functions()
        if (body := node.body[1:] if ast.get_docstring(node) else node.body)
    }


def count_statements(body):
    return sum(isinstance(node, ast.stmt) for statement in body for node in ast.walk(statement))


def test_statements_are_counted_whatever_lines_they_take():
    one, three = "call(\n    a=1,\n    b=2,\n)", "if a:\n    b = 1\nelse:\n    c = 2"
    assert [count_statements(ast.parse(text).body) for text in (one, three)] == [1, 3]


def test_functions_do_few_things():
    counts = {place: count_statements(body) for place, body in bodies().items()}
    assert not {place: count for place, count in counts.items() if count > MOST_STATEMENTS}


def test_functions_are_short():
    lengths = {place: body[-1].end_lineno - body[0].lineno + 1 for place, body in bodies().items()}
    assert not {place: length for place, length in lengths.items() if length > LONGEST}
    assert quantiles(lengths.values(), n=10)[-1] <= USUAL


@pytest.mark.parametrize("room", sorted(room for rooms in FLOORS for room in rooms if (ROOT / room).is_dir()))
def test_private_functions_say_what_they_do_to_what(room):
    private = [
        node.name
        for file, node in functions()
        if file.is_relative_to(ROOT / room) and node.name.startswith("_") and not node.name.startswith("__")
    ]
    short = [name for name in private if "_" not in name[1:]]
    assert len(short) <= ONE_WORD * len(private), sorted(short)
