"""Scores by epoch as an SVG: every point within the drawing, whatever the scores; names as text."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from lrlab.report._score_lines import DASHES, HIGH, WIDE, ScoreLine, draw_score_lines
from lrlab.report._styles import label_styles

CURVES = {
    "rising": (0.1, 0.5, 0.9),
    "one epoch": (0.4,),
    "flat": (0.5, 0.5, 0.5),
    "flat at zero": (0.0, 0.0),
    "gaps": (None, 0.2, None, 0.4, None),
    "negative and large": (-1e12, 3.0, 1e15),
}


@pytest.mark.parametrize("name", CURVES)
def test_every_point_lies_within_the_drawing(name):
    drawn = draw_score_lines([ScoreLine("a", CURVES[name], True)], label_styles(["a"]), 100, "scores")
    places = re.findall(r"([-\d.e+]+),([-\d.e+]+)", ElementTree.fromstring(drawn)[-2].attrib["points"])
    assert len(places) == sum(score is not None for score in CURVES[name])
    assert all(0 <= float(x) <= WIDE and 0 <= float(y) <= HIGH for x, y in places)


def test_what_was_not_measured_is_not_drawn():
    styles = label_styles(["a", "b"])
    assert draw_score_lines([], styles, 1, "scores") == ""
    assert draw_score_lines([ScoreLine("a", (None, None), True)], styles, 1, "scores") == ""
    both = [ScoreLine("a", (), True), ScoreLine("b", (0.5, 0.6), False)]
    assert draw_score_lines(both, styles, 1, "scores").count("<polyline") == 1


def test_names_are_text_and_lines_under_way_lie_on_top():
    hostile = '"><script>alert(1)</script>'
    lines = [ScoreLine(hostile, (0.1, 0.2), True), ScoreLine("b", (0.3, 0.4), False)]
    drawn = draw_score_lines(lines, label_styles([hostile, "b"]), 1, hostile)
    root = ElementTree.fromstring(drawn)
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert root.attrib["aria-label"] == hostile
    assert [line[0].text for line in root.iter("{http://www.w3.org/2000/svg}polyline")] == ["b", hostile]


@pytest.mark.parametrize("name", CURVES)
def test_the_axis_has_a_few_round_values(name):
    drawn = draw_score_lines([ScoreLine("a", CURVES[name], True)], label_styles(["a"]), 100, "scores")
    root = ElementTree.fromstring(drawn)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    values = [float(text) for text in texts[:-3]]
    assert 2 <= len(values) <= 7
    steps = {f"{two - one:.5e}" for one, two in pairwise(values)}
    assert len(steps) == 1
    assert steps.pop()[0] in "125"


def test_each_style_has_its_dash():
    styles = label_styles([f"s{place}" for place in range(12)])
    assert {style.line for style in styles.values()} <= set(DASHES)
