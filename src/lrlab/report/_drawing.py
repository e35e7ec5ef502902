"""What the script of a page is given: charts, styles, and which schedules are shown at first."""

from collections.abc import Iterable, Sequence
from typing import Any

from ..spec import StudyResults
from ._charts import Chart
from ._page_figures import PageFigure
from ._styles import label_styles

FIRST = 6  # schedules that are shown at first


def page_drawing(figures: Sequence[PageFigure], labels: Sequence[str], first: Sequence[str]) -> dict[str, Any]:
    """Everything that is drawn. labels: all that a reader chooses among; their order gives styles. first: at first."""
    charts = {figure.name: figure.chart.to_json() for figure in figures if isinstance(figure.chart, Chart)}
    styles = {label: list(style) for label, style in label_styles(labels).items()}
    styles |= {label: list(style) for label, style in label_styles(_other_labels(figures, labels)).items()}
    return {"charts": charts, "styles": styles, "order": list(labels), "shown": list(first)}


def _other_labels(figures: Iterable[PageFigure], labels: Sequence[str]) -> list[str]:
    """The labels of lines that are no schedules, as a range test's: they are always shown."""
    charts = [figure.chart for figure in figures if isinstance(figure.chart, Chart)]
    found = dict.fromkeys(line.label for chart in charts for panel in chart.panels for line in panel.lines)
    return [label for label in found if label not in labels]


def first_shown(results: StudyResults) -> list[str]:
    """The leader and the best others of the table, in the study's order."""
    by_rank = [results.leader, *(row.label for row in results.rows if row.label != results.leader)]
    return [label for label in results.study.labels if label in by_rank[:FIRST]]
