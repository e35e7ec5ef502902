"""docs/designer.html in a real browser: its numbers are Python's, its texts and code too."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from lrlab.export import torch_lines
from lrlab.schedules import SCHEDULES, Horizon, Schedule, parse
from support.schedules import EXAMPLES, HORIZON, VARIANTS
from support.strategies import COMPOSED, PLAIN, horizons, peaks

DOCS = Path(__file__).parents[2] / "docs"
FILE = DOCS / "designer.html"
ALL = {name: parse(str(schedule)) for name, schedule in (EXAMPLES | VARIANTS).items()}
DRAWN = PLAIN | COMPOSED
LONG = Horizon(updates=20_000, updates_per_epoch=333)
RATES = """([text, updates, perEpoch, peak]) => {
  const schedule = parseSchedule(text);
  return [scheduleText(schedule), ratesOf(schedule, { updates, perEpoch, peak })];
}"""


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto(FILE.as_uri())
    yield page
    page.close()


@pytest.fixture(scope="module")
def maker():
    sys.path.insert(0, str(DOCS))
    spec = importlib.util.spec_from_file_location("make_designer", DOCS / "make_designer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(DOCS))


def check_numbers(page, schedule: Schedule, peak: float, horizon: Horizon):
    """The page's rate of every update is Python's to 1e-9."""
    asked = [str(schedule), horizon.updates, horizon.updates_per_epoch, peak]
    text, rates = page.evaluate(RATES, asked)
    assert parse(text) == schedule
    expected = schedule.bind(peak=peak, horizon=horizon).all()
    np.testing.assert_allclose(rates, expected, rtol=1e-9, atol=1e-15 * peak, err_msg=str(schedule))


def test_the_page_is_up_to_date(maker):
    assert FILE.read_text(encoding="utf-8") == maker.page(), "run `python docs/make_designer.py`"


def test_every_schedule_of_the_catalogue_is_on_the_page(page):
    assert page.evaluate("Object.keys(SHAPES).sort()") == sorted(SCHEDULES.names)
    assert page.evaluate("Object.keys(CATALOGUE.schedules).sort()") == sorted(SCHEDULES.names)
    assert set(DRAWN) == set(SCHEDULES.names)


@pytest.mark.parametrize("name", sorted(ALL))
def test_numbers_are_those_of_python_short_and_long(page, name):
    check_numbers(page, ALL[name], 0.3, HORIZON)
    check_numbers(page, EXAMPLES.get(name, parse("cosine")), 0.1, LONG)


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_numbers_are_those_of_python_at_any_setting(page, name):
    @settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(DRAWN[name], peaks, horizons)
    def law(schedule, peak, horizon):
        check_numbers(page, schedule, peak, horizon)

    law()


@pytest.mark.parametrize(
    "text", ["cosine(floor=2)", "step(every=30)", "warmup", "cosine+linear", "nothing", "step(gamma=[", ""]
)
def test_what_python_refuses_is_refused_in_words(page, text):
    with pytest.raises(Exception, match=r".+"):
        parse(text)
    assert page.evaluate("(text) => designOf(text).error", text)


@pytest.mark.parametrize(
    "text", ["wsd(cooldown=50 updates)", "noam(rise=90 updates)", "multi_step(at=[75%, 50%])", "knee(explore=100%)"]
)
def test_what_does_not_fit_the_run_is_refused_in_words(page, text):
    horizon = Horizon(updates=40, updates_per_epoch=4)
    with pytest.raises(Exception, match=r".+"):
        parse(text).bind(peak=1.0, horizon=horizon)
    state = {"updates": 40, "perEpoch": 4, "peak": 1}
    assert page.evaluate("([text, state]) => curveOf(designOf(text), state).error", [text, state])


@pytest.mark.parametrize("name", sorted(ALL))
def test_plain_torch_is_what_the_export_writes(page, name):
    schedule = ALL[name]
    for peak, horizon in ((0.1, HORIZON), (1.0, LONG)):
        asked = [str(schedule), {"updates": horizon.updates, "perEpoch": horizon.updates_per_epoch, "peak": peak}]
        lines = page.evaluate("([text, horizon]) => torchLines(parseSchedule(text), horizon)", asked)
        if lines is None:
            assert is_made_of_others(schedule) or getattr(schedule, "momenta", ())
            return
        try:
            expected = torch_lines(schedule, peak=peak, horizon=horizon, optimizer="sgd", settings={"momentum": 0.9})
        except Exception:  # it does not fit the run
            continue
        assert lines == expected


@pytest.mark.parametrize(
    ("text", "closed"),
    [("linear", True), ("polynomial", True), ("warmup+polynomial", True), ("cosine", False), ("warmup+cosine", False),
     ("rex", False), ("wsd", False)],
)  # fmt: skip
def test_what_is_told_of_mmengine_is_true(page, text, closed):
    """Its linear and polynomial rates end at the end value; its cosine is torch's, and the others it does not have."""
    horizon = {"updates": 60, "perEpoch": 10, "peak": 1}
    told = page.evaluate("([text, horizon]) => habitsOf(designOf(text), horizon)", [text, horizon])
    assert any(habit["libraries"] == "MMEngine" for habit in told) is closed


def is_made_of_others(schedule):
    return schedule.name in COMPOSED and (
        schedule.name != "warmup" or is_made_of_others(schedule.then) or schedule.then.momenta
    )


@pytest.mark.parametrize("name", sorted(SCHEDULES.names))
def test_the_ends_of_each_parameter_are_those_that_python_takes(maker, name):
    cls, written = SCHEDULES[name], parse(SCHEDULES[name].written)
    for field in maker.entry(cls)["fields"]:
        if field["kind"] not in ("number", "whole") or field["name"] in ("lower", "upper"):
            continue
        fields = {other: getattr(written, other) for other in cls.parameters()}
        least = field["least"] + (1e-6 if field["above"] else 0)
        most = field["most"] - (1e-6 if (name, field["name"]) == ("cyclic", "decay") else 0)
        for value in (least, most, field["low"], field["high"]):
            cls(**fields | {field["name"]: value})
        for value in (field["least"] - 1e-3 - field["above"] * 0, field["most"] * 1.001 + 1e-3):
            with pytest.raises(ValueError, match=field["name"]):
                cls(**fields | {field["name"]: value})


def test_curves_of_other_libraries_are_texts_that_python_reads(maker):
    sys.path.insert(0, str(DOCS))
    data = maker.catalogue()
    sys.path.remove(str(DOCS))
    assert set(data["dialects"]) <= set(SCHEDULES.names)
    for rows in data["dialects"].values():
        assert all(parse(text) for _, _, text, _ in rows)
    assert json.dumps(data, allow_nan=False)
    names = {row["kind"] for table in data["evidence"] for row in table["rows"]}
    assert names <= set(SCHEDULES.names)
