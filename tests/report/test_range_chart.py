"""Range tests on the page of a study: their numbers, their words, and which study has them."""

import pytest

from lrlab.report import write_page
from lrlab.report._range_chart import range_figures
from support.range_tests import example_range_test
from support.reader import read_page, words
from support.results import example_results


@pytest.mark.parametrize("best", [-1.0, -9.0], ids=["a suggestion", "none"])
def test_the_figure_has_what_the_test_found(best):
    test = example_range_test(best=best)
    (figure,) = range_figures([test])
    (panel,) = figure.chart.panels
    line, *points = panel.lines
    assert line.x == list(test.rates)
    assert line.y == pytest.approx(test.smooth, rel=1e-5)
    assert panel.rules == (2.3,)
    words = [each.word for each in points]
    assert ("suggested" in words, "end of the interval" in words) == (test.suggestion is not None, bool(test.interval))
    assert len(figure.numbers.rows) == len(test.rates)
    if test.suggestion:
        assert points[-1].x == [test.suggestion]
        assert points[-1].y[0] == pytest.approx(min(test.smooth), abs=0.05)


def test_rates_at_which_all_diverged_have_no_point_and_say_so():
    test = example_range_test(loss=lambda rate, seed: None if rate > 0.5 else 2.3 - rate + 0.001 * seed)
    (figure,) = range_figures([test])
    assert figure.numbers.rows[-1][2:] == ("all diverged", "all diverged", "3 of 3")
    assert max(figure.chart.panels[0].lines[1].x) < 0.5


def test_the_page_of_a_study_shows_the_range_tests_that_belong_to_it(tmp_path):
    results, tests = example_results(), (example_range_test(), example_range_test(best=-9.0))
    write_page(results, tmp_path / "without.html")
    assert "Range test" not in words(read_page(tmp_path / "without.html"))
    write_page(results.model_copy(update={"ranges": tests}), tmp_path / "with.html")
    text = words(read_page(tmp_path / "with.html"))
    assert text.count("Range test with sgd") == 4  # twice in the contents
    assert "Suggested rate: 0.1, for digits/mlp with sgd" in text
    assert "No suggestion: " in text
