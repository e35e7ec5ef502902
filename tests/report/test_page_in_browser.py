"""The page as a reader sees it: a real Chromium, no network, no script error."""

import re
from contextlib import contextmanager
from itertools import pairwise

import pytest

from lrlab.lab import insights_of
from lrlab.report import write_page
from lrlab.spec import Epoch, Metric
from support.range_tests import example_range_test
from support.results import example_results, own_loop_results

pytestmark = pytest.mark.browser
FIGURES = ("rates", "epochs", "peaks")
BEYOND = ("sensitivity", "target", "anytime", "tuning")
TEN = ("constant", "cosine", "one_cycle", "warmup(span=20%)+step(gamma=0.5)", "linear", "exponential", "step")
TEN += ("polynomial", "cyclic", "cosine(floor=0.1)")
NO_SIDEWAYS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
FOLDED = "details:not([open])"
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    results = example_results(schedules=TEN, confirm_seeds=10)
    write_page(results, path, insights_of(results, target=0.84))
    return path


@pytest.fixture(params=[1200, 400], ids=["wide", "narrow"])
def page(opened, file, request):
    with opened(file, request.param) as page:
        yield page
        assert page.problems == []


@pytest.fixture
def wide(opened, file):
    with opened(file, 1200) as page:
        yield page
        assert page.problems == []


def names_in(page, figure):
    """The schedules that a figure shows, by their direct labels or their small panels."""
    groups = page.locator(f"#{figure}-figure .trace").evaluate_all("all => all.map((one) => one.dataset.label)")
    return set(groups)


def column(page, table, place):
    return page.locator(f"#{table} tbody tr:visible").evaluate_all(
        f"all => all.map((one) => one.cells[{place}].innerText)"
    )


def first_tick(page, figure):
    return page.evaluate(f"boxes['{figure}'][0].x.low")


def test_every_figure_is_drawn_and_nothing_is_wider_than_the_page(page):
    for name in FIGURES + BEYOND:
        assert names_in(page, name)
        box = page.locator(f"#{name}-figure > svg").bounding_box()
        assert box["height"] > 150
        assert box["width"] > 250
    assert page.locator("#differences .rows li:visible").count() > 0
    assert page.evaluate(NO_SIDEWAYS)
    page.evaluate(OPEN_ALL)
    assert page.evaluate(NO_SIDEWAYS)


def test_one_checklist_drives_every_figure(wide):
    first = names_in(wide, "rates")
    assert len(first) == 6
    gone = sorted(first)[0]
    wide.locator("#shown summary").click()
    wide.locator(f"#shown input[value='{gone}']").uncheck()
    assert all(gone not in names_in(wide, name) for name in FIGURES + BEYOND)
    wide.locator("[data-choose=all]").click()
    assert names_in(wide, "rates") == set(TEN)
    assert wide.locator("#rates-figure .head.mini").count() == 10
    assert wide.locator("#shown-count").inner_text() == "10 of 10 shown"
    wide.locator("[data-panel=epochs]").select_option("Training loss")
    assert wide.evaluate("boxes.epochs[0].panel.title") == "Training loss"
    wide.locator("[data-choose=none]").click()
    assert names_in(wide, "epochs") == set()
    wide.locator("[data-choose=first]").click()
    assert names_in(wide, "epochs") == first


def test_labels_stand_beside_their_lines_within_the_figure(page):
    bounds = page.locator("#rates-figure > svg").bounding_box()
    boxes = [name.bounding_box() for name in page.locator("#rates-figure .label text").all()]
    assert len(boxes) == 6
    assert all(box["x"] + box["width"] <= bounds["x"] + bounds["width"] + 1 for box in boxes)
    tops = sorted(box["y"] for box in boxes)
    assert all(after - before > 10 for before, after in pairwise(tops))


def test_what_diverged_is_cut_off_and_marked_and_flattens_nothing(opened, tmp_path):
    results = example_results(schedules=TEN[:5], confirm_seeds=3)

    def gone(record):
        label = results.study.label_of(record.trial)
        if label == "cosine":
            lost = tuple(epoch.model_copy(update={"train_loss": 1e9}) for epoch in record.epochs[2:])
            return record.model_copy(update={"epochs": record.epochs[:2] + lost})
        if label == "linear":
            ended = (*record.epochs[:1], Epoch.unmeasured())
            return record.model_copy(update={"outcome": "diverged", "diverged_at": 15, "epochs": ended})
        return record

    gappy = results.model_copy(update={"confirmed": tuple(map(gone, results.confirmed))})
    write_page(gappy, tmp_path / "page.html")
    with opened(tmp_path / "page.html", 1200) as page:
        said = page.locator("#epochs-beyond").inner_text()
        assert re.search(r"\N{BLACK UP-POINTING TRIANGLE} beyond the axis, at 1e9: \W*cosine", said)
        assert re.search(r"\N{MULTIPLICATION X} diverged: \W*linear", said)
        assert page.evaluate("10 ** boxes.epochs[0].y.high") < 10
        names = page.locator("#epochs-figure .label text").all_text_contents()
        assert any(name.startswith("\N{BLACK UP-POINTING TRIANGLE}") and "cosine" in name for name in names)


def test_the_leaderboard_is_sorted_and_filtered(page):
    loss = page.locator("#leaderboard .sort", has_text="loss")
    loss.click()
    place = loss.evaluate("one => one.closest('th').cellIndex")
    values = [float(text) for text in column(page, "leaderboard", place)]
    assert values == sorted(values, reverse=True)
    loss.click()
    values = [float(text) for text in column(page, "leaderboard", place)]
    assert values == sorted(values)
    assert page.locator("#said").inner_text() == "Sorted by loss, lowest first."
    page.locator("[data-filter=leaderboard]").fill("cosine")
    assert {name.partition("\n")[0] for name in column(page, "leaderboard", 0)} == {"cosine", "cosine(floor=0.1)"}
    assert "2 of 10" in page.locator("label.filter output").first.inner_text()


def test_every_trial_can_be_found(wide):
    wide.locator("#trials summary").click()
    wide.locator("[data-filter=trials-table]").fill("constant tuning diverged")
    assert len(column(wide, "trials-table", 0)) == 1


def test_a_figure_is_zoomed_by_buttons_and_by_dragging_and_reset(wide):
    before, reset = wide.evaluate("fullX(page.charts.rates.panels[0])"), wide.locator("[data-reset=rates]")
    assert reset.is_disabled()
    wide.locator("[data-in=rates]").click()
    assert first_tick(wide, "rates") > before[0]
    reset.click()
    assert first_tick(wide, "rates") == before[0]
    wide.locator("#rates-figure").scroll_into_view_if_needed()
    box = wide.locator("#rates-figure > svg").bounding_box()
    wide.mouse.move(box["x"] + 300, box["y"] + 150)
    wide.mouse.down()
    wide.mouse.move(box["x"] + 500, box["y"] + 160, steps=3)
    wide.mouse.up()
    low, high = wide.evaluate("[boxes.rates[0].x.low, boxes.rates[0].x.high]")
    assert before[0] < low < high < before[1]
    wide.locator("#rates-figure").dblclick(position={"x": 300, "y": 150})
    assert first_tick(wide, "rates") == before[0]


def test_everything_is_reached_and_used_by_keyboard(wide):
    wide.locator("#shown summary").focus()
    wide.keyboard.press("Enter")
    for _ in range(4):
        wide.keyboard.press("Tab")
    focused = "document.activeElement"
    for _ in range(3):  # past the scrolling list itself, where the browser makes it a stop
        if wide.evaluate(f"{focused}.type") == "checkbox":
            break
        wide.keyboard.press("Tab")
    name, checked = wide.evaluate(f"[{focused}.value, {focused}.checked]")
    wide.keyboard.press("Space")
    assert (name in names_in(wide, "rates")) != checked
    wide.locator("#epochs-figure").focus()
    before = first_tick(wide, "epochs")
    wide.keyboard.press("+")
    wide.keyboard.press("ArrowRight")
    assert first_tick(wide, "epochs") > before
    wide.keyboard.press("0")
    assert first_tick(wide, "epochs") == before
    wide.locator("#leaderboard .sort").first.focus()
    wide.keyboard.press("Enter")
    names = column(wide, "leaderboard", 0)
    assert names == sorted(names, key=str.lower)


def test_losses_are_logarithmic_at_first_and_rates_where_asked(wide):
    assert wide.evaluate("boxes.epochs.map((box) => box.y.log)") == [True, True, False, False]
    wide.locator("[data-log=epochs]").uncheck()
    wide.locator("[data-log=rates]").check()
    assert wide.evaluate("[boxes.epochs[0].y.log, boxes.rates[0].y.log]") == [False, True]


def test_a_dark_page_has_light_words_on_dark_paper(opened, file):
    light = "(one) => getComputedStyle(one).fill.match(/\\d+/g).map(Number)[0]"
    with opened(file, 1200, color_scheme="dark") as page:
        assert page.locator("#rates-figure .label text").first.evaluate(light) > 200
        assert page.locator("#rates-figure .axes text").first.evaluate(light) > 140
        page.emulate_media(media="print")
        page.wait_for_selector(FOLDED, state="detached")
        assert page.locator("#rates-figure .label text").first.evaluate(light) < 60


def test_on_a_phone_the_lines_of_tables_are_cards(opened, file):
    with opened(file, 400) as page:
        cell = page.locator("#leaderboard tbody td").first
        assert cell.evaluate("one => getComputedStyle(one).display") == "flex"
        assert cell.evaluate("one => getComputedStyle(one, '::before').content") == '"peak"'
        row = page.locator("#leaderboard tbody tr").first.bounding_box()
        assert row["width"] <= 400


def test_print_opens_everything_and_leaves_what_is_pressed_away(wide):
    assert wide.locator("details:not([open])").count() > 5
    wide.emulate_media(media="print")
    wide.wait_for_selector(FOLDED, state="detached")
    assert wide.locator("nav").is_hidden()
    assert wide.locator("#shown").is_hidden()
    assert wide.locator("#rates-figure .label").count() == 6
    assert wide.locator("#trials-table").is_visible()
    wide.emulate_media(media="screen")
    wide.wait_for_selector(FOLDED, state="attached")


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (400, "dark")])
def test_axe_finds_no_violation(opened, tmp_path, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    results = example_results()
    write_page(results, tmp_path / "page.html", insights_of(results, target=0.84))
    with opened(tmp_path / "page.html", width, color_scheme=scheme) as page:
        page.evaluate(OPEN_ALL)
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()


def test_a_link_of_the_contents_opens_what_is_folded(wide):
    wide.get_by_role("navigation").get_by_text("Method").click()
    assert wide.locator("#method details").evaluate("one => one.open")
    assert wide.locator("#method").bounding_box()["y"] < 900


def test_the_answer_stands_at_the_top_in_the_largest_type(page):
    size = "el => parseFloat(getComputedStyle(el).fontSize)"
    largest = page.locator(".headline").evaluate(size)
    others = page.locator("h2, h3, p, td").evaluate_all(f"all => all.map({size})")
    assert largest > max(others)
    assert page.locator(".headline").bounding_box()["y"] < 350


def test_the_lines_to_paste_can_be_copied(wide):
    lines = wide.locator("#paste-lines").inner_text()
    assert "torch.optim.SGD(" in lines
    button = wide.locator("[data-copy=paste-lines]")
    button.click()
    sync_api = pytest.importorskip("playwright.sync_api")
    sync_api.expect(button).to_have_text(re.compile(r"Copied|Press Ctrl\+C"))


def test_a_range_test_is_drawn_whichever_schedules_are_checked(opened, tmp_path):
    results = example_results(schedules=TEN).model_copy(update={"ranges": (example_range_test(),)})
    write_page(results, tmp_path / "page.html")
    with opened(tmp_path / "page.html", 400) as page:
        for choice in ("all", "none"):
            page.locator("#shown summary").click()
            page.locator(f"[data-choose={choice}]").click()
            assert names_in(page, "range-1") == {"mean of 3 seeds, blurred"}
            page.locator("#shown summary").click()
        assert page.evaluate("boxes['range-1'][0].x.log")
        assert page.evaluate(NO_SIDEWAYS)
        assert page.problems == []


@contextmanager
def drawn(opened, tmp_path, results):
    """The page of results on a phone, with nothing wrong."""
    write_page(results, tmp_path / "page.html", insights_of(results))
    with opened(tmp_path / "page.html", 400) as page:
        assert page.problems == []
        assert page.evaluate(NO_SIDEWAYS)
        yield page


@pytest.mark.parametrize("name", ["", "<script>alert(1)</script>\"'", "\u202eelbisrever\u200f", "loss", "x" * 10_000])
def test_pages_of_metrics_of_any_name_are_drawn(opened, tmp_path, name):
    results = example_results(metric=Metric(name=name, higher_is_better=False), classes=None, schedules=("cosine",))
    with drawn(opened, tmp_path, results) as page:
        for figure in ("epochs", *BEYOND):
            assert page.locator(f"#{figure}-figure .trace").count() > 0


def test_the_page_of_a_loop_of_the_users_own_is_drawn_though_scores_are_missing(opened, tmp_path):
    results = own_loop_results(example_results())
    choices = tuple(
        choice.model_copy(update={"scores": (*choice.scores[:-1], None)} if choice.label == "constant" else {})
        for choice in results.choices
    )
    with drawn(opened, tmp_path, results.model_copy(update={"choices": choices})) as page:
        for name in FIGURES + BEYOND:
            assert page.locator(f"#{name}-figure .trace").count() > 0
