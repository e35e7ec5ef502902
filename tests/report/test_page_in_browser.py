"""The page as a reader sees it: a real Chromium, no network, no script error."""

import re

import pytest

from lrlab.lab import insights_of
from lrlab.report import write_page
from lrlab.spec import Metric
from support.results import example_results, own_loop_results

pytestmark = pytest.mark.browser
FIGURES = ("rates", "epochs", "peaks", "differences")
BEYOND = ("sensitivity", "target", "anytime", "tuning")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    results = example_results(schedules=("constant", "cosine", "one_cycle", "warmup(span=20%)+step(gamma=0.5)"))
    write_page(results, path, insights_of(results, target=0.84))
    return path


@pytest.fixture(params=[1200, 400], ids=["wide", "narrow"])
def page(opened, file, request):
    with opened(file, request.param) as page:
        yield page


def test_there_is_no_error_and_no_request(page):
    assert page.problems == []


def test_every_figure_has_its_traces(page):
    for name in FIGURES + BEYOND:
        drawn = page.evaluate(f"document.getElementById('{name}-figure').data.length")
        assert drawn > 0
        assert page.locator(f"#{name}-figure .trace").count() > 0
        box = page.locator(f"#{name}-figure svg.main-svg").first.bounding_box()
        assert box["height"] > 150
        assert box["width"] > 250


def test_the_page_does_not_scroll_sideways(page):
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_click_in_the_legend_hides_a_schedule(page):
    def seen():
        return page.evaluate("document.getElementById('rates-figure').data.map(t => t.visible ?? true)")

    assert seen() == [True] * 4
    page.locator("#rates-figure .legendtoggle").nth(1).click(force=True)
    page.wait_for_timeout(800)  # a single click waits for a second one
    assert seen() == [True, "legendonly", True, True]


def test_rates_can_be_seen_on_a_logarithmic_axis(page):
    page.locator("[data-log=rates]").check()
    page.wait_for_timeout(300)
    assert page.evaluate("document.getElementById('rates-figure').layout.yaxis.type") == "log"
    assert page.problems == []


def test_the_answer_stands_at_the_top_in_the_largest_type(page):
    size = "el => parseFloat(getComputedStyle(el).fontSize)"
    largest = page.locator(".headline").evaluate(size)
    others = page.locator("h1:not(.headline), h2, h3, p, td").evaluate_all(f"all => all.map({size})")
    assert largest > max(others)
    assert page.locator(".headline").bounding_box()["y"] < 250


def test_the_lines_to_paste_can_be_copied(page):
    lines = page.locator("#paste-lines").inner_text()
    assert "torch.optim.SGD(" in lines
    button = page.locator("[data-copy=paste-lines]")
    button.click()
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect(button).to_have_text(re.compile(r"Copied|Press Ctrl\+C"))
    assert page.problems == []


@pytest.mark.parametrize("name", ["", "[red]<b>err</b>", "loss", "a metric with a name as long as a sentence is " * 3])
def test_pages_of_metrics_of_any_name_are_drawn(opened, tmp_path, name):
    results = example_results(metric=Metric(name=name, higher_is_better=False), classes=None, schedules=("cosine",))
    write_page(results, tmp_path / "page.html", insights_of(results))
    with opened(tmp_path / "page.html", 400) as page:
        assert page.problems == []
        for figure in ("epochs", *BEYOND):
            assert page.locator(f"#{figure}-figure .trace").count() > 0
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [1200, 400])
def test_the_page_of_a_loop_of_the_users_own_is_drawn_though_scores_are_missing(opened, tmp_path, width):
    results = own_loop_results(example_results())
    choices = tuple(
        choice.model_copy(update={"scores": (*choice.scores[:-1], None)} if choice.label == "constant" else {})
        for choice in results.choices
    )
    gappy = results.model_copy(update={"choices": choices})
    write_page(gappy, tmp_path / "page.html", insights_of(gappy))
    with opened(tmp_path / "page.html", width) as page:
        assert page.problems == []
        for name in FIGURES + BEYOND:
            assert page.locator(f"#{name}-figure .trace").count() > 0
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
