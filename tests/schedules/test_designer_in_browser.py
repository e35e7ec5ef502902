"""docs/designer.html as a reader uses it: keyboard, phone, dark, links that hold the design, hostile ones too."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from lrlab.schedules import parse

FILE = Path(__file__).parents[2] / "docs" / "designer.html"
HOSTILE = "<img src=x onerror=alert(1)>\u202e" + "x" * 10_000


@pytest.fixture
def design(browser):
    """A way to open the page with what stands after "#"; nothing may go wrong, and nothing be asked for."""
    pages = []

    def opening(hash_="", width=1100, **more):
        page = browser.new_page(viewport={"width": width, "height": 900}, **more)
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda said: page.problems.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("request", lambda asked: page.problems.append(asked.url) if asked.url.startswith("http") else None)
        page.on("dialog", lambda dialog: page.problems.append(dialog.message))
        page.goto(FILE.as_uri() + hash_)
        pages.append(page)
        return page

    yield opening
    problems = [problem for page in pages for problem in page.problems]
    for page in pages:
        page.close()
    assert problems == []


def texts(page):
    return page.locator("#ends button").all_inner_texts()


def ends(page, row):
    return [float(text) for text in page.locator(f"#ends tr:nth-child({row}) td").all_inner_texts()]


def test_it_opens_with_curves_ends_and_code(design):
    page = design()
    assert texts(page) == ["warmup+cosine", "linear", "one_cycle"]
    assert ends(page, 2) == [0.1, 0.0001, 0.1, 0.05]
    assert page.locator("#plot .curve").count() == 6  # each and its name
    assert 'Scheduler(optimizer, "warmup+cosine", updates=1000, updates_per_epoch=100)' in page.inner_text("#code")


def test_the_keyboard_alone_moves_a_parameter_and_the_link_holds_it(design):
    page = design("#peak=0.1&updates=1000&epoch=100&s=linear")
    page.get_by_label("floor of linear, slider").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    assert texts(page) == ["linear(floor=0.5)"]
    assert page.input_value("#text") == "linear(floor=0.5)"
    assert ends(page, 1)[1] == pytest.approx(0.05005)
    again = design(page.evaluate("location.hash"))
    assert texts(again) == ["linear(floor=0.5)"]


def test_text_controls_and_warm_up_go_together(design):
    page = design("#s=linear")
    page.fill("#text", "wsd(cooldown=30%, curve=1-sqrt)")
    page.get_by_role("button", name="With a warm-up").click()
    assert texts(page) == ["warmup+wsd(cooldown=30%, curve=1-sqrt)"]
    page.get_by_label("curve of wsd").select_option("cosine")
    page.get_by_label("span of warmup, unit").select_option("updates")
    assert texts(page) == ["warmup(span=10 updates)+wsd(cooldown=30%, curve=cosine)"]
    page.get_by_role("button", name="plain torch").click()
    compile(page.inner_text("#code"), "code", "exec")
    assert "W = 10  # updates of warm-up" in page.inner_text("#code")
    page.fill("#text", "wsd(cooldown=")
    assert page.inner_text("#problem")
    assert not page.is_visible("#code")


@pytest.mark.parametrize("library", ["lrlab", "plain torch", "transformers", "Lightning", "Keras", "optax"])
def test_the_code_of_each_library_compiles(design, library):
    page = design("#s=warmup%2Bcosine&s=sequence(of=[constant,linear],at=[50%25])")
    for row in (0, 1):
        page.locator("#ends button").nth(row).click()
        page.get_by_role("group", name="library").get_by_role("button", name=library, exact=True).click()
        compile(page.inner_text("#code"), library, "exec")
        assert page.locator("#ends button").nth(row).inner_text() in page.inner_text("#code")


def test_every_schedule_can_be_added_and_has_its_controls(design):
    page = design("#s=constant")
    names = json.loads(page.evaluate("JSON.stringify(Object.keys(CATALOGUE.schedules))"))
    for name in names:
        page.locator("#ends button").last.click()
        page.select_option("#which select", name)
        page.click("#add")
        text = page.locator("#ends button").last.inner_text()
        assert parse(text).name == name
        assert page.locator("#controls .row").count() >= len(parse(text).parameters())
        page.click("#remove")
    assert texts(page) == ["constant"]


def test_what_other_libraries_do_is_told_with_how_far_it_lies_off(design):
    page = design("#peak=0.1&updates=1000&epoch=100&s=warmup%2Bcosine")
    row = page.locator("#habitsOfIt tr", has_text="begins at rate 0")
    assert "warmup(first=0)+cosine" in row.inner_text()
    assert "0.009901 of the peak" in row.inner_text()
    row.get_by_role("button").click()
    assert texts(page)[-1] == "warmup(first=0)+cosine"
    assert ends(page, 2)[0] == 0


def test_evidence_is_told_with_what_was_not_tried(design):
    page = design("#s=linear&s=rex")
    assert "ended first on" in page.inner_text("#evidenceSum")
    assert page.locator("#evidence li.mine").count() > 0
    page.locator("#ends button").nth(1).click()
    assert "was not tried" in page.inner_text("#evidenceSum")


def test_hostile_links_show_as_text(design):
    page = design(f"#peak=-1&updates=1e99&epoch=x&chosen=99&code=__proto__&s={quote(HOSTILE)}&s=linear&s=__proto__")
    assert page.locator("main img").count() == 0
    assert "<img" in page.locator("#ends").inner_text()
    assert page.input_value("#updates") == "1000"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100


@pytest.mark.parametrize("how", [{"width": 390}, {"color_scheme": "dark"}, {"width": 390, "color_scheme": "dark"}])
def test_a_phone_and_the_dark_show_all_of_it(design, how):
    page = design("#s=warmup(span=10%25,curve=cosine,start=0.1)%2Bpiecewise_linear&s=sgdr&log=1", **how)
    assert page.evaluate("document.documentElement.scrollWidth") <= how.get("width", 1100)
    ground, ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (sum(map(int, ground[4:-1].split(","))) < 200) == ("color_scheme" in how)
    assert ground != ink
    assert page.locator("#plot polyline.curve").count() == 2
    named = "all => all.every(one => one.labels?.length || one.ariaLabel || one.textContent.trim())"
    assert page.locator("input, select, button").evaluate_all(named)


def test_on_the_narrowest_phone_nothing_lies_beside_the_page(design):
    page = design("#s=constant&s=cosine", width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
