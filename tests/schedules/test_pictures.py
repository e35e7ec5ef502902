"""Schedules show themselves: in a notebook, and on the catalogue's page, which is current."""

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from lrlab.schedules import SCHEDULES, Cosine, Horizon, MultiStep, Step, parse
from support.schedules import EXAMPLES, HORIZON, VARIANTS

DOCS = Path(__file__).parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
ALL = EXAMPLES | VARIANTS


def generator():
    spec = importlib.util.spec_from_file_location("make_catalogue", DOCS / "make_catalogue.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(svg: str) -> str:
    return " | ".join(element.text for element in ET.fromstring(svg).iter(f"{SVG}text"))


def line(svg: str) -> np.ndarray:
    polyline = ET.fromstring(svg).find(f"{SVG}polyline")
    return np.array([pair.split(",") for pair in polyline.get("points").split()], dtype=float)


def test_the_catalogue_page_is_current():
    files = generator().pages()
    there = {str(path.relative_to(DOCS)) for path in (DOCS / "catalogue").iterdir()}
    assert there == {path for path in files if path != "catalogue.md"}
    for path, text in files.items():
        assert (DOCS / path).read_text(encoding="utf-8") == text, f"docs/{path}: run `python docs/make_catalogue.py`"


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_the_page_has_picture_formula_ends_source_and_paste_line(name):
    page = (DOCS / "catalogue.md").read_text(encoding="utf-8")
    entry = page.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    written = SCHEDULES[name].written
    for needed in (f"(catalogue/{name}.svg)", "```math\ns_t = ", "**First update**", "**Last update**", "**After**"):
        assert needed in entry, f"{name}: the page lacks {needed}"
    assert "](https://" in entry
    assert f'parse("{written}")' in entry
    assert f'"{written}"`' in entry


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_picture_is_a_small_file_that_says_first_and_last(name):
    rates = ALL[name].bind(peak=0.3, horizon=HORIZON)
    svg = rates._repr_svg_()
    assert len(svg) < 8000
    first, last = rates([0, HORIZON.updates - 1])
    assert f"first {first:.4g}" in texts(svg)
    assert f"last {last:.4g}" in texts(svg)
    assert "20 updates" in texts(svg)
    assert ET.fromstring(svg).find(f"{SVG}title").text == str(ALL[name])
    assert len(line(svg)) == 20


def test_a_long_run_keeps_its_spikes_in_a_small_file():
    rates = parse("product(of=[linear, multi_step(at=[500001 updates, 500002 updates])])")
    svg = rates.bind(peak=1.0, horizon=Horizon(updates=1_000_000, updates_per_epoch=1000))._repr_svg_()
    assert len(svg) < 8000
    peaky = parse("sequence(of=[scale(of=constant, by=0.1), constant, scale(of=constant, by=0.1)], "
                  "at=[500001 updates, 500003 updates])")  # fmt: skip
    heights = line(peaky.bind(peak=1.0, horizon=Horizon(updates=1_000_000, updates_per_epoch=1000))._repr_svg_())[:, 1]
    assert heights.min() < 0.3 * heights.max()


@pytest.mark.parametrize("updates", [1, 2, 3])
def test_a_short_run_has_a_picture(updates):
    svg = Cosine().bind(peak=1.0, horizon=Horizon(updates=updates, updates_per_epoch=1))._repr_svg_()
    assert len(line(svg)) == updates


def test_a_notebook_shows_a_schedule_and_its_rates():
    html = Cosine()._repr_html_()
    assert "<svg" in html
    assert "cosine; peak 1, 1000 updates, after: hold" in html
    rates = MultiStep().bind(peak=0.1, horizon=HORIZON, after="repeat")
    assert "multi_step; peak 0.1, 20 updates, after: repeat" in rates._repr_html_()
    ET.fromstring(html)


def test_a_schedule_that_does_not_fit_the_notebooks_run_is_shown_as_text():
    long = MultiStep(at=("5000 updates",))
    assert long._repr_html_() is None
    assert long._repr_svg_() is None
    assert Step(every="5000 updates")._repr_svg_() is not None


def test_words_are_escaped():
    from lrlab.schedules._picture import figure, picture

    svg = picture(np.ones(3), 3, "<a & b>")
    ET.fromstring(svg)
    assert "&lt;a &amp; b&gt;" in figure(svg, "<a & b>")
