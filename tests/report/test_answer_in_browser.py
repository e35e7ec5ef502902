"""The answer as a reader sees it, by itself: wide, on a phone, in the dark, on paper."""

from itertools import pairwise

import pytest

from lrlab.report import answer_html, study_answer, write_page
from lrlab.spec import Metric
from support.results import all_diverged, example_results

pytestmark = pytest.mark.browser
LONG = "warmup(span=5%)+multi_step(at=[10%, 20%, 30%, 40%, 50%], gamma=0.123456)"
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def shown(browser, tmp_path):
    """A way to look at the answer of some results, so many pixels wide."""
    pages = []

    def show(results, width, scheme="light"):
        piece = answer_html(study_answer(results), heading="h1", copies=True)
        (tmp_path / "answer.html").write_text(f"<!doctype html><meta charset=utf-8><body>{piece}", encoding="utf-8")
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.goto((tmp_path / "answer.html").as_uri())
        pages.append(page)
        return page

    yield show
    for page in pages:
        page.close()


@pytest.fixture(scope="module")
def results():
    return example_results(schedules=("constant", "cosine", "one_cycle", LONG), confirm_seeds=10)


def test_what_to_use_is_the_largest_and_the_code_is_on_the_first_screen(shown, results):
    page, size = shown(results, 1280), "el => parseFloat(getComputedStyle(el).fontSize)"
    others = page.locator("p, td, th, pre").evaluate_all(f"all => all.map({size})")
    assert page.locator("h1").evaluate(size) > max(others)
    assert page.locator("pre").first.bounding_box()["y"] < 900
    assert not page.evaluate(SIDEWAYS)


def test_on_a_phone_each_schedule_is_a_card_that_fits(shown, results):
    page = shown(results, 400)
    assert not page.evaluate(SIDEWAYS)
    cards = page.locator("tbody tr").evaluate_all("all => all.map(one => getComputedStyle(one).display)")
    assert cards == ["grid"] * 4
    assert page.locator("thead").evaluate("one => getComputedStyle(one).display") == "none"
    boxes = [page.locator("tbody tr").nth(place).bounding_box() for place in range(4)]
    assert all(box["width"] <= 400 for box in boxes)
    assert all(one["y"] + one["height"] <= two["y"] for one, two in pairwise(boxes))


def test_on_a_phone_the_interval_is_in_numbers_too(shown, results):
    cell = shown(results, 400).locator("tbody tr").first.locator("td:has(.interval)")
    words = cell.evaluate("one => getComputedStyle(one, '::before').content")
    assert words.startswith('"95 % interval ')
    assert " to " in words


def test_on_paper_the_plain_lines_stand_too_and_no_button(shown, results):
    page = shown(results, 718)  # what A4 leaves
    page.emulate_media(media="print")
    assert page.locator("thead").is_visible()
    assert not page.evaluate(SIDEWAYS)
    assert page.locator("svg.interval").first.bounding_box()["width"] == 120
    assert page.locator("#torch-lines").bounding_box()["height"] > 100
    assert not page.locator("button").first.is_visible()


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize(
    "made",
    [
        lambda: all_diverged(example_results()),
        lambda: example_results(schedules=("cosine",)),
        lambda: example_results(metric=Metric(name="<b>err</b> \u202e" * 20, higher_is_better=False), classes=None),
    ],
    ids=["diverged", "alone", "hostile"],
)
def test_any_answer_fits(shown, made, width):
    page = shown(made(), width, "dark")
    assert not page.evaluate(SIDEWAYS)
    assert page.locator("td b, th b").count() == 0


@pytest.mark.parametrize("width", [320, 640, 820, 821, 1000, 1200])
def test_arms_of_average_and_optimizer_fit_any_width(opened, tmp_path, width):
    arms = ("constant", "warmup+cosine+lawa(last=3)@adamw(weight_decay=0.1)", "constant@schedule_free_adamw")
    write_page(example_results(schedules=arms, confirm_seeds=3), tmp_path / "page.html")
    with opened(tmp_path / "page.html", width) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        sizes = page.locator(".lrlab-answer .axis > span").evaluate_all(
            "all => all.map((one) => getComputedStyle(one).fontSize)"
        )
        assert set(sizes) == {"11px"}
        assert page.problems == []
