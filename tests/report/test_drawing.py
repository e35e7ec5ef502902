"""What a page's script is given."""

from lrlab.report._drawing import FIRST, first_shown, page_drawing
from lrlab.report._page_figures import page_figures
from support.results import example_results


def test_the_leader_and_the_best_others_are_shown_at_first():
    results = example_results(schedules=tuple(f"cosine(floor=0.{i})" for i in range(1, 10)))
    first = first_shown(results)
    assert len(first) == FIRST == 6
    assert results.leader in first
    others = [row.label for row in results.rows if row.label != results.leader]
    assert set(first) == {results.leader, *others[: FIRST - 1]}


def test_every_line_has_a_style_and_rows_need_no_script():
    results = example_results()
    figures = page_figures(results)
    drawing = page_drawing(figures, results.study.labels, first_shown(results))
    assert list(drawing["charts"]) == ["rates", "epochs", "peaks"]
    panels = [panel for chart in drawing["charts"].values() for panel in chart["panels"]]
    labels = {line["label"] for panel in panels for line in panel["lines"]}

    assert labels <= set(drawing["styles"]) == set(drawing["order"])
