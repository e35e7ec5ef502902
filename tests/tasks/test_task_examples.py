"""The examples of text and pixels: a user copies them, so each is compared here, as the line at its top says."""

import ast
import shlex
from pathlib import Path

import pytest

import lrlab
from lrlab.tasks import get, resolve

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("text_classes", "next_character", "segmentation")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_compared_and_its_stack_verified(name, tmp_path):
    place = f"{EXAMPLES / name}.py:task"
    few = {"updates": 4, "peaks": (0.01,), "tuning_seeds": 1, "seeds": 2, "workers": 0, "progress": False}
    results = lrlab.compare(place, ["constant", "cosine"], optimizer="adamw", store=tmp_path / "a.db", **few)
    assert {row.label for row in results.rows} == {"constant", "cosine"}
    exact = [check for check in lrlab.verify(place) if check.precision == "float64"]  # a pooling may jump in float32
    assert [check.verdict for check in exact] == ["equal"]


@pytest.mark.parametrize("name", NAMES)
def test_the_line_at_its_top_names_it(name):
    text = ast.get_docstring(ast.parse((EXAMPLES / f"{name}.py").read_text(encoding="utf-8")))
    (line,) = (line for line in text.splitlines() if line.startswith("lrlab compare"))
    assert shlex.split(line)[2] == f"examples/{name}.py:task"


def test_the_tables_are_read_by_name_too():
    task = get(resolve(f"text/classify(file={EXAMPLES / 'reviews.csv'})").where)
    assert task.class_names == ("bad", "good")
    assert [len(split.labels) for _, split in task.splits()] == [240, 80, 80]
    assert "'bad', 'good'" in task.notes[1]
