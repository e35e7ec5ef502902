"""The pages of the published studies as a reader sees them, from the kept results: drawn whole, and nothing cut off."""

from pathlib import Path
from typing import get_args

import pytest

from lrlab.publications import PUBLICATIONS, PublicationScale, kept_results

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RESULTS = Path(__file__).parents[2] / "results"
KEPT = [
    (name, scale) for name in PUBLICATIONS for scale in get_args(PublicationScale) if (RESULTS / name / scale).is_dir()
]
CUT_OFF = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText.slice(0, 80))"


@pytest.fixture(scope="module", params=KEPT, ids="-".join)
def kept(request, tmp_path_factory):
    """A study's kept results, and the page made from them."""
    name, scale = request.param
    results = kept_results(PUBLICATIONS[name](scale), RESULTS / name / scale)
    path = tmp_path_factory.mktemp("page") / "page.html"
    return results, results.page(path)


@pytest.mark.parametrize("width", [1200, 400])
def test_everything_is_drawn_without_an_error_or_a_request(kept, opened, width):
    results, path = kept
    with opened(path, width) as page:
        assert page.problems == []
        assert page.locator(".figure").count() >= 2 * len(results.parts)
        for name in page.locator(".figure").evaluate_all("all => all.map(one => one.id)"):
            assert page.locator(f"#{name} .trace").count() > 0, name
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        answers = page.locator(".claims > li > strong").all_inner_texts()
        assert answers == [f"{answer.word.capitalize()}." for answer in results.answers]
        if width == 1200:
            page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
            assert page.locator(".scroll").evaluate_all(CUT_OFF) == [], "a table is cut off"
