"""The page of a judgement as a reader sees it: a real Chromium, no network, no script error."""

import pytest

from lrlab.report import write_judgement_page
from support.judgements import example_judgement, example_values

pytestmark = pytest.mark.browser
FIGURES = ("arms", "differences", "seeds", "curves")
ODD = ("<b>x</b>{{y}}%{x}%{meta}", "נסיון 5", "a_name_without_end_" * 12, "step $x_{")
HOSTILE = ("<script>alert(1)</script>", "\"'`> onload=x", "\u202egnp.exe\u200f", "x" * 10_000)


def odd_judgement():
    values = example_values(ODD)
    values[ODD[1]][3] = None
    return example_judgement(values, questions="pairs", steps=9)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judgements")
    judgements = {
        "leader": example_judgement(steps=40),
        "unpaired": example_judgement(is_paired=False),
        "odd": odd_judgement(),
    }
    for name, judgement in judgements.items():
        write_judgement_page(judgement, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in judgements}


@pytest.fixture(params=[1200, 400], ids=["wide", "narrow"])
def width(request):
    return request.param


@pytest.mark.parametrize("name", ["leader", "unpaired", "odd"])
def test_there_is_no_error_no_request_and_no_sideways_scroll(opened, files, width, name):
    with opened(files[name], width) as page:
        assert page.problems == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        for figure in page.locator(".figure").evaluate_all("all => all.map(one => one.id)"):
            assert page.locator(f"#{figure} .trace").count() > 0
            box = page.locator(f"#{figure} > svg").bounding_box()
            assert box["height"] > 100
            assert box["width"] > 250


def test_the_answer_stands_at_the_top_in_the_largest_type(opened, files, width):
    with opened(files["leader"], width) as page:
        size = "el => parseFloat(getComputedStyle(el).fontSize)"
        largest = page.locator(".answer").evaluate(size)
        others = page.locator("h1, h2, h3, p:not(.answer), td").evaluate_all(f"all => all.map({size})")
        assert largest > max(others)
        assert page.locator(".answer").bounding_box()["y"] < 250
        assert [page.locator(f"section#{name} figure").count() for name in FIGURES] == [1] * 4


def test_intervals_are_drawn_in_the_table_and_written_where_there_is_no_room(opened, files, width):
    with opened(files["leader"], width) as page:
        drawn, written = page.locator(".arms td.strip").first, page.locator(".arms td.interval").first
        assert drawn.is_visible() == (width == 1200)
        assert written.is_visible() == (width == 400)
        if width == 1200:
            point = page.locator(".arms td.strip circle").first.bounding_box()
            row = page.locator(".arms tbody tr").first.bounding_box()
            assert row["y"] < point["y"] < row["y"] + row["height"]
            table = page.locator(".arms")
            assert table.bounding_box()["width"] <= page.locator("#table .scroll").bounding_box()["width"]


POINT = """(label) => {
  document.getElementById("seeds").scrollIntoView();
  const { lines, x, y } = boxes.seeds[0], line = lines.find((one) => one.label === label);
  const bounds = document.querySelector("#seeds-figure > svg").getBoundingClientRect();
  return [bounds.x + x.place(line.x[3]), bounds.y + y.place(line.y[3])];
}"""


def test_what_a_name_holds_is_shown_as_it_is_when_a_run_is_pointed_at(opened, files):
    with opened(files["odd"], 1200) as page:
        page.mouse.move(*page.evaluate(POINT, ODD[0]))
        said = page.locator("#seeds-figure .tip").text_content()
        assert ODD[0] in said
        assert "seed 3" in said


def test_names_that_are_scripts_marks_or_endless_are_text_in_bounds(opened, tmp_path):
    judgement = example_judgement(example_values(HOSTILE), questions="pairs", steps=9)
    write_judgement_page(judgement, tmp_path / "page.html")
    with opened(tmp_path / "page.html", 1200) as page:
        assert page.problems == []
        values = page.locator("#shown input").evaluate_all("all => all.map((one) => one.value)")
        assert values == [arm.label for arm in judgement.arms]
        assert {HOSTILE[0], HOSTILE[1], HOSTILE[3]} < set(values)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        for name in page.locator("#curves-figure .label text").all():
            box, bounds = name.bounding_box(), page.locator("#curves-figure > svg").bounding_box()
            assert box["x"] + box["width"] <= bounds["x"] + bounds["width"] + 1
        assert page.locator("#table").bounding_box()["height"] < 1500


def test_every_verdict_is_within_the_window(opened, files, width):
    with opened(files["leader"], width) as page:
        for verdict in page.locator(".arms td.words strong").all():
            box = verdict.bounding_box()
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
