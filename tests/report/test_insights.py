"""What records tell beyond the answer, as words, tables and figures."""

import json

import pytest

from lrlab.lab import insights_of
from lrlab.report import insight_text, json_insights
from lrlab.report._insight_figures import insight_figures
from lrlab.report._insight_words import insight_parts
from lrlab.report._page import page
from lrlab.spec import Metric, RoomBeside
from support.results import all_diverged, example_results, own_loop_results

NAMES = ["sensitivity", "target", "anytime", "tuning", "expenses"]


@pytest.fixture(scope="module")
def results():
    return example_results(confirm_seeds=5)


@pytest.fixture(scope="module")
def insights(results):
    return insights_of(results, target=0.84)


@pytest.fixture(scope="module")
def parts(results, insights):
    return {part.name: part for part in insight_parts(results, insights)}


def test_every_part_has_its_words_and_a_table_of_whole_rows(results, parts):
    assert list(parts) == NAMES
    for part in parts.values():
        assert all(sentence.endswith(".") for sentence in part.sentences)
        assert {len(row) for row in part.numbers.rows} == {len(part.numbers.header)}
        assert {row[0] for row in part.numbers.rows} >= set(results.study.labels)


def test_room_is_a_range_or_at_least_or_not_tried(results, insights, parts):
    rows = {row[0]: row for row in parts["sensitivity"].numbers.rows}
    cosine = insights.sensitivities[1]
    assert rows["cosine"][2] == f"{cosine.below.about:.1f} to 3.3 times"
    assert rows["cosine"][4] == f"{cosine.factor:.1f} to 3.0 times"  # the nearer of both ends: 3.3 down, 3 up
    assert rows["constant"][2] == rows["constant"][4] == "not known"  # its peak is the lowest of the grid
    assert rows["constant"][5] == "not tried"
    assert rows["constant"][6] == "1.7 at 0.1"
    wide = cosine.model_copy(update={"above": RoomBeside(held=12, about=12, fell=None)})
    shown = insight_parts(results, insights.model_copy(update={"sensitivities": (wide,)}))[0]
    assert shown.numbers.rows[0][3] == "at least 12 times"


def test_what_learned_nothing_at_the_next_peak_is_said(results, insights):
    points = insights.sensitivities[1].points
    lost = (*points[:2], points[2].model_copy(update={"collapsed": 1}))
    changed = insights.sensitivities[1].model_copy(update={"points": lost})
    part = insight_parts(results, insights.model_copy(update={"sensitivities": (changed,)}))[0]
    assert part.numbers.rows[0][-1].endswith("at 0.3, 1 of 2 failed")


def test_the_target_is_said_with_who_is_first(parts, insights):
    lead, first, _ = parts["target"].sentences
    assert lead == "Target: 84.0 % validation accuracy, as asked for."
    best = min(each.middle for each in insights.target.arrivals if each.middle is not None)
    assert f"after {best:.0f} updates" in first
    rows = {row[0]: row for row in parts["target"].numbers.rows}
    for each in insights.target.arrivals:
        assert rows[each.label][1] == f"{each.reached} of 5"
        assert (rows[each.label][2] == "missed") == (each.middle is None)
        assert rows[each.label][-1] == f"{100 * each.shares[-1]:.0f} %"


def test_where_nobody_arrives_it_says_so(results):
    part = insight_parts(results, insights_of(results, target=0.999))[1]
    assert "No schedule reaches it on more than half" in part.sentences[1]
    assert {row[2] for row in part.numbers.rows} == {"missed"}


def test_ranks_say_which_epoch_they_are_of(parts):
    assert parts["anytime"].numbers.header[1:] == (
        "at 10 % (epoch 2)",
        "at 25 % (epoch 2)",
        "at 50 % (epoch 2)",
        "at 100 % (epoch 4)",
    )
    *ranks, tau = parts["anytime"].numbers.rows
    assert sorted(row[-1] for row in ranks) == ["1", "2", "3"]
    assert tau[0] == "tau with the end"


def test_of_one_schedule_no_order_is_told():
    alone = example_results(schedules=("cosine",))
    part = insight_parts(alone, insights_of(alone))[2]
    assert part.sentences[0] == "Of one schedule there is no order to tell."


def test_tuning_curves_say_where_nothing_is_bounded(results, insights, parts):
    assert "had been drawn at random" in parts["tuning"].sentences[0]
    assert "A dotted line is a bound on one side" in parts["tuning"].sentences[1]
    assert parts["tuning"].numbers.rows[1][1].endswith("(no bound)")
    assert "(at least " in parts["tuning"].numbers.rows[1][-1]
    both = insights.tuning[0].model_copy(update={"low": (0.1,) * 3, "high": (0.9,) * 3})
    upper = both.model_copy(update={"low": (None,) * 3})
    shown = insight_parts(results, insights.model_copy(update={"tuning": (both, upper)}))[3].numbers.rows
    assert shown[0][1].endswith("(10.0 to 90.0)")
    assert shown[1][1].endswith("(at most 90.0)")


@pytest.mark.parametrize("drawn", ["random", "sobol", "tpe", "cmaes", "candidates"])
def test_how_settings_came_to_be_is_said(results, insights, drawn):
    bare = tuple(
        curve.model_copy(update={"low": (None,) * 3, "high": (None,) * 3} if drawn in ("tpe", "cmaes") else {})
        for curve in insights.tuning
    )
    part = insight_parts(results, insights.model_copy(update={"drawn": drawn, "tuning": bare}))[3]
    assert ("as if they had been drawn" in part.sentences[0]) == (drawn in ("sobol", "candidates"))
    assert (part.sentences[1] == "No band can be given.") == (drawn in ("tpe", "cmaes"))


def test_costs_add_up_and_say_what_only_the_loop_knows(results, insights, parts):
    *each, whole = parts["expenses"].numbers.rows
    for column in (1, 2, 3, 5, 6, 7, 9, 10, 11):
        assert sum(int(row[column].replace(",", "")) for row in each) == int(whole[column].replace(",", ""))
    assert int(whole[1]) == int(whole[5]) + int(whole[9]) == len(results.tuned) + len(results.confirmed)
    own = own_loop_results(results)
    assert insight_parts(own, insights_of(own))[-1].numbers.rows[-1][3] == "unknown"


@pytest.mark.parametrize("width", [60, 80, None])
def test_the_text_fits_and_says_what_is_missing(results, width):
    gone = all_diverged(results)
    text = insight_text(gone, insights_of(gone), width)
    assert "Not told by these records: targets" in " ".join(text.split())
    whole = insight_text(results, insights_of(results), width)
    assert all(title in whole for title in ("How much the peak matters", "Time to a target", "What tuning brings"))
    if width is not None:
        assert max(map(len, [*text.split("\n"), *whole.split("\n")])) <= width


def test_the_numbers_go_to_json_with_their_words(results, insights):
    data = json.loads(json.dumps(json_insights(results, insights), allow_nan=False))
    assert list(data["text"]) == NAMES
    assert data["target"]["value"] == 0.84


def test_figures_are_of_the_numbers(results, insights):
    figures = {figure.name: figure for figure in insight_figures(results, insights)}
    assert list(figures) == NAMES[:-1]
    profile = figures["target"].chart.panels[0].lines[1]
    assert profile.y == pytest.approx([100 * share for share in insights.target.arrivals[1].shares], abs=1e-3)
    (sensitivity,) = figures["sensitivity"].chart.panels
    falls = next(line for line in sensitivity.lines if line.label == "cosine")
    assert falls.y == pytest.approx([100 * point.fall for point in insights.sensitivities[1].points], rel=1e-4)
    assert sensitivity.y.down  # behind is below
    assert sensitivity.rules == pytest.approx((0.5,))


def test_places_by_budget_are_drawn_the_first_on_top(results, insights):
    panels = {figure.name: figure for figure in insight_figures(results, insights)}["anytime"].chart.panels
    places = {line.label: line.y[-1] for line in panels[1].lines}
    assert sorted(places, key=places.get) == list(insights.ranks[-1].labels)
    assert panels[1].y.down


def test_an_interval_of_two_seeds_is_not_drawn_but_one_of_three_is(results):
    def bands(told):
        chart = insight_figures(results, told)[0].chart
        return [line for line in chart.panels[0].lines if line.low]

    told = insights_of(results)
    assert bands(told) == []
    more = [
        each.model_copy(update={"points": tuple(p.model_copy(update={"seeds": 3}) for p in each.points)})
        for each in told.sensitivities
    ]
    assert len(bands(told.model_copy(update={"sensitivities": tuple(more)}))) == 3


def test_the_ends_of_a_tuning_curves_band_are_given_where_they_are_known(results, insights):
    bounded = insights.tuning[0].model_copy(update={"low": (0.5, 0.6, None), "high": (None, 0.9, 0.95)})
    figure = insight_figures(results, insights.model_copy(update={"tuning": (bounded,)}))[-1]
    (line,) = figure.chart.panels[0].lines
    assert (line.low, line.high) == ([50, 60, None], [None, 90, 95])


def test_the_page_has_them_and_is_whole_without_them(results, insights):
    with_them, without = page(results, insights), page(results)
    for name in NAMES[:-1]:
        assert f'<section id="{name}">' in with_them
        assert f'<section id="{name}">' not in without
    assert "By schedule and phase" in with_them
    gone = all_diverged(results)
    assert "Not told by these records" in page(gone, insights_of(gone))


@pytest.mark.parametrize("metric", [Metric(name="error", higher_is_better=False), Metric(name="<b>", share=True)])
def test_any_metric_can_be_told_of(metric):
    results = example_results(confirm_seeds=5, metric=metric, classes=None)
    told = insights_of(results)
    assert [part.name for part in insight_parts(results, told)] == NAMES
    assert "<b>" not in page(results, told)
