"""A page as a reader sees it: opened in a real Chromium, drawn, with whatever went wrong noted."""

import os
import shutil
from contextlib import contextmanager

import pytest

from .reader import program_words

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DRAWN = "[...document.querySelectorAll('svg text, .beyond, output')].map((one) => one.textContent).join('\\n')"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(reason):
    """Skip on a user's machine; fail where a browser is required."""
    if os.environ.get("LRLAB_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}, and LRLAB_REQUIRE_BROWSER=1")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """A real Chromium."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing("there is no Chromium on this machine")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed: pip install 'lrlab[browser]'")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def opened(browser):
    """A way to open a file so many pixels wide until all figures are drawn; `page.problems` holds what went wrong.

    more: of the page, as `color_scheme`.
    """

    @contextmanager
    def opening(file, width, **more):
        page = browser.new_page(viewport={"width": width, "height": 900}, **more)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(f"error: {error}"))
        page.on("console", lambda said: page.problems.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("request", lambda asked: page.problems.append(asked.url) if not local(asked.url) else None)
        page.goto(file.as_uri())
        for name in page.locator(".figure").evaluate_all("all => all.map(one => one.id)"):
            page.wait_for_selector(f"#{name} > svg", state="attached")
        page.problems += program_words(page.evaluate(DRAWN))
        yield page
        page.close()

    return opening


def local(url):
    return url.startswith(("file:", "data:", "blob:"))
