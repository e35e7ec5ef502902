"""The manual as a site: built strictly, whole, from nowhere else, and searched as a folder on a disk."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "docs" / "site"
LOADING = {"src", "srcset", "data", "poster"}  # attributes that a browser fetches by itself


class Links(HTMLParser):
    """What a page points to, what it loads, and the places in it that can be pointed to."""

    def __init__(self, text):
        super().__init__()
        self.pointed, self.loaded, self.places = [], [], {""}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.places |= {values[name] for name in ("id", "name") if values.get(name)}
        self.loaded += [values[name] for name in LOADING & set(values) if values[name]]
        if "href" in values:
            (self.loaded if tag == "link" else self.pointed).append(values["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    if find_spec("sphinx") is None or find_spec("furo") is None:
        if os.environ.get("CI"):
            pytest.fail("needs sphinx and furo: pip install lrlab[docs]")
        pytest.skip("needs sphinx and furo: pip install lrlab[docs]")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-c", str(SETTINGS), str(ROOT), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


@pytest.mark.slow
def test_every_link_and_anchor_of_the_site_leads_somewhere(pages, site):
    astray = []
    assert len(pages) > 50
    for path, links in pages.items():
        for address in links.pointed + links.loaded:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https", "data", "mailto"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            place = unquote(parts.fragment)
            if not target.is_file() or (target in pages and place not in pages[target].places):
                astray.append(f"{path.relative_to(site)}: {address}")
    assert astray == []


@pytest.mark.slow
def test_the_site_loads_nothing_from_elsewhere(pages, site):
    assert [address for links in pages.values() for address in links.loaded if urlsplit(address).netloc] == []
    sheets = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.css")}
    assert [path for path, text in sheets.items() if re.search(r"@import|url\(['\"]?(https?:)?//", text)] == []


@pytest.mark.slow
@pytest.mark.browser
def test_the_search_finds_pages_in_a_folder_on_a_disk(opened, site):
    with opened(site / "index.html", 1200) as page:
        page.fill("input[name=q]", "cooldown")
        page.press("input[name=q]", "Enter")
        page.wait_for_selector('#search-results a[href*="docs/catalogue.html"]')  # results come one by one
        assert page.problems == []


@pytest.mark.slow
@pytest.mark.browser
def test_the_site_fits_a_phone_and_draws_formulas(opened, site):
    with opened(site / "docs" / "catalogue.html", 400) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.locator("math mfrac").first.bounding_box()["height"] > 15
        assert page.problems == []


def test_every_page_that_the_contents_list_is_there():
    named = re.findall(r'"(docs/[\w-]+)"', (SETTINGS / "conf.py").read_text(encoding="utf-8"))
    assert len(named) > 25
    assert [name for name in named if not (ROOT / f"{name}.md").is_file()] == []
