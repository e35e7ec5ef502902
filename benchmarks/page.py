"""How large is the page of a study, and how soon can one read and use it?

    python benchmarks/page.py [--loads N]     # writes benchmarks/results/page.md

Two pages: of a made-up study of 200 trials of 100 epochs (the results of `tests/support`, on which nothing was
trained), and of the published study with the most arms. Each is opened `--loads` times in a Chromium without a screen,
in a tab of its own, 1280 pixels wide, from a file. First paint: the first contents on the screen. Usable: the document
is loaded and every figure drawn. All drawn again: what a click on "All" takes, which draws every schedule in every
figure. Off the clock: the start of the browser.
"""

import argparse
import platform
import shutil
import statistics
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import lrlab
from lrlab.lab import insights_of
from lrlab.report import write_page

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))
from support import results as made  # noqa: E402  (the path had to be said first)

RESULT, EPOCHS, SEEDS = HERE / "results" / "page.md", 100, 14
SCHEDULES = ("constant", "cosine", "one_cycle", "linear", "exponential", "step", "polynomial", "cyclic", "rex", "tanh")
PUBLISHED = "decay-rules"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
USABLE = "performance.timing.loadEventEnd - performance.timing.navigationStart"
ALL = """() => {
  const start = performance.now();
  document.querySelector("[data-choose=all]").click();
  return performance.now() - start;
}"""


def write_large_page(path: Path) -> str:
    """The page of the made-up study; what it is of, in words."""
    made.EPOCHS = EPOCHS
    results = made.example_results(schedules=SCHEDULES, confirm_seeds=SEEDS, classes=10)
    write_page(results, path, insights_of(results))
    trials = len(results.tuned) + len(results.confirmed)
    return f"{trials} trials of {EPOCHS} epochs, {len(SCHEDULES)} schedules"


def write_published_page(path: Path) -> str:
    """The page of the kept results of the published study; what it is of."""
    results = lrlab.load(study=PUBLISHED, results=HERE.parent / "results", scale="full")
    results.page(path)
    return f"{PUBLISHED}, full"


def time_loads(browser: Browser, path: Path, loads: int) -> list[list[float]]:
    """Milliseconds of each load: first paint, usable, all of them drawn."""
    times = []
    for _ in range(loads):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(path.as_uri())
        page.wait_for_timeout(300)
        times.append([page.evaluate(PAINT), page.evaluate(USABLE), page.evaluate(ALL)])
        page.close()
    return times


def line_of(what: str, path: Path, times: list[list[float]]) -> str:
    """A line of the table."""
    columns = [
        f"{statistics.median(column):.0f} ({min(column):.0f} to {max(column):.0f})"
        for column in zip(*times, strict=True)
    ]
    return f"| {what} | {path.stat().st_size / 1e6:.2f} | {' | '.join(columns)} |"


def main() -> None:
    """Write the pages, open them, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=9)
    loads = parser.parse_args().loads
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    lines = [
        "| page | MB | first paint, ms | usable, ms | all drawn again, ms |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, write in (("large", write_large_page), ("published", write_published_page)):
            path = Path(folder) / f"{name}.html"
            what = write(path)
            lines.append(line_of(what, path, time_loads(browser, path, loads)))
        shown = f"Chromium {browser.version}"
        browser.close()
    machine = f"{platform.machine()}, Python {platform.python_version()}, playwright {version('playwright')}, {shown}"
    note = f"Medians of {loads} loads, with the smallest and largest. Other programs ran on the machine. {machine}."
    text = "\n".join(["# Pages", "", *lines, "", note, ""])
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
