"""The page of a published study as a reader sees it: short, light, whole."""

from pathlib import Path

import pytest

import lrlab

pytestmark = pytest.mark.browser
KEPT = Path(__file__).parents[2] / "results"
TALLEST = 6600  # pixels, 1280 wide, before anything is folded out: two parts of 22 arms, with claims on both


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "page.html"
    lrlab.load(study="decay-rules", results=KEPT, scale="full").page(path)
    return path


def test_the_page_with_the_most_arms_is_short_and_light(opened, file):
    assert file.stat().st_size < 2e6
    with opened(file, 1280) as page:
        assert page.problems == []
        assert page.evaluate("document.documentElement.scrollHeight") < TALLEST
        page.locator("[data-choose=all]").evaluate("one => one.click()")
        panels = page.locator("#decay-rules-mnist-rates-figure .head.mini")
        assert panels.count() == page.locator("#shown input").count()
        assert page.problems == []


def test_it_fits_a_phone(opened, file):
    with opened(file, 400) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
