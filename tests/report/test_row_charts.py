"""Rows with intervals that need no script."""

import pytest

from lrlab.report._figures import advantage_of
from lrlab.report._numbers import scale_of
from lrlab.report._row_charts import RowValues, differences_chart, row_chart
from support.results import example_results


def test_differences_show_zero_and_colour_what_is_claimed():
    results = example_results(confirm_seeds=10)
    answers = [advantage_of(claim, results.metric) for claim in results.claims]
    chart = differences_chart(answers, scale_of(results))
    assert 0 < chart.zero < 100
    assert [bool(row.label) for row in chart.rows] == [bool(claim.verdict) for claim in results.claims]
    assert any(row.label for row in chart.rows)
    for row, answer in zip(chart.rows, answers, strict=True):
        assert row.labels == (answer.first, answer.second)
        assert (row.ends.low > chart.zero) == (answer.low > 0)


def test_rows_lie_on_one_axis_in_per_cent_of_its_width():
    rows = [RowValues("a", ("a",), "a", True, (0.0, 1.0, 2.0), margin=0.5), RowValues("b", ("b",), "", False, None)]
    chart = row_chart("points", rows, with_zero=True)
    first, second = chart.rows
    assert first.ends.low == pytest.approx(chart.zero)
    assert first.ends.high - first.ends.low == pytest.approx(2 * (first.ends.point - first.ends.low), abs=0.02)
    assert first.zone == (pytest.approx(chart.zero - first.zone[1] / 2, abs=0.02), first.zone[1])
    assert second.ends is None
    values = [float(text.replace("\N{MINUS SIGN}", "-")) for _, text in chart.ticks]
    assert values == sorted(set(values))
